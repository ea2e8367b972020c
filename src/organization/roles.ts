import { describeRole, isNamed, listRoles, type Role } from '../twilio/roles.ts';
import type { Api } from './workspace/api.ts';

/** Roles by SID or name. */
export interface RoleIndex {
  roles: readonly Role[];
  /** The role's SID; a text that is not, says why there is none. */
  resolve(text: string): { sid: string } | { problem: string };
  nameOf(sid: string): string | undefined;
  /** A name that stands for this role alone, or else its SID. */
  displayName(sid: string): string;
}

export const books = new WeakMap<Api, Promise<RoleIndex>>();

export async function bookOf(api: Api): Promise<RoleIndex> {
  const roles: Role[] = [];
  for await (const role of listRoles(api.send, api.url)) roles.push(role);
  const names = new Map(roles.map(({ sid, friendly_name }) => [sid, friendly_name ?? undefined]));
  const named = (text: string) => roles.filter((role) => isNamed(role, text));
  return {
    roles,
    resolve(text) {
      const [role, ...others] = named(text);
      if (role === undefined) return { problem: `there is no role ${text}` };
      if (others.length === 0) return { sid: role.sid };
      const candidates = [role, ...others].map(describeRole).join(', ');
      return { problem: `${others.length + 1} roles are named ${text}: give the SID of one, ${candidates}` };
    },
    nameOf: (sid) => names.get(sid),
    displayName(sid) {
      const name = names.get(sid);
      // Import trims a name before it looks for it.
      return name !== undefined && name === name.trim() && named(name).length === 1 ? name : sid;
    },
  };
}

/** The roles that there are, read once for all that a command wants to know of them. */
export function loadRoles(api: Api): Promise<RoleIndex> {
  const book = books.get(api) ?? bookOf(api);
  books.set(api, book);
  return book;
}
