import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../errors.ts';
import type { HttpOptions } from './http.ts';
import { pause } from './http.ts';
import { retryDelay, type Try } from './retry.ts';
import {
  asRoleAssignment,
  createRoleAssignment,
  deleteRoleAssignment,
  listRoleAssignments,
  type NewRoleAssignment,
  type RoleAssignment,
  sameGrant,
} from './role-assignments.ts';
import type { ApiRequest, ResponseInfo, Send } from './transport.ts';
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
import { isObject, sameInAnyCase } from './values.ts';

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
  /** What to say before it is sent, where nothing keeps it from overwriting what others change at the same time. */
  unprotected?: string | undefined;
  /** The command that shows a person whether it took effect. */
  shownBy: string;
  /** Told of each response. */
  onResponse?(response: ResponseInfo): void;
}

export interface SettleOptions
  extends Pick<HttpOptions, 'maxRetries' | 'signal' | 'hurry' | 'now' | 'budget'> {
  /** Told when a look had to settle what no answer said. */
  note?: ((line: string) => void) | undefined;
}

/** Who has been told that writes are unprotected: once is enough for a run. */
const warned = new WeakSet<Reader>();

/**
 * Makes a change exactly once, as far as that can be known. When it may have happened and nobody said so, it is not sent
 * again before a look has shown that it did not happen. Throws `unknown-outcome`, with the command that shows the truth,
 * when looking settles nothing.
 */
export async function settle<T>(api: Reader, write: Write<T>, options: SettleOptions): Promise<T> {
  if (write.unprotected !== undefined && !warned.has(api)) {
    warned.add(api);
    options.note?.(write.unprotected);
  }
  for (let tries = 1; ; tries++) {
    const failure = await failureOf(api.send, write);
    if (!(failure instanceof AppError)) return failure.result;
    // Without a hint it says that nothing was sent.
    if (failure.kind === 'cancelled' && failure.hint !== undefined) throw unsettled(write, failure);
    // After a first try that went astray, "it exists" and "it is gone" may be the news of its success.
    const isGone = failure.kind === 'conflict' || failure.kind === 'not-found';
    const news = tries > 1 && (isGone || isBusinessRule(failure));
    if (failure.kind !== 'unknown-outcome' && !news) {
      if (isBusinessRule(failure)) return heldAnyway(api, write, failure, options);
      throw failure;
    }
    const mayRepeat = { repeatable: true, maxRetries: options.maxRetries };
    const { retryAfter } = failure;
    const lost: Try =
      retryAfter === undefined
        ? { status: undefined }
        : { status: failure.status ?? 503, retryAfter: String(Math.ceil(retryAfter / 1000)) };
    const delay = news ? undefined : retryDelay(lost, tries, mayRepeat, options.now(), Math.random());
    const wait = delay === undefined || options.budget?.take() === false ? undefined : delay;
    const seen = await seenAfter(wait ?? 0, api, write, failure, options);
    if (seen.outcome === 'done') {
      options.note?.(`No answer said so, but a look shows it: ${name(write)} took effect`);
      return seen.result;
    }
    if (seen.outcome === 'unclear') throw unsettled(write, failure, seen.why);
    if (news) throw failure;
    if (wait === undefined || options.hurry?.aborted) throw notDone(write, failure);
  }
}

/** Codes by which Twilio refuses, among other things, what others have done a moment before: it says to read again. */
function isBusinessRule({ kind, code }: AppError): boolean {
  return kind !== 'unknown-outcome' && (code === 25019 || code === 25106);
}

/** What was refused may hold all the same, because others were faster; then that is success. */
async function heldAnyway<T>(
  api: Reader,
  write: Write<T>,
  failure: AppError,
  options: SettleOptions,
): Promise<T> {
  let seen: Seen<T>;
  try {
    seen = await write.look(api);
  } catch (error) {
    // The refusal says more than that a look failed, too.
    throw error instanceof AppError && error.kind !== 'cancelled' ? failure : error;
  }
  if (seen.outcome !== 'done') throw failure;
  options.note?.(
    `Twilio refused ${name(write)} (${failure.message}), but a look shows that it holds already`,
  );
  return write.asFound?.(seen.result) ?? seen.result;
}

async function failureOf<T>(send: Send, write: Write<T>): Promise<{ result: T } | AppError> {
  let answer: unknown;
  try {
    answer = await send(write.request, write.onResponse);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  try {
    const result = write.read(answer);
    return write.refuted?.(answer) ?? { result };
  } catch (cause) {
    return new AppError('unknown-outcome', `The answer to ${name(write)} is not what it should be`, {
      cause,
    });
  }
}

/** Waits before it looks: a request that seems lost may only be late. */
async function seenAfter<T>(
  wait: number,
  api: Reader,
  write: Write<T>,
  failure: AppError,
  options: SettleOptions,
): Promise<Seen<T>> {
  try {
    await pause(wait, options);
    return await write.look(api);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.kind === 'cancelled')
      throw unsettled(
        write,
        new AppError('cancelled', `Cancelled before a look could tell whether ${name(write)} took effect`),
      );
    throw unsettled(write, failure, `looking failed too: ${error.message}`);
  }
}

function name({ request }: Write<unknown>): string {
  return `${request.method} ${request.path}`;
}

/** Keeps the kind: what was cancelled is so, whatever came of it. */
function unsettled(write: Write<unknown>, failure: AppError, why?: string): AppError {
  const message = why === undefined ? failure.message : `${failure.message}; ${why}`;
  return new AppError(failure.kind === 'cancelled' ? 'cancelled' : 'unknown-outcome', message, {
    ...detailsOf(failure),
    hint: `It may or may not have happened. This shows it: ${write.shownBy}`,
  });
}

function notDone(write: Write<unknown>, failure: AppError): AppError {
  return new AppError('temporary', `${failure.message}; a look shows that it did not happen`, {
    ...detailsOf(failure),
    hint: `The same command can be run again. To see for yourself: ${write.shownBy}`,
  });
}

function detailsOf({ status, code, moreInfo, requestId, retryAfter, cause }: AppError) {
  return { status, code, moreInfo, requestId, retryAfter, cause };
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
  'Twilio sends no version of these users: what somebody else changes between the look and the write is overwritten';

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
