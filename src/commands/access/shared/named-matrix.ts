import type { ScopeNames } from '../../../cli/output/scope-names.ts';
import { unmanagedUser } from '../../../cli/output/views.ts';
import type { Holding } from '../../../organization/permissions/holders.ts';
import type { Entry, Matrix, MatrixQuestion, Tally } from '../../../organization/permissions/matrix.ts';
import type { RoleIndex } from '../../../organization/roles.ts';
import { onceEach } from '../../../platform/core/once.ts';
import { sortedBy } from '../../../platform/core/sorted-by.ts';
import { canonicalSid } from '../../../twilio/sids.ts';
import type { User } from '../../../twilio/users.ts';

/** The names of what a matrix is about. */
export interface MatrixNames {
  userOf(sid: string): User | undefined;
  roles: RoleIndex;
  scopes: ScopeNames;
}

export interface NamedColumn {
  sid: string;
  /** For people. */
  name: string;
  tally: Tally;
}

export interface NamedRow {
  sid: string;
  /** For people: the address of a user, the name of a role. */
  name: string;
  /** Undefined for a role, and for an identity that is no managed user. */
  user: User | undefined;
  tally: Tally;
  /** The entries in the order for people: certain ones first, then by name. */
  cell(column: NamedColumn): readonly Entry[];
  /** A list that several columns share has the same words in each of them; undefined where none do. */
  holdings(column: NamedColumn): readonly Holding[] | undefined;
}

/** A matrix with names, in order: the organization before accounts by name, managed users before other identities. */
export interface NamedMatrix {
  question: MatrixQuestion;
  names: MatrixNames;
  rows: readonly NamedRow[];
  columns: readonly NamedColumn[];
  entries: Tally;
}

export function nameMatrix(matrix: Matrix, question: MatrixQuestion, names: MatrixNames): NamedMatrix {
  const { roles, scopes, userOf } = names;
  const inOrder = entryOrder(question, names);
  const columns = matrix.columns.map(({ sid, tally }) => ({
    sid,
    tally,
    name: question.columns === 'roles' ? roles.label(sid) : scopes.nameOf(sid),
  }));
  const rows = matrix.rows.map((row) => {
    const user = question.rows === 'users' ? userOf(row.sid) : undefined;
    return {
      sid: row.sid,
      name: question.rows === 'roles' ? roles.label(row.sid) : nameOfUser(user, row.sid),
      user,
      tally: row.tally,
      cell: ({ sid }: NamedColumn) => inOrder(row.cell(sid)),
      holdings: ({ sid }: NamedColumn) => row.holdings?.(sid),
    };
  });
  const isKnown = ({ user }: NamedRow) => question.rows === 'roles' || user !== undefined;
  return {
    question,
    names,
    columns: sortedBy(columns, (column) => columnKey(column).join('\0')),
    rows: [...inOrderOfNames(rows.filter(isKnown)), ...inOrderOfNames(rows.filter((row) => !isKnown(row)))],
    entries: matrix.entries,
  };

  /** Columns that were asked for are in the order of the question: a program may rely on it. */
  function columnKey({ sid, name }: NamedColumn): string[] {
    const asked = (question.columns === 'roles' ? question.roles : question.scopes) ?? [];
    const place = asked.findIndex((each) => canonicalSid(each) === sid);
    const kind = name === 'org' ? '0' : name === sid ? '2' : '1';
    return [String(place < 0 ? 0 : place).padStart(6, '0'), kind, name.toLowerCase(), sid];
  }
}

/** Makes something of each cell of a row, once for all columns that share their holdings. */
export function mapCells<T>(
  row: NamedRow,
  columns: readonly NamedColumn[],
  make: (entries: readonly Entry[]) => T,
): T[] {
  let latest: { holdings: readonly Holding[]; made: T } | undefined;
  return columns.map((column) => {
    const holdings = row.holdings(column);
    if (holdings !== undefined && latest?.holdings === holdings) return latest.made;
    const made = make(row.cell(column));
    latest = holdings && { holdings, made };
    return made;
  });
}

/** Sorted without a text for each row that joins all parts of its key: names alone tell nearly all apart. */
function inOrderOfNames(rows: readonly NamedRow[]): NamedRow[] {
  const keyed = rows.map((row) => ({ row, name: row.name.toLowerCase() }));
  keyed.sort((a, b) => compare(a.name, b.name) || compare(a.row.sid, b.row.sid));
  return keyed.map(({ row }) => row);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The address, or the SID of an identity that is no managed user. */
export function nameOfUser(user: User | undefined, sid: string): string {
  return user?.userName ?? unmanagedUser(sid);
}

/** Puts entries into their order: the certain ones first, then by name. */
function entryOrder(
  question: MatrixQuestion,
  names: MatrixNames,
): (entries: readonly Entry[]) => readonly Entry[] {
  const inSmall = onceEach((name) => name.toLowerCase());
  const keyOf = (entry: Entry) => {
    const { answer, assignment } = entry.holding;
    return `${answer === 'yes' ? '0' : '1'}\0${inSmall(subjectOf(entry, question, names))}\0${assignment.sid}`;
  };
  return (entries) => (entries.length < 2 ? entries : sortedBy(entries, keyOf));
}

/** The part of an entry that neither its row nor its column says, for people; empty in a matrix about one scope alone. */
export function subjectOf(
  { holding: { assignment }, scope }: Entry,
  { rows, columns, scopes }: MatrixQuestion,
  names: MatrixNames,
): string {
  if (columns === 'roles') return scopes?.length === 1 ? '' : names.scopes.nameOf(scope);
  return rows === 'roles'
    ? nameOfUser(names.userOf(assignment.identity), assignment.identity)
    : names.roles.label(assignment.role_sid);
}

/** Such as `3`, or `3 + 1?` with undecided ones. */
export function tallyInWords({ certain, undecided }: Tally): string {
  if (undecided === 0) return String(certain);
  return certain === 0 ? `${undecided}?` : `${certain} + ${undecided}?`;
}
