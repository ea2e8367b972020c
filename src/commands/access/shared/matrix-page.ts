import type { Context } from '../../../cli/context.ts';
import { assumptionInWords } from '../../../organization/permissions/doubts.ts';
import type { Entry, Tally } from '../../../organization/permissions/matrix.ts';
import { AppError } from '../../../platform/core/errors.ts';
import { pluralize } from '../../../platform/core/text.ts';
import { matrixReport, type ReportEntry, type ReportRow } from '../../../reports/html/matrix.ts';
import { sourceFacts } from '../../../reports/source-facts.ts';
import { resourceInWords } from '../../../twilio/resources.ts';
import { fullName } from '../../../twilio/users.ts';
import { countHeading } from './matrix-table.ts';
import { mapCells, type NamedMatrix, type NamedRow, subjectOf } from './named-matrix.ts';

/** More than this takes seconds and hundreds of megabytes to open; three million entries took 540 MB. */
const entriesWorthAWarning = 500_000;
const mostEntries = 2_000_000;

/** The warning about a page that is slow to open. One that browsers may not open at all is refused, before it is made. */
export function warningOfSize({ certain, undecided }: Tally): string | undefined {
  const entries = certain + undecided;
  const shown = entries.toLocaleString('en-US');
  if (entries > mostEntries)
    throw new AppError(
      'failure',
      `The page would have ${shown} entries, and browsers cope with ${mostEntries.toLocaleString('en-US')}`,
      { hint: 'Choose some with --scope or --role, or print all of them with -o csv' },
    );
  return entries > entriesWorthAWarning
    ? `The page has ${shown} entries, so browsers take seconds to open it. For a smaller one: --scope, --role`
    : undefined;
}

const columnNouns = {
  scopes: { one: 'scope', many: 'scopes' },
  roles: { one: 'role', many: 'roles' },
};

/** The question, as the page repeats it. */
export interface AskedMatrix {
  can?: { text: string } | undefined;
  active?: boolean | undefined;
  assumeInheritance?: 'yes' | 'no' | undefined;
  /** All users of the organization. */
  users: number;
}

export async function matrixPage(ctx: Context, matrix: NamedMatrix, asked: AskedMatrix): Promise<string> {
  const { question, columns } = matrix;
  const areRoles = question.rows === 'roles';
  const count = columnNouns[question.columns];
  const people = { one: 'person', many: 'people' };
  return matrixReport({
    title: 'Who has access',
    summary: summaryOf(matrix, asked),
    facts: await factsOf(ctx, matrix, asked),
    nouns: {
      row: areRoles ? { name: 'Role', ...columnNouns.roles } : { name: 'User', one: 'user', many: 'users' },
      column: count,
      count: { name: countHeading(question), ...(areRoles ? people : count) },
    },
    columns: columns.map(({ name, sid, tally }) => ({ name, sid, tally: pair(tally) })),
    rows: reportRows(matrix),
  });
}

function pair({ certain, undecided }: Tally): readonly [number, number] {
  return [certain, undecided];
}

function* reportRows(matrix: NamedMatrix): Generator<ReportRow> {
  for (const row of matrix.rows) {
    yield {
      name: row.name,
      detail: row.user === undefined ? undefined : fullName(row.user),
      sid: row.sid,
      status: statusOf(row, matrix),
      tally: pair(row.tally),
      cells: reportCells(row, matrix),
    };
  }
}

function reportCells(row: NamedRow, matrix: NamedMatrix): ReportRow['cells'] {
  const cells = mapCells(row, matrix.columns, (entries) =>
    entries.map((entry) => reportEntry(entry, matrix)),
  );
  return cells.flatMap((entries, index) => (entries.length === 0 ? [] : [[index, entries] as const]));
}

function statusOf({ user }: NamedRow, { question }: NamedMatrix): ReportRow['status'] {
  if (question.rows === 'roles') return undefined;
  return user === undefined ? 'unmanaged' : user.active === false ? 'inactive' : undefined;
}

function reportEntry(entry: Entry, { question, names }: NamedMatrix): ReportEntry {
  const { how, answer } = entry.holding;
  const isUndecided = answer === 'undecided';
  const subject = subjectOf(entry, question, names);
  const isInactive =
    question.rows === 'roles' && names.userOf(entry.holding.assignment.identity)?.active === false;
  const notes = [
    resourceInWords(entry.holding.assignment) || (how === 'here' ? '' : how),
    isInactive ? 'inactive' : '',
  ];
  return {
    subject: subject === '' ? (isUndecided ? 'Undecided' : 'Yes') : subject,
    note: notes.filter(Boolean).join(', '),
    isUndecided,
  };
}

function summaryOf({ rows, columns, entries, question }: NamedMatrix, { users }: AskedMatrix): string {
  const managed = rows.filter(({ user }) => user !== undefined).length;
  const others = question.rows === 'users' ? rows.length - managed : 0;
  const what =
    question.rows === 'roles'
      ? `${pluralize(rows.length, 'role')} in ${pluralize(columns.length, 'scope')}`
      : `${managed} of ${pluralize(users, 'user')} in ${pluralize(columns.length, columnNouns[question.columns].one)}`;
  const more = others === 0 ? '' : `, and ${others} not managed by the organization`;
  const certain = `${entries.certain} certain ${entries.certain === 1 ? 'entry' : 'entries'}`;
  const open = entries.undecided === 0 ? '' : `, ${entries.undecided} more undecided`;
  return `${what}${more}: ${certain}${open}.`;
}

async function factsOf(
  ctx: Context,
  { question, names }: NamedMatrix,
  { can, active, assumeInheritance }: AskedMatrix,
): Promise<(readonly [string, string])[]> {
  const { organizationSid, apiUrl } = await ctx.settings();
  const { snapshot } = ctx;
  const facts: (readonly [string, string | undefined])[] = [
    ...sourceFacts({
      organization: organizationSid,
      at: snapshot?.id,
      api_url: apiUrl,
      time: new Date(ctx.now()).toISOString(),
    }),
    ['May do', can?.text],
    ['Roles', question.roles?.map(names.roles.label).join(', ')],
    ['Scopes', question.scopes?.map(names.scopes.nameOf).join(', ')],
    ['Resource', question.resource && `${question.resource.type} ${question.resource.id}`],
    ['Users', active ? 'without inactive ones' : undefined],
    ['Assumed', assumeInheritance && assumptionInWords(assumeInheritance)],
    ['Made by', `twilio-org ${ctx.version}`],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
