import { parseUserReference, type UserReference } from '../../organization/references.ts';
import { type Columns, emailTitles, loginTitles } from './columns.ts';
import type { Input } from './open.ts';
import type { Row } from './row.ts';
import { messageOf, type RowError, throwIfInvalid } from './row-errors.ts';

/** A person of a list. */
export interface PersonRow {
  /** The line of the input, from 1. */
  line: number;
  /** The row's surest name of the user: SID, then e-mail address, then external id. */
  reference: UserReference;
  /** Further names that the row gives, which must belong to the same user. */
  others: UserReference[];
  /** By the program's names of the columns; empty cells are left out. */
  cells: ReadonlyMap<string, string>;
  /** The cells as in the input, by its own names. */
  given: Row['given'];
}

/** The columns of a list of people, with further ones. A list without a header has one user a line. */
export function personColumns(names: Columns['names'] = {}): Columns {
  return {
    names: {
      email: emailTitles,
      id: ['usersid', 'identity'],
      sid: [],
      externalId: ['employeeid', 'employeenumber'],
      user: [],
      ...names,
    },
    logins: { email: loginTitles.filter((title) => title !== 'user') },
    required: [['email', 'id', 'sid', 'externalId', 'user']],
    headerless: 'user',
  };
}

/** Further columns of a list, and what is allowed in it. */
export interface PeopleOptions {
  /** Names of further columns, with aliases as in {@link Columns}. */
  names?: Columns['names'];
  /** Those of them that a list with a header must have. */
  required?: readonly string[];
  /** Those of them that only one column may mean. */
  single?: readonly string[];
  /** True where people who have left are expected. */
  mayHaveLeft?: boolean;
  /** Checks the further cells of a row. */
  validate?: (row: Row) => RowError[];
}

/**
 * Reads a list of people: a table with a column `email`, `id`, `sid`, `externalId` or `user`, or one user a line.
 *
 * @throws usage with every error of every row
 */
export async function readPeople(input: Input, options: PeopleOptions = {}): Promise<PersonRow[]> {
  const { names = {}, required = [], single = [], mayHaveLeft, validate = () => [] } = options;
  const known = personColumns(names);
  const columns: Columns = {
    ...known,
    required: [...known.required, ...required],
    single,
    ...(mayHaveLeft ? { mayHaveLeft } : {}),
  };
  const people: PersonRow[] = [];
  const errors: RowError[] = [];
  for await (const row of input.rows(columns)) {
    errors.push(...row.faults);
    if (row.malformed) continue;
    const { line, cells, given } = row;
    const missing = required.filter((column) => !cells.has(column));
    errors.push(...missing.map((column) => ({ line, column, problem: 'a value is required' })));
    errors.push(...validate(row));
    const [reference, ...others] = referencesIn(row, errors);
    if (reference !== undefined) people.push({ line, reference, others, cells, given });
  }
  throwIfInvalid(input.name, errors);
  return people;
}

function referencesIn({ line, cells }: Row, errors: RowError[]): UserReference[] {
  const faultsBefore = errors.length;
  const found = ['id', 'sid', 'user', 'email'].flatMap((column): UserReference[] => {
    const text = cells.get(column);
    if (text === undefined) return [];
    const problem = messageOf(() => parseUserReference(text)) ?? misplaced(column, parseUserReference(text));
    if (problem === undefined) return [parseUserReference(text)];
    errors.push({ line, column, problem });
    return [];
  });
  const externalId = cells.get('externalId');
  if (externalId !== undefined) found.push({ externalId });
  if (found.length === 0 && errors.length === faultsBefore) {
    errors.push({ line, problem: 'the row names no user: give an e-mail address, a SID or an external id' });
  }
  return found;
}

/** The reason why a reference can't stand in its column. */
function misplaced(column: string, reference: UserReference): string | undefined {
  if (column === 'email' && !('userName' in reference)) return 'this is not an e-mail address';
  if ((column === 'id' || column === 'sid') && !('id' in reference)) return 'this is not the SID of a user';
  return undefined;
}
