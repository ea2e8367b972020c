import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import type { Send } from './client.ts';
import { equalsIgnoreCase } from './decode.ts';
import { contradictionError, type Mutation, parseNothing } from './mutation.ts';
import {
  applyFields,
  createUser,
  deleteUser,
  getUser,
  isChangeable,
  listUsers,
  parseUser,
  replaceUser,
  type User,
  type UserFields,
  unknownState,
  versionIn,
} from './users.ts';

/** @param wanted without an id when it is a new one */
export function userContradiction(
  wanted: { id?: string; userName: string; active: User['active'] | undefined },
  result: User,
): AppError | undefined {
  const { id, userName, active } = result;
  const shownBy = `twilio-org users get ${wanted.id ?? id}`;
  if (wanted.id !== undefined && !equalsIgnoreCase(wanted.id, id)) {
    return contradictionError(`it is about ${id}, not ${wanted.id}`, shownBy);
  }
  if (!equalsIgnoreCase(wanted.userName, userName)) {
    return contradictionError(`the user is ${userName}, not ${wanted.userName}`, shownBy);
  }
  if (active === wanted.active || typeof wanted.active !== 'boolean') return undefined;
  if (!isChangeable(result)) return new AppError('unknown-outcome', unknownState(result));
  return contradictionError(`${userName} is ${active ? 'active' : 'not active'}`, shownBy);
}

export const unversioned =
  'Twilio sends no version of these users: what somebody else changes between the read and the write is overwritten';
/** What is null is not there (RFC 7643, section 2.5). */
export function equalWithoutNulls(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutNulls(one), withoutNulls(other));
}

export function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null && member !== undefined),
  );
}

/** Scopes: managed-users/create; to look, managed-users/list. */
export function createUserMutation(fields: UserFields & { email: string }): Mutation<User> {
  return {
    request: createUser(fields),
    parse: parseUser,
    contradiction(answer) {
      const result = parseUser(answer);
      // A new user may not be active yet; one that is to have no access must have none.
      const active = fields.active === false ? false : undefined;
      return userContradiction({ userName: fields.email, active }, result);
    },
    async verify(api) {
      const [found] = await listUsers(api.send, { userName: fields.email });
      if (found === undefined) return { outcome: 'not done' };
      const { email: _, ...others } = fields;
      const active = isChangeable(found) ? { active: true } : {};
      if (isDeepStrictEqual(applyFields(found, { ...active, ...others }), found)) {
        return { outcome: 'done', result: found };
      }
      const isSilent = !isChangeable(found) && others.active !== undefined;
      const why = isSilent ? unknownState(found) : `there is a user ${fields.email}, but not as was sent`;
      return { outcome: 'ambiguous', why };
    },
    inspectCommand: `twilio-org users get ${fields.email}`,
  };
}

/** Scopes: managed-users/update; to look, managed-users/read or managed-users/list. */
export function updateUserMutation(before: User, after: User): Mutation<User> {
  const changed = Object.keys(after) as (keyof User)[];
  const wanted = changed.filter((member) => !equalWithoutNulls(after[member], before[member]));
  return {
    request: replaceUser(after),
    unprotected: versionIn(before) === undefined ? unversioned : undefined,
    parse: parseUser,
    contradiction(answer) {
      const result = parseUser(answer);
      const ignored = wanted.find((member) => equalWithoutNulls(result[member], before[member]));
      // An answer may leave out what was not changed.
      const active = wanted.includes('active') || isChangeable(result) ? after.active : undefined;
      return (
        userContradiction({ ...after, active }, result) ??
        (ignored && contradictionError(`${ignored} is as before`, `twilio-org users get ${before.id}`))
      );
    },
    async verify(api) {
      const now = await rereadUser(api.send, before, after);
      if (wanted.every((member) => equalWithoutNulls(now[member], after[member]))) {
        return { outcome: 'done', result: now };
      }
      const untouched =
        versionIn(before) === undefined
          ? wanted.every((member) => equalWithoutNulls(now[member], before[member]))
          : versionIn(now) === versionIn(before);
      if (untouched) return { outcome: 'not done' };
      const why = isChangeable(now)
        ? `somebody else changed ${before.userName} meanwhile`
        : unknownState(now);
      return { outcome: 'ambiguous', why };
    },
    inspectCommand: `twilio-org users get ${before.id}`,
  };
}

/** The user read again, by whichever of the two scopes for reading the login has. */
export async function rereadUser(send: Send, before: User, after: User): Promise<User> {
  try {
    return await getUser(send, before.id);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'forbidden') throw error;
    for (const userName of new Set([after.userName, before.userName])) {
      const found = (await listUsers(send, { userName })).find(({ id }) => id === before.id);
      if (found !== undefined) return found;
    }
    throw error;
  }
}

/** SCIM's DELETE, which deactivates. Scopes: managed-users/delete; to look, managed-users/read or managed-users/list. */
export function deleteUserMutation(user: User): Mutation<void> {
  return {
    request: deleteUser(user.id),
    parse: parseNothing,
    async verify(api) {
      const now = await rereadUser(api.send, user, user);
      if (!isChangeable(now)) return { outcome: 'ambiguous', why: unknownState(now) };
      return now.active ? { outcome: 'not done' } : { outcome: 'done', result: undefined };
    },
    inspectCommand: `twilio-org users get ${user.id}`,
  };
}
