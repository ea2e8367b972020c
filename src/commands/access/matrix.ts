import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList } from '../../cli/output/list-output.ts';
import { scopeNames } from '../../cli/output/scope-names.ts';
import { readingEverything } from '../../cli/scope-conditions.ts';
import { type MatrixQuestion, matrixOf } from '../../organization/permissions/matrix.ts';
import { resolveScope } from '../../organization/references.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import { flatColumns, flatRows, matrixFields, structuredRows } from './shared/matrix-rows.ts';
import { matrixTable } from './shared/matrix-table.ts';
import { type NamedMatrix, nameMatrix } from './shared/named-matrix.ts';
import { exitWhenUndecided, peopleFlags, readPeople } from './shared/people-question.ts';
import { doubtsWithAdvice, noteAssumption, readAssumption } from './shared/question.ts';

const flags = defineFlags({
  rows: {
    value: 'what',
    choices: ['users', 'roles'],
    summary: 'a row for each user or each role',
    default: 'users',
  },
  columns: {
    value: 'what',
    choices: ['scopes', 'roles'],
    summary: 'a column for each scope or each role',
    default: 'scopes',
  },
  ...peopleFlags,
  scope: { value: 'scope', summary: 'only this scope: SID or name of an account, or org', repeats: true },
  names: { summary: 'name scopes and roles in the header of CSV; tables and pages always do' },
  exitCode: exitWhenUndecided,
});

export const matrixCommand = defineCommand({
  name: 'access matrix',
  summary: 'Show who has which role where, as a matrix',
  flags,
  scopes: readingEverything,
  effect: 'reads',
  documents: ['html'],
  examples: [
    'twilio-org access matrix',
    'twilio-org access matrix -o html > access.html',
    'twilio-org access matrix --columns roles --scope org -o csv --names',
  ],
  run: (ctx, { flags }) => matrix(ctx, flags),
});

type MatrixFlags = FlagsOf<typeof flags>;

async function matrix(ctx: Context, options: MatrixFlags): Promise<void> {
  ctx.out.checkFields({ fields: matrixFields(options.rows), columns: [] });
  const { rows = 'users', columns = 'scopes' } = options;
  if (rows === 'roles' && columns === 'roles')
    throw usageError('Rows and columns are both roles', 'Leave out --rows or --columns');
  const named = await ctx.scopes();
  const scopes = options.scope && [
    ...new Set(options.scope.map((text) => canonicalSid(resolveScope(text, named)))),
  ];
  const { roles, people, assignments, wantedRoles } = await readPeople(ctx, scopes, options);
  const question: MatrixQuestion = {
    rows,
    columns,
    scopes,
    roles: wantedRoles && [...wantedRoles],
    wanted: options.can,
    resource: options.resource,
    assumeInheritance: readAssumption(options),
  };
  const found = matrixOf(assignments, roles.find, question);
  const shown = nameMatrix(found, question, {
    userOf: (sid) => people.get(canonicalSid(sid)),
    roles,
    scopes: await scopeNames(ctx),
  });
  noteAssumption(ctx, options);
  const hidden = await print(ctx, shown, { ...options, users: people.size });
  const { certain, undecided } = found.entries;
  if (undecided === 0) return;
  const mark = ctx.out.format.forPeople ? ' (with a question mark)' : '';
  const doubts = doubtsWithAdvice([...found.doubts]);
  const where = hidden === 0 ? '' : ' in all columns';
  const message = `${undecided} of ${certain + undecided} entries${where} are undecided${mark}: ${doubts}`;
  if (options.exitCode) throw new AppError('undecided', message);
  ctx.messages.note(message);
}

/** Returns the number of columns that the terminal has no room for. */
async function print(
  ctx: Context,
  matrix: NamedMatrix,
  options: MatrixFlags & { users: number },
): Promise<number> {
  const { out, flags, messages } = ctx;
  const { rows, columns } = matrix.question;
  const fields = matrixFields(rows);
  if (out.document !== undefined) {
    const { matrixPage, warningOfSize } = await import('./shared/matrix-page.ts');
    const warning = warningOfSize(matrix.entries);
    if (warning !== undefined) messages.warn(warning);
    await out.printDocument(await matrixPage(ctx, matrix, options));
    return 0;
  }
  const noun = rows === 'users' ? 'users with a role there' : 'roles that somebody has there';
  if (out.format.structured) {
    await printList(ctx, { fields, columns: fields }, structuredRows(matrix, options), { noun });
    return 0;
  }
  if (!out.format.forPeople || flags.fields !== undefined) {
    const view = { fields, ...flatColumns(matrix, options) };
    const withCells = flags.fields !== undefined;
    await printList(ctx, view, flatRows(matrix, { ...options, withCells }), { noun });
    return 0;
  }
  const { stdout } = ctx.runtime;
  const table = await matrixTable(matrix, stdout.isTTY ? stdout.columns || 80 : undefined);
  await printList(ctx, { fields, columns: fields, people: { list: table.columns } }, matrix.rows, { noun });
  if (table.hidden === 0) return 0;
  const all = matrix.columns.length;
  const flag = columns === 'roles' ? '--role' : '--scope';
  messages.note(
    `Only ${all - table.hidden} of ${all} columns have room here. To choose some: ${flag}. For all of them: -o csv, or -o html > access.html`,
  );
  return table.hidden;
}
