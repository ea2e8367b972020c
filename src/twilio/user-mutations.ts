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

/** The error when a response is about another user or another state. @param wanted without an id for a new user */
function userContradiction(
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
  'Twilio sends no version of these users, so concurrent changes by others may be overwritten';

/** Compares values; null and absent are equal (RFC 7643, section 2.5). */
export function equalWithoutNulls(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutNulls(one), withoutNulls(other));
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null && member !== undefined),
  );
}

/** Scopes: managed-users/create; to verify, managed-users/list. */
export function createUserMutation(fields: UserFields & { email: string }): Mutation<User> {
  return {
    request: createUser(fields),
    parse: parseUser,
    contradiction(response) {
      const result = parseUser(response);
      // A new user may not be active yet, but one created as inactive must have no access.
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
      const why = isSilent ? unknownState(found) : `there is a user ${fields.email} with other values`;
      return { outcome: 'ambiguous', why };
    },
    inspectCommand: `twilio-org users get ${fields.email}`,
  };
}

/** Scopes: managed-users/update; to verify, managed-users/read or managed-users/list. */
export function updateUserMutation(before: User, after: User): Mutation<User> {
  const changed = Object.keys(after) as (keyof User)[];
  const wanted = changed.filter((member) => !equalWithoutNulls(after[member], before[member]));
  return {
    request: replaceUser(after),
    unprotected: versionIn(before) === undefined ? unversioned : undefined,
    parse: parseUser,
    contradiction(response) {
      const result = parseUser(response);
      const ignored = wanted.find((member) => equalWithoutNulls(result[member], before[member]));
      // A response may leave out unchanged members.
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
        ? `somebody else has changed ${before.userName} in the meantime`
        : unknownState(now);
      return { outcome: 'ambiguous', why };
    },
    inspectCommand: `twilio-org users get ${before.id}`,
  };
}

/** Reads the user again, with either of the two scopes for reading. */
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

/** SCIM's DELETE, which deactivates. Scopes: managed-users/delete; to verify, managed-users/read or managed-users/list. */
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
