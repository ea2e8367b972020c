import { endErrors, endsColumn, isDue, titlesOfEnds } from '../../../changes/input/ends.ts';
import type { PeopleOptions, PersonRow } from '../../../changes/input/people.ts';
import { type RowError, throwIfInvalid } from '../../../changes/input/row-errors.ts';
import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { invalidValue } from '../../../cli/flag-values.ts';
import { columnPolicy } from '../../../cli/input-flags.ts';
import type { UserIndex } from '../../../organization/users.ts';
import { dayIn, isCalendarDay, timeZoneNamed } from '../../../platform/core/calendar.ts';
import { usageError } from '../../../platform/core/errors.ts';
import { shellQuote } from '../../../platform/core/text.ts';
import type { User } from '../../../twilio/users.ts';
import { type FoundUsers, type ListFlags, type NamedUser, usersOf } from './listed-users.ts';

/** The flags of the verbs that take people whose access has ended. */
export const dueFlags = defineFlags({
  due: {
    value: 'day',
    summary:
      'of the file, take only users whose last day, in the column ends, is before this day: today or YYYY-MM-DD',
    parse: parseDue,
  },
  timezone: {
    value: 'zone',
    summary: 'time zone of --due today, such as Europe/Paris',
    parse: parseTimeZone,
    default: 'UTC',
  },
});

export type DueFlags = FlagsOf<typeof dueFlags>;

function parseDue(text: string): string {
  const day = text.trim();
  if (day === 'today' || isCalendarDay(day)) return day;
  throw invalidValue('Give today, or a day of the form YYYY-MM-DD.');
}

function parseTimeZone(text: string): string {
  const zone = timeZoneNamed(text.trim());
  if (zone !== undefined) return zone;
  throw invalidValue('Give a name of the IANA time zone database, such as Europe/Paris or UTC.');
}

/** The form of a list of people who lose access. The last days are checked where they count. */
export function dueOptions({ due }: DueFlags): PeopleOptions {
  return {
    names: endsColumn,
    mayHaveLeft: true,
    ...(due === undefined ? {} : { validate: endErrors, single: Object.keys(endsColumn) }),
  };
}

/** Checks the flags with one another, before anything is read. */
export function validateDueFlags({ due, timezone, file }: DueFlags & ListFlags): void {
  if (due !== undefined && file === undefined) {
    throw usageError(
      '--due needs --file',
      'Name the file with the column ends, such as --file contractors.csv',
    );
  }
  if (timezone !== undefined && due === undefined)
    throw usageError('--timezone needs --due', 'Add --due today, or leave it out');
}

/** The named users whose access has ended, and those of the file who stay. */
export interface DueSelection {
  due: NamedUser[];
  staying: NamedUser[];
}

/**
 * Divides the rows of the file by their last day. Users who are named as arguments count as due, unless the file says that they stay.
 *
 * @throws usage where the column `ends` and `--due` do not go together
 */
export function selectDue(
  ctx: Context,
  named: readonly NamedUser[],
  flags: DueFlags & ListFlags,
): DueSelection {
  const { due, timezone = 'UTC', file } = flags;
  const rows = named.flatMap(({ row }) => row ?? []);
  const titles = titlesOfEnds(rows, columnPolicy(flags));
  if (due === undefined) {
    if (titles.length === 0) return { due: [...named], staying: [] };
    const isOurs = titles.every((title) => title === 'ends');
    const column = isOurs ? 'ends' : `${titles.map((title) => `"${title}"`).join(' and ')} with last days`;
    throw usageError(
      `${file} has a column ${column}, and without --due it would not be looked at`,
      `To take only users whose last day is over: --due today. To take all of them: --ignore-columns ${shellQuote(titles.join(','))}`,
    );
  }
  if (rows.length > 0 && titles.length === 0) {
    throw usageError(
      `--due needs a column ends, and ${file} has none`,
      'Name it ends, or say which column it is, such as --map "Last day=ends"',
    );
  }
  const today = dayIn(timezone, ctx.runtime.now());
  const day = due === 'today' ? today : due;
  if (day > today)
    ctx.messages.warn(`--due ${day} is in the future: it also takes users whose last day is still to come`);
  const isTaken = ({ row }: NamedUser) => row === undefined || isDue(row, day);
  const staying = named.filter((each) => !isTaken(each));
  const open = staying.filter(({ row }) => !row?.cells.has('ends')).length;
  ctx.messages.note(
    `Last day before ${day} (${timezone}): ${rows.length - staying.length} of ${rows.length} rows. ` +
      `${staying.length - open} later, ${open} without an end`,
  );
  return { due: named.filter(isTaken), staying };
}

/**
 * Leaves out users who have another row that is not due, such as a second contract.
 *
 * @throws usage where an argument names a user who stays by the file
 */
export function withoutStaying(
  ctx: Context,
  index: UserIndex,
  { users, of }: FoundUsers,
  { staying }: DueSelection,
  { file }: ListFlags,
): User[] {
  const asArguments = new Set([...of].flatMap(([{ row }, { id }]) => (row === undefined ? id : [])));
  const rows = new Map<string, PersonRow>();
  const conflicts: RowError[] = [];
  for (const each of staying) {
    const { row } = each;
    if (row === undefined) continue;
    for (const { id, userName } of usersOf(each, index)) {
      rows.set(id, row);
      if (asArguments.has(id)) conflicts.push(contradiction(userName, row));
    }
  }
  throwIfInvalid(file === '-' ? 'standard input' : (file ?? ''), conflicts);
  return users.filter(({ id, userName }) => {
    const row = rows.get(id);
    if (row === undefined) return true;
    ctx.messages.warn(`${userName} keeps access: line ${row.line} ${endOf(row)}`);
    return false;
  });
}

function contradiction(userName: string, row: PersonRow): RowError {
  return {
    line: row.line,
    problem: `${userName} is named as an argument, but this row ${endOf(row)}`,
    advice: 'To go on without that user, leave out the argument. To take that user, correct the row',
  };
}

function endOf({ cells }: PersonRow): string {
  const ends = cells.get('ends');
  return ends === undefined ? 'has no end' : `ends on ${ends}`;
}
