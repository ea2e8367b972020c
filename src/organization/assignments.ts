import type { Api } from '../cli/context.ts';
import { AppError } from '../platform/core/errors.ts';
import {
  listRoleAssignments,
  type NewRoleAssignment,
  type RoleAssignment,
} from '../twilio/role-assignments.ts';
import { candidate, isNamed, listRoles, type Role } from '../twilio/roles.ts';
import { getUser, listUsers, type User } from '../twilio/users.ts';
import { severalUsers, type UserReference } from './references.ts';

/** Up to this many users are looked up one by one; for more, all are listed, which Twilio does in one answer. */
const fewUsers = 5;

/** Users by what a person calls them. */
export interface Directory {
  find(reference: UserReference): User | undefined;
}

/**
 * Looks up those users that there are; others are not in it.
 *
 * @param whole whether all are listed even for few: then SIDs need no scope of their own
 */
export async function readDirectory(
  api: Api,
  references: readonly UserReference[],
  whole = false,
): Promise<Directory> {
  const wanted = new Map(references.map((reference) => [keyOf(reference), reference]));
  const found = new Map<string, User>();
  const add = (user: User): void => {
    for (const key of keysOf(user)) {
      const reference = wanted.get(key);
      if (reference === undefined) continue;
      if ((found.get(key) ?? user).id !== user.id) throw severalUsers(reference, 2);
      found.set(key, user);
    }
  };
  if (wanted.size <= fewUsers && !whole) {
    for (const reference of references) for (const user of await lookUp(api, reference)) add(user);
  } else {
    const users = await listUsers(api.send);
    await api.sawWhole({ users: users.length });
    for (const user of users) add(user);
  }
  return { find: (reference) => found.get(keyOf(reference)) };
}

async function lookUp(api: Api, reference: UserReference): Promise<User[]> {
  if (!('id' in reference)) return listUsers(api.send, reference);
  try {
    return [await getUser(api.send, reference.id)];
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not-found') return [];
    throw error;
  }
}

/** User names are compared in any case (RFC 7643, section 4.1.1). */
function keyOf(reference: UserReference): string {
  if ('id' in reference) return `id ${reference.id}`;
  if ('userName' in reference) return `name ${reference.userName.toLowerCase()}`;
  return `external ${reference.externalId}`;
}

function keysOf({ id, userName, externalId }: User): string[] {
  const keys = [keyOf({ id }), keyOf({ userName })];
  return externalId ? [...keys, keyOf({ externalId })] : keys;
}

/** Roles by SID or name. */
export interface RoleBook {
  roles: readonly Role[];
  /** The role's SID; a text that is not, says why there is none. */
  sidOf(text: string): { sid: string } | { problem: string };
  nameOf(sid: string): string | undefined;
  /** A name that stands for this role alone, or else its SID. */
  labelOf(sid: string): string;
}

const books = new WeakMap<Api, Promise<RoleBook>>();

/** The roles that there are, read once for all that a command wants to know of them. */
export function readRoleBook(api: Api): Promise<RoleBook> {
  const book = books.get(api) ?? bookOf(api);
  books.set(api, book);
  return book;
}

async function bookOf(api: Api): Promise<RoleBook> {
  const roles: Role[] = [];
  for await (const role of listRoles(api.send, api.url)) roles.push(role);
  const names = new Map(roles.map(({ sid, friendly_name }) => [sid, friendly_name ?? undefined]));
  const named = (text: string) => roles.filter((role) => isNamed(role, text));
  return {
    roles,
    sidOf(text) {
      const [role, ...others] = named(text);
      if (role === undefined) return { problem: `there is no role ${text}` };
      if (others.length === 0) return { sid: role.sid };
      const candidates = [role, ...others].map(candidate).join(', ');
      return { problem: `${others.length + 1} roles are named ${text}: give the SID of one, ${candidates}` };
    },
    nameOf: (sid) => names.get(sid),
    labelOf(sid) {
      const name = names.get(sid);
      // Import trims a name before it looks for it.
      return name !== undefined && name === name.trim() && named(name).length === 1 ? name : sid;
    },
  };
}

/** The role assignments of some users, by user. */
export class Holdings {
  readonly #byUser = new Map<string, RoleAssignment[]>();

  constructor(assignments: Iterable<RoleAssignment>) {
    for (const assignment of assignments) {
      const held = this.#byUser.get(assignment.identity);
      if (held === undefined) this.#byUser.set(assignment.identity, [assignment]);
      else held.push(assignment);
    }
  }

  of(identity: string): readonly RoleAssignment[] {
    return this.#byUser.get(identity) ?? [];
  }

  find(grant: NewRoleAssignment): RoleAssignment | undefined {
    return this.of(grant.identity).find((held) => grantKey(held) === grantKey(grant));
  }
}

/** One text for one role in one place, whoever has it. */
export function grantKey({ role_sid, scope, resource_type, resource_id }: NewRoleAssignment): string {
  // SIDs are written in either case, other ids are not.
  return [role_sid.toLowerCase(), scope.toLowerCase(), resource_type ?? '', resource_id ?? ''].join(' ');
}

/**
 * What these users hold. For many it is all that there is; where Twilio wants a filter (25203), what they hold in these
 * scopes, or without any, user by user, everything.
 */
export async function readHoldings(
  api: Api,
  identities: readonly string[],
  scopes: readonly string[],
): Promise<Holdings> {
  const wanted = new Set(identities);
  const found = new Map<string, RoleAssignment>();
  const read = async (filter: { identity?: string; scope?: string }): Promise<number> => {
    let count = 0;
    for await (const assignment of listRoleAssignments(api.send, api.url, filter)) {
      count += 1;
      if (wanted.has(assignment.identity)) found.set(assignment.sid, assignment);
    }
    return count;
  };
  if (wanted.size <= fewUsers) for (const identity of wanted) await read({ identity });
  else {
    try {
      await api.sawWhole({ assignments: await read({}) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 25203) throw error;
      if (scopes.length > 0) for (const scope of scopes) await read({ scope });
      else for (const identity of wanted) await read({ identity });
    }
  }
  return new Holdings(found.values());
}

/** How many built-in roles Twilio lets a user hold, over all scopes. */
export const mostRoles = 50;
