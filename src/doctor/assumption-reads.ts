import { accountsUrl } from '../cli/accounts-origin.ts';
import type { Context } from '../cli/context.ts';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { once } from '../platform/core/once.ts';
import { sendWithRetries } from '../platform/http/client.ts';
import type { Send } from '../twilio/client.ts';
import { wantsFilter } from '../twilio/errors.ts';

/** An assumption where Twilio's pages are silent or contradict each other, with the behaviour of this organization. */
export interface Assumption {
  assumption: string;
  /** Null if reads can't decide it. */
  holds: boolean | null;
  /** Free of names, addresses, SIDs and secrets, because it goes into a report. */
  found: string;
  /** The part of the program that relies on it. */
  matters: string;
}

export type AssumptionVerdict = Pick<Assumption, 'holds' | 'found'>;

/** Reads that the checks share. Each is sent once; nothing is written. */
export interface AssumptionReads {
  ctx: Context;
  send: Send;
  apiUrl: string;
  oauthUrl: string;
  accountsOrigin: string | undefined;
  metadata(): Promise<Record<string, unknown>>;
  users(): Promise<Record<string, unknown>>;
  roles(): Promise<Record<string, unknown>[]>;
  /** The first 100; those in the scope of the organization if Twilio refuses an unfiltered list. */
  assignments(): Promise<Record<string, unknown>[]>;
  organizationSid(): Promise<string | undefined>;
}

export async function createAssumptionReads(ctx: Context): Promise<AssumptionReads> {
  const { oauthUrl } = await ctx.settings();
  const accountsOrigin = await accountsUrl(ctx);
  const { send, url: apiUrl } = await ctx.api();
  // Fails early for a refused login, which would make every line unknown.
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
      const response = await get(path).catch(async (error: unknown) => {
        const scope = await organizationSid();
        if (!wantsFilter(error) || scope === undefined) throw error;
        return get(`${path}&Scope=${scope}`);
      });
      return itemsOf(response, 'content');
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
    const response = describeResponse(error);
    return { holds: response === `answered with ${status} and ${code}`, found: `It is ${response}` };
  }
}

/** Gets the status of the response to a list below /v2/Organizations. */
export async function requestStatus(send: Send, path: string): Promise<string> {
  try {
    const { pathname, search } = new URL(path, 'http://twilio.invalid/v2/Organizations/');
    await send({ method: 'GET', path: `${pathname}${search}` });
    return 'accepted';
  } catch (error) {
    return describeResponse(error);
  }
}

/** 25203, a missing filter, does not depend on the page size. */
export function isAccepted(status: string | undefined): boolean {
  return status === 'accepted' || status?.endsWith('25203') === true;
}

/**
 * Describes a response by its status and code only, because its text may name a person. Throws the error if there is no response or the
 * login is refused.
 */
function describeResponse(error: unknown): string {
  if (!(error instanceof AppError) || error.status === undefined || error.kind === 'auth') throw error;
  const { status, code } = error;
  return `answered with ${status}${code === undefined ? '' : ` and ${code}`}`;
}

export function unknownVerdict(error: unknown): AssumptionVerdict {
  if (!(error instanceof AppError)) return { holds: null, found: 'The response has an unexpected format' };
  if (error.kind === 'cancelled' || error.kind === 'auth') throw error;
  const why =
    error.status === undefined ? `got no response (${error.kind})` : `was ${describeResponse(error)}`;
  return { holds: null, found: `Unknown: the request ${why}` };
}

function itemsOf(response: unknown, key: string): Record<string, unknown>[] {
  const items = asObject(response)[key];
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
