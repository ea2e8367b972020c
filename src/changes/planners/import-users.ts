import { type KnownScopes, referenceKey, type UserReference } from '../../organization/references.ts';
import { isEmail } from '../../twilio/email.ts';
import { isSid } from '../../twilio/sids.ts';
import { textFieldNames } from '../../twilio/user-fields.ts';
import { problemWith } from '../../twilio/user-limits.ts';
import { type Columns, emailTitles, loginTitles } from '../input/columns.ts';
import { isUnread, type Row } from '../input/row.ts';
import type { RowError } from '../input/row-errors.ts';
import { parseYesNo } from '../input/values.ts';
import { containsClear, isClear } from './clear.ts';
import { keyColumns, type MatchKey, referenceIn } from './match-users.ts';
import { type RoleProblem, roleFormProblems } from './role-requests.ts';

/** The rules by which rows are matched with users or skipped. */
export interface RowPolicy {
  /** The column that recognises a user; the e-mail address when absent. */
  match?: MatchKey;
  createOnly?: boolean;
  updateOnly?: boolean;
  /** Creates users whom their rows call inactive. */
  createInactive?: boolean;
  /** Activates users who are not active, unless their rows call them inactive. */
  reactivate?: boolean;
}

/** The columns of a row, with the other headings that each goes by. */
export const userInputSchema: Columns = {
  names: {
    email: emailTitles,
    givenName: ['firstname', 'forename', 'namegivenname'],
    familyName: ['lastname', 'surname', 'namefamilyname'],
    displayName: ['fullname', 'name'],
    externalId: ['employeeid', 'employeenumber'],
    locale: ['language'],
    timezone: ['tz'],
    active: ['enabled', 'accountenabled', 'isactive'],
    role: ['rolesid', 'rolename'],
    scope: [],
    resource_type: [],
    resource_id: [],
    // Lists and results hold these. They are compared with the user or recognise them, and never change.
    id: [],
    sid: [],
  },
  logins: { email: loginTitles },
  opposites: {
    active: [
      'blocksignin',
      'signinblocked',
      'accountdisabled',
      ...['blocked', 'disabled', 'suspended', 'deactivated', 'inactive'].flatMap((title) => [
        title,
        `is${title}`,
      ]),
    ],
  },
  required: ['email'],
  untrimmed: textFieldNames,
};

/** The columns of an import that recognises users by a key, which has to be among them. */
export function userSchemaFor(match: MatchKey = 'email'): Columns {
  return { ...userInputSchema, required: [match === 'id' ? ['id', 'sid'] : keyColumns[match]] };
}

/** A role for the user of a row. */
export interface RequestedRole {
  /** The role and its scope, and a resource where it has one. */
  cells: ReadonlyMap<string, string>;
  /** Its place in a template, such as `role 2`; undefined for a role of the row itself. */
  place?: string;
  /** The fields that the template fills without a value of the row, so that they are the same for all rows. */
  fixed?: ReadonlySet<string>;
}

/** A row about a user, with the roles that the user gets. */
export interface UserRow extends Row {
  roles: RequestedRole[];
}

/** Rows that can be read more than once. */
export interface UserRows {
  name: string;
  /** The file of the template, where there is one. */
  template?: string;
  rows: () => AsyncIterable<UserRow>;
}

/** The users, roles and scopes that the rows name. */
export interface RowReferences {
  /** By address, SID and external id, each once. */
  users: UserReference[];
  hasRoles: boolean;
  scopes: Set<string>;
  /** True where a row deactivates a user, which needs confirmation. */
  deactivates: boolean;
  /** True where a part of the input can't be read, so that more may be wrong than is known. */
  isPartial: boolean;
}

/** The errors of rows and of a template. One of the template is kept once, however many rows it concerns. */
export class RowErrors {
  readonly all: RowError[] = [];
  readonly #ofTemplate = new Set<string>();
  readonly #template: string | undefined;

  constructor(template?: string) {
    this.#template = template;
  }

  add(...errors: RowError[]): void {
    for (const error of errors) this.all.push(error);
  }

  /** Adds a problem of a role: of the template where all rows share it, of the row elsewhere. */
  addOfRole(
    line: number,
    { place, fixed }: RequestedRole,
    { field, problem, advice }: RoleProblem,
    uses: string[],
  ): void {
    if (place === undefined) this.add({ line, column: field, problem, advice });
    else if (uses.every((each) => fixed?.has(each))) this.addOfTemplate(place, problem);
    else this.add({ line, problem: `${problem} (${place} of ${this.#template ?? 'the template'})` });
  }

  addOfTemplate(place: string | undefined, problem: string): void {
    const key = `${place} ${problem}`;
    if (this.#ofTemplate.has(key)) return;
    this.#ofTemplate.add(key);
    this.all.push({ file: this.#template, column: place, problem });
  }
}

/** Checks all rows without a request. Adds every error of every row. */
export async function validateRows(
  people: UserRows,
  known: KnownScopes,
  { match = 'email' }: RowPolicy,
  errors: RowErrors,
): Promise<RowReferences> {
  const found = { hasRoles: false, scopes: new Set<string>(), deactivates: false, isPartial: false };
  /** By the key of a user, the first line that has it. */
  const lines = new Map<string, number>();
  const users: UserReference[] = [];
  for await (const row of people.rows()) {
    errors.add(...row.faults);
    found.isPartial ||= isUnread(row);
    if (row.malformed) continue;
    const { line, cells, roles } = row;
    errors.add(...validateCells(row, match));
    for (const [column, reference] of keysOf(row, match)) {
      const key = referenceKey(reference);
      const before = lines.get(key);
      if (before === undefined) {
        lines.set(key, line);
        users.push(reference);
      } else {
        const advice = column === 'email' ? '. Give further roles with role-assignments import' : '';
        errors.add({ line, column, problem: `already in line ${before}${advice}` });
      }
    }
    for (const role of roles) {
      for (const problem of roleFormProblems(role.cells, known)) {
        errors.addOfRole(
          line,
          role,
          problem,
          problem.field === undefined ? ['role', 'scope'] : [problem.field],
        );
      }
      const scope = role.cells.get('scope');
      found.hasRoles ||= role.cells.has('role');
      if (scope !== undefined) found.scopes.add(scope);
    }
    found.deactivates ||= parseYesNo(cells.get('active') ?? '') === false;
  }
  return { ...found, users };
}

/** The keys of a row that only one row may have. A SID is one only where it recognises the user. */
function keysOf({ cells }: UserRow, match: MatchKey): [column: string, reference: UserReference][] {
  const [email, externalId] = [cells.get('email'), cells.get('externalId')];
  const keys: [string, UserReference][] = [];
  if (email !== undefined && isEmail(email) === true) keys.push(['email', { userName: email }]);
  if (externalId !== undefined && textProblem('externalId', externalId) === undefined && !isClear(externalId))
    keys.push(['externalId', { externalId }]);
  const byId = match === 'id' ? referenceIn(cells, match) : undefined;
  if (byId !== undefined && 'id' in byId && isSid('US', byId.id)) keys.push(['id', byId]);
  return keys;
}

function validateCells({ line, cells }: UserRow, match: MatchKey): RowError[] {
  const errors: RowError[] = [];
  const add = (column: string | undefined, problem: string | undefined) => {
    if (problem !== undefined) errors.push({ line, column, problem });
  };
  if (referenceIn(cells, match) === undefined) add(keyColumns[match], 'a value is required');
  if (match === 'id') {
    const [id, sid] = [cells.get('id'), cells.get('sid')];
    for (const [column, text] of Object.entries({ id, sid })) {
      if (text !== undefined && !isSid('US', text)) add(column, `"${text}" is not the SID of a user (US…)`);
    }
    if (id !== undefined && sid !== undefined && id !== sid) add('sid', 'it differs from id');
  }
  const email = cells.get('email');
  const verdict = email === undefined ? true : isEmail(email);
  if (email !== undefined && isClear(email)) add('email', "an e-mail address can't be cleared");
  else if (verdict !== true) add('email', verdict);
  for (const column of textFieldNames) {
    const text = cells.get(column);
    if (text !== undefined) add(column, textProblem(column, text));
    if (column === keyColumns[match] && isClear(text ?? ''))
      add(column, "the column that recognises users can't be cleared");
  }
  const active = cells.get('active');
  if (active !== undefined && parseYesNo(active) === undefined)
    add('active', `"${active}" is neither true nor false`);
  return errors;
}

/** The reason why a text can't be the value of a field. */
export function textProblem(column: (typeof textFieldNames)[number], text: string): string | undefined {
  if (isClear(text)) return undefined;
  if (containsClear(text)) return '<clear> empties a field only where nothing else stands in the cell';
  return problemWith(column, text);
}
