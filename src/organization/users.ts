import { AppError } from '../platform/core/errors.ts';
import { getUser, listUsers, type User } from '../twilio/users.ts';
import { ambiguousUser, noSuchUser, throwAll, type UserReference } from './references.ts';
import type { Api } from './workspace/api.ts';

/** Up to this many users are looked up one by one; for more, all are listed, which Twilio does in one answer. */
export const singleLookupLimit = 5;

/** Users by what a person calls them. */
export interface UserIndex {
  find(reference: UserReference): User | undefined;
}

/**
 * Looks up those users that there are; others are not in it.
 *
 * @param whole whether all are listed even for few: then SIDs need no scope of their own
 */
export async function loadUsers(
  api: Api,
  references: readonly UserReference[],
  whole = false,
): Promise<UserIndex> {
  const wanted = new Map(references.map((reference) => [keyOf(reference), reference]));
  const found = new Map<string, User>();
  const add = (user: User): void => {
    for (const key of keysOf(user)) {
      const reference = wanted.get(key);
      if (reference === undefined) continue;
      if ((found.get(key) ?? user).id !== user.id) throw ambiguousUser(reference, 2);
      found.set(key, user);
    }
  };
  if (wanted.size <= singleLookupLimit && !whole) {
    for (const reference of references) for (const user of await lookUp(api, reference)) add(user);
  } else {
    const users = await listUsers(api.send);
    await api.checkListing({ users: users.length });
    for (const user of users) add(user);
  }
  return { find: (reference) => found.get(keyOf(reference)) };
}

export async function lookUp(api: Api, reference: UserReference): Promise<User[]> {
  if (!('id' in reference)) return listUsers(api.send, reference);
  try {
    return [await getUser(api.send, reference.id)];
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not-found') return [];
    throw error;
  }
}

/** User names are compared in any case (RFC 7643, section 4.1.1). */
export function keyOf(reference: UserReference): string {
  if ('id' in reference) return `id ${reference.id}`;
  if ('userName' in reference) return `name ${reference.userName.toLowerCase()}`;
  return `external ${reference.externalId}`;
}

export function keysOf({ id, userName, externalId }: User): string[] {
  const keys = [keyOf({ id }), keyOf({ userName })];
  return externalId ? [...keys, keyOf({ externalId })] : keys;
}

/** The users of a directory, each once; throws when any is missing. */
export function requireUsers(directory: UserIndex, references: readonly UserReference[]): User[] {
  const users = new Map<string, User>();
  const missing: AppError[] = [];
  for (const reference of references) {
    const user = directory.find(reference);
    if (user === undefined) missing.push(noSuchUser(reference));
    else users.set(user.id, user);
  }
  throwAll(missing);
  return [...users.values()];
}
