import { onceEach } from '../../platform/core/once.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { Context } from '../context.ts';

/** Names for scopes: `org` for the own organization, the names of accounts, else the SID. */
export interface ScopeNames {
  nameOf(sid: string): string;
  /** The same for where there is no room. */
  shortNameOf(sid: string): string;
  /** The name with the SID, for what is going to be changed. */
  nameWithSid(sid: string): string;
  /** The name alone, for programs; undefined where none is known. */
  plainNameOf(sid: string): string | undefined;
}

/** Names scopes for people, wherever they belong to the present login. */
export async function scopeNames(ctx: Pick<Context, 'scopes'>): Promise<ScopeNames> {
  const { organizationSid, accounts } = await ctx.scopes();
  const own = (sid: string) =>
    organizationSid !== undefined && equalsIgnoreCase(organizationSid, sid) ? 'org' : undefined;
  const known = (sid: string) => own(sid) ?? accounts.label(sid);
  return {
    nameOf: onceEach((sid) => known(sid) ?? sid),
    shortNameOf: onceEach((sid) => known(sid) ?? shortSid(sid)),
    nameWithSid(sid) {
      const name = own(sid) === undefined ? accounts.find(sid)?.name : undefined;
      return name === undefined ? (own(sid) ?? sid) : `${name} (${sid})`;
    },
    plainNameOf: onceEach((sid) => own(sid) ?? accounts.find(sid)?.name),
  };
}

/** The beginning and the end of a SID, such as `AC0aa002…9311`. */
export function shortSid(sid: string): string {
  return sid.replace(/^([A-Za-z]{2}[0-9a-f]{6})[0-9a-f]{22}([0-9a-f]{4})$/, '$1…$2');
}
