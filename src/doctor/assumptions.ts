import { exchange } from '../api/http.ts';
import { query } from '../api/pages.ts';
import type { Send } from '../api/transport.ts';
import { isObject } from '../api/values.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { accountsUrl, readAccounts } from './preview-accounts.ts';

/** One thing that Twilio's pages leave open, or say in two ways, and what this organization shows of it. */
export interface Assumption {
  assumption: string;
  /** Null where reading does not tell. */
  holds: boolean | null;
  /** Without names, addresses, SIDs and secrets: it goes into a report. */
  found: string;
  /** The part of the program that rests on it. */
  matters: string;
}

type Verdict = Pick<Assumption, 'holds' | 'found'>;

/** What the checks share: nothing is read twice, and nothing is written. */
interface Looking {
  ctx: Context;
  send: Send;
  apiUrl: string;
  oauthUrl: string;
  accountsOrigin: string | undefined;
  metadata(): Promise<Record<string, unknown>>;
  users(): Promise<Record<string, unknown>>;
  roles(): Promise<Record<string, unknown>[]>;
  /** The first page of 100, of the organization where the unfiltered list is refused. */
  assignments(): Promise<Record<string, unknown>[]>;
  organizationSid(): Promise<string | undefined>;
}

const checks: { assumption: string; matters: string; look(at: Looking): Promise<Verdict> }[] = [
  {
    assumption: 'the metadata names an issuer',
    matters: 'an `iss` in a callback is compared with it',
    async look({ metadata }) {
      const { issuer } = await metadata();
      if (typeof issuer !== 'string') return { holds: false, found: 'The metadata names none' };
      return { holds: true, found: `The metadata names ${issuer}` };
    },
  },
  {
    assumption: 'the endpoints are /v2/authorize and /v2/token',
    matters: 'auth login, and every new token',
    async look({ metadata, oauthUrl }) {
      const { authorization_endpoint, token_endpoint } = await metadata();
      const other = [authorization_endpoint, token_endpoint].filter(
        (url, index) => url !== `${oauthUrl}${index === 0 ? '/v2/authorize' : '/v2/token'}`,
      );
      if (other.length === 0) return { holds: true, found: 'The metadata names both' };
      return { holds: false, found: `The metadata names ${other.join(' and ')}` };
    },
  },
  {
    assumption: 'a code challenge (PKCE, S256) is supported',
    matters: 'auth login sends one; auth login --public relies on it',
    look: ({ metadata }) => listed(metadata, 'code_challenge_methods_supported', 'S256'),
  },
  {
    assumption: 'clients authenticate in the body',
    matters: 'every new token',
    look: ({ metadata }) => listed(metadata, 'token_endpoint_auth_methods_supported', 'client_secret_post'),
  },
  {
    assumption: 'public clients exist',
    matters: 'auth login --public',
    look: ({ metadata }) => listed(metadata, 'token_endpoint_auth_methods_supported', 'none'),
  },
  {
    assumption: 'the list of users comes in one answer',
    matters: 'users list, and every check of who is there',
    async look({ users }) {
      const { Resources = [], totalResults, startIndex, itemsPerPage } = await users();
      const count = Array.isArray(Resources) ? Resources.length : 0;
      const paged = startIndex === undefined && itemsPerPage === undefined ? '' : ', with members for paging';
      return { holds: count === totalResults, found: `${count} of ${totalResults} came at once${paged}` };
    },
  },
  {
    assumption: 'a user has active, a version, and a primary e-mail equal to userName',
    matters: 'users update, activate and deactivate write back what was read',
    async look({ users }) {
      const { Resources = [] } = await users();
      const all = (Resources as unknown[]).filter(isObject);
      const without = (has: (user: Record<string, unknown>) => boolean) =>
        all.filter((user) => !has(user)).length;
      const lacks = [
        `${without(({ active }) => typeof active === 'boolean')} without active`,
        `${without(({ meta }) => isObject(meta) && typeof meta.version === 'string')} without a version`,
        `${without(({ emails, userName }) => primaryOf(emails) === userName)} with another primary e-mail`,
      ].filter((text) => !text.startsWith('0 '));
      if (all.length === 0) return { holds: null, found: 'There is no user' };
      return {
        holds: lacks.length === 0,
        found: `Of ${all.length} users ${lacks.join(', ') || 'all have them'}`,
      };
    },
  },
  {
    assumption: 'a filter finds a user by userName, whatever the case of the attribute',
    matters: 'every look-up by e-mail address',
    async look({ send, users }) {
      const { Resources = [] } = await users();
      const [user] = (Resources as unknown[]).filter(isObject);
      if (user === undefined) return { holds: null, found: 'There is no user' };
      const found = await Promise.all(
        ['userName', 'USERNAME'].map(async (attribute) => {
          const filter = `${attribute} eq ${JSON.stringify(user.userName)}`;
          const answer = await send({ method: 'GET', path: `/scim/v2/Users${query({ filter })}` });
          return isObject(answer) && answer.totalResults === 1;
        }),
      );
      return {
        holds: found[0] === true,
        found: found[1] ? 'It finds one user in either case' : `As written: ${found[0]}; in capitals: no`,
      };
    },
  },
  {
    assumption: 'a filter that is not supported is refused with 400 and 25001',
    matters: 'what reaches the server is never more than was asked for',
    look: ({ send }) =>
      refusedWith(send, `/scim/v2/Users${query({ filter: 'displayName co "a"' })}`, 400, 25001),
  },
  {
    assumption: 'a user who is not there is 404 and 25008',
    matters: 'users get, and the re-reading of lost answers',
    look: ({ send }) => refusedWith(send, `/scim/v2/Users/US${'0'.repeat(32)}`, 404, 25008),
  },
  {
    assumption: 'lists are paged by a URL of the same origin',
    matters: 'every list of roles and role assignments',
    async look({ send, apiUrl }) {
      const answer = await send({ method: 'GET', path: '/v2/Organizations/Roles?PageSize=1' });
      const meta = isObject(answer) && isObject(answer.meta) ? answer.meta : {};
      const next = meta.next_page_url;
      if (typeof next !== 'string') return { holds: null, found: 'The list of roles has one page' };
      const relative = !URL.canParse(next);
      const same = new URL(next, apiUrl).origin === new URL(apiUrl).origin;
      return {
        holds: same,
        found: `It is ${relative ? 'relative' : 'absolute'}, of ${same ? 'the same' : 'another'} origin`,
      };
    },
  },
  {
    assumption: 'a page holds at most 1000 roles, and 100 role assignments',
    matters: 'the number of requests of every list',
    async look({ send }) {
      const [roles, assignments] = await Promise.all(
        ['Roles?PageSize=1000', 'RoleAssignments?PageSize=100'].map((path) => statusOf(send, path)),
      );
      return {
        holds: roles === 'accepted' && accepted(assignments),
        found: `${roles} for roles, ${assignments} for role assignments`,
      };
    },
  },
  {
    assumption: 'role assignments can be listed without a filter',
    matters: 'otherwise every list asks by scope or by user',
    async look({ send }) {
      const status = await statusOf(send, 'RoleAssignments?PageSize=1');
      if (status === 'accepted') return { holds: true, found: 'They can' };
      return { holds: status.endsWith('25203') ? false : null, found: `It is ${status}` };
    },
  },
  {
    assumption: 'the levels of roles are ORGANIZATION, ACCOUNT and SUB_ACCOUNT',
    matters: 'whether a role can be given in a scope is told before anything is sent',
    look: ({ roles }) => known(roles, 'lowest_level', ['ORGANIZATION', 'ACCOUNT', 'SUB_ACCOUNT']),
  },
  {
    assumption: 'no role is given below its lowest level',
    matters: 'the same',
    async look({ roles, assignments }) {
      const levels = new Map((await roles()).map((role) => [role.sid, role.lowest_level]));
      const all = await assignments();
      const below = all.filter(
        ({ role_sid, scope }) => levels.get(role_sid) === 'ORGANIZATION' && !String(scope).startsWith('OR'),
      );
      return {
        holds: all.length === 0 ? null : below.length === 0,
        found: `${below.length} of ${all.length} are`,
      };
    },
  },
  {
    assumption: 'the policies of roles have format 1',
    matters: 'roles get',
    async look({ roles }) {
      const formats = (await roles()).map(({ policy }) =>
        isObject(policy) ? String(policy.format) : 'none',
      );
      return { holds: formats.every((format) => format === '1'), found: counted(formats) };
    },
  },
  {
    assumption: 'roles for a resource are given at the scope of the organization',
    matters: 'role-assignments create --resource-type',
    async look({ assignments }) {
      const narrowed = (await assignments()).filter(
        ({ resource_id }) => resource_id !== null && resource_id !== undefined,
      );
      const inAccounts = narrowed.filter(({ scope }) => !String(scope).startsWith('OR')).length;
      if (narrowed.length === 0) return { holds: null, found: 'None of the first 100 is for a resource' };
      return { holds: inAccounts === 0, found: `${inAccounts} of ${narrowed.length} are in an account` };
    },
  },
  {
    assumption: 'the list of an account leaves out what is given in the organization',
    matters: 'whether access is inherited can be read from no list: it is undecided',
    async look({ send, assignments }) {
      const account = (await assignments()).find(({ scope }) => String(scope).startsWith('AC'))?.scope;
      if (account === undefined) return { holds: null, found: 'None of the first 100 is in an account' };
      const path = `/v2/Organizations/RoleAssignments${query({ Scope: String(account), PageSize: '100' })}`;
      const answer = await send({ method: 'GET', path });
      const listed = isObject(answer) && Array.isArray(answer.content) ? answer.content.filter(isObject) : [];
      const inherited = listed.filter(({ scope }) => scope !== account).length;
      return { holds: inherited === 0, found: `${inherited} of ${listed.length} are of another scope` };
    },
  },
  {
    assumption: 'the permissions of a role can be read',
    matters: 'roles get shows what its policy says, without them',
    async look({ send, roles }) {
      const [role] = await roles();
      if (role === undefined) return { holds: null, found: 'There is no role' };
      const status = await statusOf(send, `../../v1/Roles/${role.sid}/Permissions?PageSize=1`);
      return { holds: status === 'accepted', found: `It is ${status}` };
    },
  },
  {
    assumption: 'accounts have names at the preview endpoint, for the tokens of this login',
    matters: 'accounts could be shown by name',
    look: async ({ ctx, accountsOrigin, organizationSid }) =>
      readAccounts(ctx, accountsOrigin, await organizationSid()),
  },
];

/** Says of each assumption whether it holds in the organization of the login. Only reads are sent. */
export async function examineAssumptions(ctx: Context): Promise<Assumption[]> {
  const { oauthUrl } = await ctx.settings();
  const accountsOrigin = await accountsUrl(ctx);
  const { send, url: apiUrl } = await ctx.api();
  // A login that is refused altogether would make every line unknown.
  await (await ctx.tokens()).get();
  const get = (path: string) => send({ method: 'GET', path });
  const organizationSid = async () => (await ctx.identity()).organizationSid;
  const at: Looking = {
    ctx,
    send,
    apiUrl,
    oauthUrl,
    accountsOrigin,
    organizationSid,
    metadata: once(() => readMetadata(ctx, oauthUrl)),
    users: once(async () => asObject(await get('/scim/v2/Users'))),
    roles: once(async () => itemsOf(await get('/v2/Organizations/Roles?PageSize=1000'), 'roles')),
    assignments: once(async () => {
      const path = '/v2/Organizations/RoleAssignments?PageSize=100';
      const answer = await get(path).catch(async (error: unknown) => {
        const scope = await organizationSid();
        if (!(error instanceof AppError) || error.code !== 25203 || scope === undefined) throw error;
        return get(`${path}&Scope=${scope}`);
      });
      return itemsOf(answer, 'content');
    }),
  };
  const found: Assumption[] = [];
  for (const { assumption, matters, look } of checks) {
    found.push({ assumption, ...(await look(at).catch(notTold)), matters });
  }
  return found;
}

async function readMetadata(ctx: Context, oauthUrl: string): Promise<Record<string, unknown>> {
  const url = new URL('/.well-known/oauth-authorization-server', oauthUrl);
  const request = { method: 'GET', url, headers: { accept: 'application/json' }, repeatable: true };
  const { status, text } = await exchange(request, ctx.http);
  if (status !== 200) throw new AppError('failure', 'no metadata', { status });
  return asObject(JSON.parse(text));
}

async function listed(metadata: Looking['metadata'], member: string, wanted: string): Promise<Verdict> {
  const { [member]: values } = await metadata();
  if (!Array.isArray(values)) return { holds: null, found: `The metadata has no ${member}` };
  return { holds: values.includes(wanted), found: `The metadata lists ${values.map(String).join(', ')}` };
}

async function known(items: Looking['roles'], member: string, values: readonly string[]): Promise<Verdict> {
  const all = (await items()).map((item) => String(item[member]));
  return { holds: all.every((value) => values.includes(value)), found: counted(all) };
}

async function refusedWith(send: Send, path: string, status: number, code: number): Promise<Verdict> {
  try {
    await send({ method: 'GET', path });
    return { holds: false, found: 'It is accepted' };
  } catch (error) {
    const answer = answerOf(error);
    return { holds: answer === `answered with ${status} and ${code}`, found: `It is ${answer}` };
  }
}

/** How a list below /v2/Organizations is answered. */
async function statusOf(send: Send, path: string): Promise<string> {
  try {
    const { pathname, search } = new URL(path, 'http://twilio.invalid/v2/Organizations/');
    await send({ method: 'GET', path: `${pathname}${search}` });
    return 'accepted';
  } catch (error) {
    return answerOf(error);
  }
}

/** A filter that is missing says nothing of the size of a page. */
function accepted(status: string | undefined): boolean {
  return status === 'accepted' || status?.endsWith('25203') === true;
}

/**
 * Status and code: what the answer says beside them may name a person. Throws the error where there is no answer, or
 * the login is refused altogether.
 */
function answerOf(error: unknown): string {
  if (!(error instanceof AppError) || error.status === undefined || error.kind === 'auth') throw error;
  const { status, code } = error;
  return `answered with ${status}${code === undefined ? '' : ` and ${code}`}`;
}

function notTold(error: unknown): Verdict {
  if (!(error instanceof AppError))
    return { holds: null, found: 'The answer is not of the form it should have' };
  if (error.kind === 'cancelled' || error.kind === 'auth') throw error;
  const why = error.status === undefined ? `not answered (${error.kind})` : answerOf(error);
  return { holds: null, found: `Not told: the request was ${why}` };
}

function itemsOf(answer: unknown, key: string): Record<string, unknown>[] {
  const items = asObject(answer)[key];
  if (!Array.isArray(items)) throw new TypeError(`no ${key}`);
  return items.filter(isObject);
}

function asObject(value: unknown): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new TypeError('no object');
}

function primaryOf(emails: unknown): unknown {
  if (!Array.isArray(emails)) return undefined;
  const all = emails.filter(isObject);
  return (all.find(({ primary }) => primary === true) ?? all[0])?.value;
}

/** `34 × ACCOUNT, 2 × RESOURCE`. */
function counted(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${count} × ${value}`).join(', ') || 'There are none';
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
