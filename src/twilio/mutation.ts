import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../platform/core/errors.ts';
import type { ApiRequest, ResponseInfo, Send } from './client.ts';
import { sameInAnyCase } from './decode.ts';
import { isObject } from '../platform/core/json.ts';
import {
  asRoleAssignment,
  createRoleAssignment,
  deleteRoleAssignment,
  listRoleAssignments,
  type NewRoleAssignment,
  type RoleAssignment,
  sameGrant,
} from './role-assignments.ts';
import {
  asUser,
  createUser,
  deleteUser,
  getUser,
  isChangeable,
  listUsers,
  replaceUser,
  type User,
  type UserFields,
  unknownState,
  versionIn,
  withFields,
} from './users.ts';

/** What looking takes: the API, and its origin, which pages of a list do not leave. */
export interface Reader {
  send: Send;
  url: string;
}

/** What a look shows of a write whose answer was lost. */
export type Seen<T> =
  | { outcome: 'done'; result: T }
  | { outcome: 'not done' }
  /** Something else is there than what was before or what was wanted. */
  | { outcome: 'unclear'; why: string };

/** A change, and how to tell afterwards whether it took effect: Twilio has no ids to send a request twice under. */
export interface Write<T> {
  request: ApiRequest;
  /** What the answer stands for. */
  read(answer: unknown): T;
  /** The error when an answer that can be read shows something else than was asked for. */
  refuted?(answer: unknown): AppError | undefined;
  look(api: Reader): Promise<Seen<T>>;
  /** Marks a result as that of others: a refusal was the answer, and a look shows that it holds all the same. */
  asFound?(result: T): T;
  /** Warning before the request, when nothing keeps it from overwriting concurrent changes. */
  unprotected?: string | undefined;
  /** The command that shows a person whether it took effect. */
  shownBy: string;
  /** Told of each response. */
  onResponse?(response: ResponseInfo): void;
}

/** An answer of success that shows something else than was asked for. */
function notAsAsked(what: string, shownBy: string): AppError {
  return new AppError('failure', `Twilio reports success, but ${what}`, {
    hint: `This shows how it stands: ${shownBy}. If it persists, report it to Twilio support`,
  });
}

/** @param wanted without an id when it is a new one */
function refutedUser(
  wanted: { id?: string; userName: string; active: User['active'] | undefined },
  result: User,
): AppError | undefined {
  const { id, userName, active } = result;
  const shownBy = `twilio-org users get ${wanted.id ?? id}`;
  if (wanted.id !== undefined && !sameInAnyCase(wanted.id, id)) {
    return notAsAsked(`it is about ${id}, not ${wanted.id}`, shownBy);
  }
  if (!sameInAnyCase(wanted.userName, userName)) {
    return notAsAsked(`the user is ${userName}, not ${wanted.userName}`, shownBy);
  }
  if (active === wanted.active || typeof wanted.active !== 'boolean') return undefined;
  if (!isChangeable(result)) return new AppError('unknown-outcome', unknownState(result));
  return notAsAsked(`${userName} is ${active ? 'active' : 'not active'}`, shownBy);
}

/** Scopes: managed-users/create; to look, managed-users/list. */
export function creatingUser(fields: UserFields & { email: string }): Write<User> {
  return {
    request: createUser(fields),
    read: asUser,
    refuted(answer) {
      const result = asUser(answer);
      // A new user may not be active yet; one that is to have no access must have none.
      const active = fields.active === false ? false : undefined;
      return refutedUser({ userName: fields.email, active }, result);
    },
    async look(api) {
      const [found] = await listUsers(api.send, { userName: fields.email });
      if (found === undefined) return { outcome: 'not done' };
      const { email: _, ...others } = fields;
      const active = isChangeable(found) ? { active: true } : {};
      if (isDeepStrictEqual(withFields(found, { ...active, ...others }), found)) {
        return { outcome: 'done', result: found };
      }
      const isSilent = !isChangeable(found) && others.active !== undefined;
      const why = isSilent ? unknownState(found) : `there is a user ${fields.email}, but not as was sent`;
      return { outcome: 'unclear', why };
    },
    shownBy: `twilio-org users get ${fields.email}`,
  };
}

/** Scopes: managed-users/update; to look, managed-users/read or managed-users/list. */
export function changingUser(before: User, after: User): Write<User> {
  const changed = Object.keys(after) as (keyof User)[];
  const wanted = changed.filter((member) => !same(after[member], before[member]));
  return {
    request: replaceUser(after),
    unprotected: versionIn(before) === undefined ? unversioned : undefined,
    read: asUser,
    refuted(answer) {
      const result = asUser(answer);
      const ignored = wanted.find((member) => same(result[member], before[member]));
      // An answer may leave out what was not changed.
      const active = wanted.includes('active') || isChangeable(result) ? after.active : undefined;
      return (
        refutedUser({ ...after, active }, result) ??
        (ignored && notAsAsked(`${ignored} is as before`, `twilio-org users get ${before.id}`))
      );
    },
    async look(api) {
      const now = await sameUser(api.send, before, after);
      if (wanted.every((member) => same(now[member], after[member]))) {
        return { outcome: 'done', result: now };
      }
      const untouched =
        versionIn(before) === undefined
          ? wanted.every((member) => same(now[member], before[member]))
          : versionIn(now) === versionIn(before);
      if (untouched) return { outcome: 'not done' };
      const why = isChangeable(now)
        ? `somebody else changed ${before.userName} meanwhile`
        : unknownState(now);
      return { outcome: 'unclear', why };
    },
    shownBy: `twilio-org users get ${before.id}`,
  };
}

const unversioned =
  'Twilio sends no version of these users: what somebody else changes between the read and the write is overwritten';

/** What is null is not there (RFC 7643, section 2.5). */
function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutNulls(one), withoutNulls(other));
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null && member !== undefined),
  );
}

/** What deletes is answered with nothing (status 204): an answer that says something may say that it was not done. */
function nothing(answer: unknown): void {
  if (answer !== undefined) throw new AppError('failure', 'It holds something where nothing is to be said');
}

/** SCIM's DELETE, which deactivates. Scopes: managed-users/delete; to look, managed-users/read or managed-users/list. */
export function deletingUser(user: User): Write<void> {
  return {
    request: deleteUser(user.id),
    read: nothing,
    async look(api) {
      const now = await sameUser(api.send, user, user);
      if (!isChangeable(now)) return { outcome: 'unclear', why: unknownState(now) };
      return now.active ? { outcome: 'not done' } : { outcome: 'done', result: undefined };
    },
    shownBy: `twilio-org users get ${user.id}`,
  };
}

/** The user read again, by whichever of the two scopes for reading the login has. */
export async function sameUser(send: Send, before: User, after: User): Promise<User> {
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

/** Scopes: role-assignments/create; to look, role-assignments/list. */
export function creatingAssignment(grant: NewRoleAssignment): Write<RoleAssignment> {
  return {
    request: createRoleAssignment(grant),
    read: asRoleAssignment,
    refuted(answer) {
      const got = asRoleAssignment(answer);
      if (sameGrant(got, grant)) return undefined;
      const { sid, role_sid, identity, scope, resource_type, resource_id } = got;
      const where = resource_type ? `${scope}, ${resource_type} ${resource_id}` : scope;
      const what = `${sid} gives the role ${role_sid} to ${identity} in ${where}, which was not asked for`;
      return notAsAsked(what, `twilio-org role-assignments list --user ${identity}`);
    },
    async look(api) {
      for await (const assignment of assignmentsWhere(api, grant)) {
        if (sameGrant(assignment, grant)) return { outcome: 'done', result: assignment };
      }
      return { outcome: 'not done' };
    },
    shownBy: `twilio-org role-assignments list --user ${grant.identity} --scope ${grant.scope}`,
  };
}

/** What is to be taken away; more than its SID makes looking cheaper, and surer. */
export type DoomedAssignment = Pick<RoleAssignment, 'sid'> & Partial<RoleAssignment>;

/** Scopes: role-assignments/delete; to look, role-assignments/list. */
export function deletingAssignment(assignment: DoomedAssignment): Write<void> {
  const { sid, identity, scope } = assignment;
  const known = identity !== undefined && scope !== undefined;
  return {
    request: deleteRoleAssignment(sid),
    read: nothing,
    async look(api) {
      for await (const found of assignmentsWhere(api, { identity, scope })) {
        if (sameInAnyCase(sid, found.sid)) return { outcome: 'not done' };
      }
      if (known) return { outcome: 'done', result: undefined };
      return { outcome: 'unclear', why: `there is no ${sid} now, but perhaps there never was` };
    },
    shownBy: known
      ? `twilio-org role-assignments list --user ${identity} --scope ${scope}`
      : `twilio-org role-assignments list --names, where ${sid} is missing if it happened`,
  };
}

function assignmentsWhere(
  { send, url }: Reader,
  where: { identity?: string | undefined; scope?: string | undefined },
): AsyncIterable<RoleAssignment> {
  const { identity, scope } = where;
  return listRoleAssignments(send, url, { identity, scope });
}
