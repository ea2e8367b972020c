import type { Context } from '../cli/context.ts';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { once } from '../platform/core/once.ts';
import { sendWithRetries } from '../platform/http/client.ts';
import type { Send } from '../twilio/client.ts';
import { accountsUrl } from './preview-accounts.ts';

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

export type AssumptionVerdict = Pick<Assumption, 'holds' | 'found'>;

/** Reads that the checks share. Nothing is read twice, and nothing is written. */
export interface AssumptionReads {
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

export async function createAssumptionReads(ctx: Context): Promise<AssumptionReads> {
  const { oauthUrl } = await ctx.settings();
  const accountsOrigin = await accountsUrl(ctx);
  const { send, url: apiUrl } = await ctx.api();
  // A login that is refused altogether would make every line unknown.
  await (await ctx.tokens()).get();
  const get = (path: string) => send({ method: 'GET', path });
  const organizationSid = async () => (await ctx.identity()).organizationSid;
  return {
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
}

async function readMetadata(ctx: Context, oauthUrl: string): Promise<Record<string, unknown>> {
  const url = new URL('/.well-known/oauth-authorization-server', oauthUrl);
  const request = { method: 'GET', url, headers: { accept: 'application/json' }, repeatable: true };
  const { status, text } = await sendWithRetries(request, ctx.http);
  if (status !== 200) throw new AppError('failure', 'no metadata', { status });
  return asObject(JSON.parse(text));
}

export async function checkListed(
  metadata: AssumptionReads['metadata'],
  member: string,
  wanted: string,
): Promise<AssumptionVerdict> {
  const { [member]: values } = await metadata();
  if (!Array.isArray(values)) return { holds: null, found: `The metadata has no ${member}` };
  return { holds: values.includes(wanted), found: `The metadata lists ${values.map(String).join(', ')}` };
}

export async function checkKnownValues(
  items: AssumptionReads['roles'],
  member: string,
  values: readonly string[],
): Promise<AssumptionVerdict> {
  const all = (await items()).map((item) => String(item[member]));
  return { holds: all.every((value) => values.includes(value)), found: tally(all) };
}

export async function checkRefusal(
  send: Send,
  path: string,
  status: number,
  code: number,
): Promise<AssumptionVerdict> {
  try {
    await send({ method: 'GET', path });
    return { holds: false, found: 'It is accepted' };
  } catch (error) {
    const answer = answerOf(error);
    return { holds: answer === `answered with ${status} and ${code}`, found: `It is ${answer}` };
  }
}

/** Gets the status of the response to a list below /v2/Organizations. */
export async function requestStatus(send: Send, path: string): Promise<string> {
  try {
    const { pathname, search } = new URL(path, 'http://twilio.invalid/v2/Organizations/');
    await send({ method: 'GET', path: `${pathname}${search}` });
    return 'accepted';
  } catch (error) {
    return answerOf(error);
  }
}

/** A filter that is missing says nothing of the size of a page. */
export function isAccepted(status: string | undefined): boolean {
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

export function unknownVerdict(error: unknown): AssumptionVerdict {
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

export function primaryOf(emails: unknown): unknown {
  if (!Array.isArray(emails)) return undefined;
  const all = emails.filter(isObject);
  return (all.find(({ primary }) => primary === true) ?? all[0])?.value;
}

/** `34 × ACCOUNT, 2 × RESOURCE`. */
export function tally(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${count} × ${value}`).join(', ') || 'There are none';
}
