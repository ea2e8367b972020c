import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { Context } from '../context.ts';

/** Names for scopes: `org` for the own organization, else the SID. */
export interface ScopeNames {
  nameOf(sid: string): string;
  /** The same for where there is no room. */
  shortNameOf(sid: string): string;
}

/** Names scopes for people, wherever they belong to the present login. */
export async function scopeNames(ctx: Pick<Context, 'settings'>): Promise<ScopeNames> {
  const { organizationSid } = await ctx.settings();
  const known = (sid: string) =>
    organizationSid !== undefined && equalsIgnoreCase(organizationSid, sid) ? 'org' : undefined;
  return {
    nameOf: (sid) => known(sid) ?? sid,
    shortNameOf: (sid) => known(sid) ?? shortSid(sid),
  };
}

/** The beginning and the end of a SID, such as `AC0aa002…9311`. */
export function shortSid(sid: string): string {
  return sid.replace(/^([A-Za-z]{2}[0-9a-f]{6})[0-9a-f]{22}([0-9a-f]{4})$/, '$1…$2');
}
