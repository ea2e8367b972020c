import { type PeopleOptions, type PersonRow, readPeople } from '../../../changes/input/people.ts';
import { type RowError, throwIfInvalid } from '../../../changes/input/row-errors.ts';
import type { OneOf } from '../../../cli/command-info.ts';
import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { type InputFlags, inputFlags, openTable } from '../../../cli/input-flags.ts';
import { askUser } from '../../../cli/questions/asks.ts';
import { throwAll } from '../../../organization/combined-errors.ts';
import {
  formatUserReference,
  parseUserReference,
  type UserReference,
  userNotFound,
} from '../../../organization/references.ts';
import type { UserIndex } from '../../../organization/users.ts';
import { AppError, usageError } from '../../../platform/core/errors.ts';
import { joinSentences, pluralize, thenMeant } from '../../../platform/core/text.ts';
import { changeable, type User } from '../../../twilio/users.ts';

/** The argument of a verb that takes users by name alone. */
export const requiredUsersArg = {
  summary: 'SIDs, e-mail addresses or external:IDs',
  variadic: true,
  ask: askUser(),
} as const;

/** The argument of the verbs that take users from a file as well. */
export const usersArg = { ...requiredUsersArg, optional: true } as const;

/** The requirement of the verbs that take users from a file as well. */
export const usersOrFile = [{ of: ['user', 'file'] }] as const satisfies readonly OneOf[];

/** The flags of the verbs that also take users from a file. */
export const listFlags = defineFlags({
  file: {
    value: 'file',
    summary:
      'also the users in this file, or - for standard input: a column email, id or externalId, or one user a line',
  },
  skipUnknown: { summary: 'go on without users who do not exist; the exit code is then 3' },
  ...inputFlags,
});

export interface ListFlags extends InputFlags, Pick<FlagsOf<typeof listFlags>, 'file' | 'skipUnknown'> {}

/** A user that the command names, with the line of the input where it stands in one. */
export interface NamedUser {
  reference: UserReference;
  /** Further names, which must belong to the same user. */
  others: readonly UserReference[];
  row?: PersonRow;
}

/**
 * The users of the arguments and of the file together. Nothing is sent.
 *
 * @throws usage with every argument, or every row, that is wrong
 */
export async function readNamedUsers(
  ctx: Context,
  names: readonly string[],
  flags: ListFlags,
  options: PeopleOptions = {},
): Promise<NamedUser[]> {
  const named = parseReferences(names).map((reference): NamedUser => ({ reference, others: [] }));
  const { file } = flags;
  if (file === undefined) {
    const stray = (['map', 'ignoreColumns', 'ignoreUnknown'] as const).find(
      (name) => flags[name] !== undefined,
    );
    if (stray !== undefined)
      throw usageError('The flags about columns need --file', 'Name the file that has the columns');
    return named;
  }
  const input = await openTable(ctx, file, flags);
  try {
    for (const row of await readPeople(input, options)) named.push({ ...row, row });
  } finally {
    await input.close();
  }
  return named;
}

function parseReferences(names: readonly string[]): UserReference[] {
  const errors: AppError[] = [];
  const references = names.flatMap((name) => {
    try {
      return parseUserReference(name);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      errors.push(error);
      return [];
    }
  });
  throwAll(errors);
  return references;
}

/** The users that a command works on. */
export interface FoundUsers {
  /** Each once, in the order in which they were named. */
  users: User[];
  /** The user of each name that was found. */
  of: ReadonlyMap<NamedUser, User>;
  /** The users whom --skip-unknown left out, as they were named. */
  skipped: readonly string[];
}

/**
 * Finds the named users. Everyone who is missing is named at once.
 *
 * @param required further users who must exist, whatever is skipped
 * @param others users of the same file that the command leaves alone; their rows must not contradict themselves either
 * @throws not-found unless `skipUnknown`; usage where a row names two users
 */
export function requireNamedUsers(
  ctx: Context,
  index: UserIndex,
  named: readonly NamedUser[],
  { file, skipUnknown }: ListFlags,
  required: readonly UserReference[] = [],
  others: readonly NamedUser[] = [],
): FoundUsers {
  const users = new Map<string, User>();
  const of = new Map<NamedUser, User>();
  const missing: NamedUser[] = [];
  const conflicts: RowError[] = [];
  for (const each of named) {
    const conflict = contradictionIn(each, index) ?? strangerIn(each, index);
    const [user] = usersOf(each, index);
    if (conflict !== undefined) conflicts.push(errorIn(each, conflict));
    else if (user === undefined) missing.push(each);
    else {
      users.set(user.id, user);
      of.set(each, user);
    }
  }
  for (const each of others) {
    const conflict = contradictionIn(each, index);
    if (conflict !== undefined) conflicts.push(errorIn(each, conflict));
  }
  throwIfInvalid(file === '-' ? 'standard input' : (file ?? ''), conflicts);
  const needed = required.filter((reference) => index.find(reference) === undefined);
  throwMissing(
    [...(skipUnknown ? [] : missing), ...needed.map((reference) => ({ reference, others: [] }))],
    index,
    file !== undefined && needed.length === 0,
  );
  for (const each of missing) ctx.messages.warn(`${place(each)}${messageOfMissing(each)}; skipped`);
  checkChangeable([...users.values()]);
  return {
    users: [...users.values()],
    of,
    skipped: missing.map(({ reference }) => formatUserReference(reference)),
  };
}

/** All users that the names of a row belong to. More than one is a contradiction. */
export function usersOf(named: NamedUser, index: UserIndex): User[] {
  const found = namesOf(named).flatMap((name) => index.find(name) ?? []);
  return [...new Map(found.map((user) => [user.id, user])).values()];
}

function namesOf({ reference, others }: NamedUser): UserReference[] {
  return [reference, ...others];
}

/** The problem of a row whose names belong to different users. */
function contradictionIn(named: NamedUser, index: UserIndex): string | undefined {
  const found = namesOf(named).flatMap((name) => {
    const user = index.find(name);
    return user === undefined ? [] : [{ name: formatUserReference(name), id: user.id }];
  });
  const [first] = found;
  const other = found.find(({ id }) => id !== first?.id);
  return first === undefined || other === undefined
    ? undefined
    : `${first.name} and ${other.name} are different users`;
}

/** The problem of a row of which one name belongs to a user and another name does not: probably a column was shifted. */
function strangerIn(named: NamedUser, index: UserIndex): string | undefined {
  const names = namesOf(named);
  const known = names.find((name) => index.find(name) !== undefined);
  const user = known && index.find(known);
  if (known === undefined || user === undefined) return undefined;
  const stranger = names.find((name) => index.find(name) === undefined && hasAnother(user, name));
  if (stranger === undefined) return undefined;
  const text = formatUserReference(stranger);
  if (stranger === named.reference) {
    const there =
      'userName' in known ? `there is ${user.userName}` : `${formatUserReference(known)} is ${user.userName}`;
    return `there is no user ${text}, but ${there}`;
  }
  const kind = 'userName' in stranger ? 'e-mail address' : 'external id';
  const value = 'userName' in stranger ? user.userName : user.externalId;
  return `the ${kind} of ${formatUserReference(known)} is ${value}, and no user has ${text}`;
}

/** True where the user has another name of that kind, so that this one can't be simply unknown to Twilio. */
function hasAnother(user: User, name: UserReference): boolean {
  return 'externalId' in name ? Boolean(user.externalId) : true;
}

function errorIn({ row }: NamedUser, problem: string): RowError {
  const advice = 'To go by one of the columns alone, skip the others with --ignore-columns';
  return { line: row?.line ?? 0, problem, advice };
}

/** All names under which the users are to be looked up. */
export function referencesOf(named: readonly NamedUser[]): UserReference[] {
  return named.flatMap(namesOf);
}

function messageOfMissing({ reference }: NamedUser): string {
  return userNotFound(reference).message;
}

function place({ row }: NamedUser): string {
  return row === undefined ? '' : `line ${row.line}: `;
}

function throwMissing(missing: readonly NamedUser[], index: UserIndex, canSkip: boolean): void {
  const [first] = missing;
  if (first === undefined) return;
  const withSkip = ({ hint = '' }: AppError) =>
    joinSentences([
      hint,
      ...(canSkip ? ['To go on without those who do not exist, add --skip-unknown'] : []),
    ]);
  if (missing.length === 1) {
    const error = userNotFound(first.reference, index.similar?.(first.reference));
    throw new AppError('not-found', `${place(first)}${error.message}`, { hint: withSkip(error) });
  }
  const hint = withSkip(userNotFound(first.reference));
  const lines = missing.map((each) => {
    const meant = thenMeant(index.similar?.(each.reference) ?? []);
    return `${place(each)}${messageOfMissing(each)}${meant}`;
  });
  const summary = `${missing.length} users do not exist, so nothing was changed`;
  throw new AppError('not-found', `${summary}: ${lines.join('; ')}`, {
    hint,
    listed: { summary, lines },
  });
}

/** Names every user whose state Twilio does not tell. */
function checkChangeable(users: readonly User[]): void {
  const errors: AppError[] = [];
  for (const user of users) {
    try {
      changeable(user);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** Ends a command that left users out: the others are done, and the exit code says that it is not all. */
export function throwIfSkipped({ skipped, named }: { skipped: readonly string[]; named: number }): void {
  if (skipped.length === 0) return;
  const all = pluralize(named, 'user');
  const were = skipped.length === 1 ? 'was' : 'were';
  throw new AppError(
    'partial',
    `${skipped.length} of ${all} ${were} skipped because they do not exist: ${skipped.join(', ')}`,
    { hint: 'Correct these names, or remove them from the list' },
  );
}
