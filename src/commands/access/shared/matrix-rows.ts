import type { Entry, MatrixQuestion } from '../../../organization/permissions/matrix.ts';
import { resourceInWords } from '../../../twilio/resources.ts';
import { mapCells, type NamedMatrix, type NamedRow } from './named-matrix.ts';

const counts = ['count', 'undecided', 'assumed_inheritance'];
const rowFields = {
  users: ['user_name', 'identity', 'active', 'managed', ...counts],
  roles: ['role_name', 'role_sid', ...counts],
};

/** The members of a row for programs, but for the columns of the matrix. */
export function matrixFields(rows: MatrixQuestion['rows'] = 'users'): string[] {
  return [...rowFields[rows], 'cells'];
}

export interface RowOptions {
  assumeInheritance?: 'yes' | 'no' | undefined;
  /** Names of scopes instead of their SIDs. */
  names?: boolean | undefined;
}

/** Rows with a list of all entries, for JSON. */
export function* structuredRows(matrix: NamedMatrix, options: RowOptions): Generator<object> {
  for (const row of matrix.rows) yield { ...membersOf(row, matrix, options), cells: cellsOf(row, matrix) };
}

/** Paths and headings of the columns of CSV and TSV, which have a text for each column of the matrix. */
export function flatColumns(
  { columns, question, names: { roles, scopes } }: NamedMatrix,
  { names }: RowOptions,
): { columns: string[]; headings?: Record<string, string> } {
  const own = rowFields[question.rows];
  const paths = [...own, ...columns.map(({ sid }) => sid)];
  if (!names) return { columns: paths };
  const taken = new Set(own);
  const headings = columns.map(({ sid }) => {
    const name = (question.columns === 'roles' ? roles.displayName(sid) : scopes.plainNameOf(sid)) ?? sid;
    const heading = taken.has(name) ? `${name} (${sid})` : name;
    taken.add(heading);
    return [sid, heading] as const;
  });
  return { columns: paths, headings: Object.fromEntries(headings) };
}

/** The rows of these columns. @param withCells true where `--fields` may ask for the entries */
export function* flatRows(
  matrix: NamedMatrix,
  options: RowOptions & { withCells?: boolean },
): Generator<Record<string, unknown>> {
  for (const row of matrix.rows) {
    const flat: Record<string, unknown> = membersOf(row, matrix, options);
    const texts = mapCells(row, matrix.columns, (entries) => cellText(entries, matrix, options));
    for (const [index, { sid }] of matrix.columns.entries()) flat[sid] = texts[index];
    if (options.withCells) flat.cells = cellsOf(row, matrix);
    yield flat;
  }
}

function membersOf({ sid, user, tally }: NamedRow, { question, names }: NamedMatrix, options: RowOptions) {
  const more = {
    count: tally.certain,
    undecided: tally.undecided,
    assumed_inheritance: options.assumeInheritance ?? null,
  };
  if (question.rows === 'roles')
    return { role_name: names.roles.nameOf(sid) ?? null, role_sid: sid, ...more };
  return {
    user_name: user?.userName ?? null,
    identity: sid,
    active: user?.active ?? null,
    managed: user !== undefined,
    ...more,
  };
}

function cellsOf(row: NamedRow, { columns, question, names }: NamedMatrix): object[] {
  return columns.flatMap((column) =>
    row.cell(column).map(({ holding: { assignment, how, answer, allow, doubts }, scope }) => {
      const user = names.userOf(assignment.identity);
      return {
        scope,
        scope_name: names.scopes.plainNameOf(scope) ?? null,
        ...(question.rows === 'roles'
          ? {
              identity: assignment.identity,
              user_name: user?.userName ?? null,
              active: user?.active ?? null,
              managed: user !== undefined,
            }
          : { role_sid: assignment.role_sid, role_name: names.roles.nameOf(assignment.role_sid) ?? null }),
        how,
        answer,
        doubts,
        allow: allow ?? null,
        resource_type: assignment.resource_type ?? null,
        resource_id: assignment.resource_id ?? null,
        sid: assignment.sid,
      };
    }),
  );
}

/** All of a cell as one text, such as `Admin; Support (organization-wide, undecided)`. */
function cellText(entries: readonly Entry[], matrix: NamedMatrix, options: RowOptions): string {
  // Most cells of a large matrix are empty.
  if (entries.length === 0) return '';
  return entries.map((entry) => subjectForPrograms(entry, matrix, options) + noteOf(entry)).join('; ');
}

/** The way in which an entry applies, where that is not simply here, such as ` (organization-wide, undecided)`. */
function noteOf(entry: Entry): string {
  const { assignment, how, answer } = entry.holding;
  const isUndecided = answer === 'undecided';
  if (how === 'here') return isUndecided ? ' (undecided)' : '';
  const resource = resourceInWords(assignment);
  return ` (${how}${resource === '' ? '' : `: ${resource}`}${isUndecided ? ', undecided' : ''})`;
}

function subjectForPrograms(
  { holding: { assignment, answer }, scope }: Entry,
  { question, names }: NamedMatrix,
  options: RowOptions,
): string {
  if (question.columns === 'roles') {
    if (question.scopes?.length === 1) return answer;
    return (options.names ? names.scopes.plainNameOf(scope) : undefined) ?? scope;
  }
  return question.rows === 'roles'
    ? (names.userOf(assignment.identity)?.userName ?? assignment.identity)
    : names.roles.displayName(assignment.role_sid);
}
