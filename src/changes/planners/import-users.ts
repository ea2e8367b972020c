import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../../login/config/settings.ts';
import type { AssignmentIndex } from '../../organization/assignments.ts';
import type { Organization } from '../../organization/organization.ts';
import { parseRoleReference, resolveScope } from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import { isEmail } from '../../twilio/email.ts';
import { isSid } from '../../twilio/sids.ts';
import { fieldValue } from '../../twilio/user-fields.ts';
import { problemWith } from '../../twilio/user-limits.ts';
import { changeable, type User, type UserFields } from '../../twilio/users.ts';
import { type Columns, emailTitles, loginTitles } from '../input/columns.ts';
import type { Row } from '../input/row.ts';
import { messageOf, type RowError, throwIfInvalid } from '../input/row-errors.ts';
import { parseYesNo } from '../input/values.ts';
import type { Change, PlannedGrant } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';
import { userUnchanged } from '../plan/preconditions.ts';

export const textColumns = [
  'givenName',
  'familyName',
  'displayName',
  'externalId',
  'locale',
  'timezone',
] as const;

/** Which rows are skipped. */
export interface RowPolicy {
  createOnly?: boolean;
  updateOnly?: boolean;
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
    // Lists and results hold these; they are compared with the user, and never changed.
    id: [],
    sid: [],
  },
  logins: { email: loginTitles },
  opposites: { active: ['blocksignin', 'blocked', 'disabled', 'suspended', 'deactivated'] },
  required: ['email'],
  untrimmed: textColumns,
};

/** A row about a user, with the roles that the user gets: each with its scope, and a resource where it has one. */
export interface UserRow extends Row {
  roles: Map<string, string>[];
}

/** Rows that can be read more than once. */
export interface UserRows {
  name: string;
  rows: () => AsyncIterable<UserRow>;
}

/** The users, roles and scopes that the rows name. */
export interface RowReferences {
  emails: Set<string>;
  hasRoles: boolean;
  scopes: Set<string>;
  /** True where a row deactivates a user, which needs confirmation. */
  deactivates: boolean;
}

/**
 * Checks all rows without a request.
 *
 * @throws usage with every error of every row
 */
export async function validateRows(people: UserRows, settings: Settings): Promise<RowReferences> {
  const found: RowReferences = { emails: new Set(), hasRoles: false, scopes: new Set(), deactivates: false };
  const lines = new Map<string, number>();
  const errors: RowError[] = [];
  for await (const row of people.rows()) {
    errors.push(...row.faults);
    if (row.malformed) continue;
    errors.push(...validateRow(row, settings));
    const { line, cells } = row;
    const email = cells.get('email')?.toLowerCase();
    const emailLine = email === undefined ? undefined : earlierLine(`email ${email}`, row, lines);
    if (emailLine !== undefined) {
      const problem = `already in line ${emailLine}. Give further roles with role-assignments import`;
      errors.push({ line, column: 'email', problem });
    }
    const externalId = cells.get('externalId');
    const idLine = externalId === undefined ? undefined : earlierLine(`id ${externalId}`, row, lines);
    if (idLine !== undefined)
      errors.push({ line, column: 'externalId', problem: `already in line ${idLine}` });
    if (email !== undefined) found.emails.add(email);
    for (const role of row.roles) {
      const scope = role.get('scope');
      found.hasRoles ||= role.has('role');
      if (scope !== undefined) found.scopes.add(scope);
    }
    found.deactivates ||= parseYesNo(cells.get('active') ?? '') === false;
  }
  throwIfInvalid(people.name, errors);
  return found;
}

/** The line that had the key before, if any did. */
function earlierLine(key: string, { line }: Row, lines: Map<string, number>): number | undefined {
  const before = lines.get(key);
  if (before === undefined) lines.set(key, line);
  return before;
}

function validateRow({ line, cells, roles }: UserRow, settings: Settings): RowError[] {
  const errors: RowError[] = [];
  const add = (column: string | undefined, problem: string | undefined) => {
    if (problem !== undefined) errors.push({ line, column, problem });
  };
  const email = cells.get('email');
  const verdict = email === undefined ? 'a value is required' : isEmail(email);
  if (verdict !== true) add('email', verdict);
  for (const column of textColumns) {
    const text = cells.get(column);
    if (text !== undefined) add(column, problemWith(column, text));
  }
  const active = cells.get('active');
  if (active !== undefined && parseYesNo(active) === undefined)
    add('active', `"${active}" is neither true nor false`);
  for (const assignment of roles) {
    const [role, scope] = [assignment.get('role'), assignment.get('scope')];
    const roleProblem = role === undefined ? undefined : messageOf(() => parseRoleReference(role));
    add('role', roleProblem);
    if (role !== undefined && scope === undefined) add(undefined, 'a role needs a scope');
    const scopeProblem = scope === undefined ? undefined : messageOf(() => resolveScope(scope, settings));
    add('scope', scopeProblem);
    if (assignment.has('resource_type') !== assignment.has('resource_id'))
      add(undefined, 'resource_type and resource_id go together');
  }
  return errors;
}

/** The part of the organization that the rows are compared with. */
export interface OrganizationState {
  users: UserIndex;
  /** Undefined where no row names a role. */
  roles: RoleIndex | undefined;
  assignments: AssignmentIndex;
  settings: Settings;
}

/**
 * Reads what the rows name.
 *
 * @throws usage with every row that names a role which does not exist, or the SID of another user
 */
export async function readState(
  organization: Organization,
  settings: Settings,
  people: UserRows,
  found: RowReferences,
): Promise<OrganizationState> {
  const roles = found.hasRoles ? await organization.roles.index() : undefined;
  const references = [...found.emails].map((userName) => ({ userName }));
  const users = await organization.users.named(references);
  await checkReferences(organization, people, { users, roles });
  const identities =
    roles === undefined ? [] : references.flatMap((reference) => users.find(reference)?.id ?? []);
  const scopes = [...found.scopes].map((scope) => resolveScope(scope, settings));
  return { users, roles, assignments: await organization.assignments.of(identities, scopes), settings };
}

async function checkReferences(
  organization: Organization,
  people: UserRows,
  { users, roles }: Pick<OrganizationState, 'users' | 'roles'>,
): Promise<void> {
  const errors: RowError[] = [];
  const reportedRoles = new Set<string>();
  const otherSids: { line: number; column: string; id: string }[] = [];
  for await (const { line, cells, roles: assignments } of people.rows()) {
    for (const role of new Set(assignments.flatMap((assignment) => assignment.get('role') ?? []))) {
      const resolved = roles?.resolve(role);
      if (resolved === undefined || !('problem' in resolved)) continue;
      // A role of a template is reported once, a role of a row in each row.
      if (role === cells.get('role') || !reportedRoles.has(role)) {
        errors.push({ line, column: 'role', problem: resolved.problem });
      }
      reportedRoles.add(role);
    }
    const user = users.find({ userName: cells.get('email') ?? '' });
    for (const column of ['id', 'sid']) {
      const id = cells.get(column) ?? '';
      if (isSid('US', id) && id !== user?.id) otherSids.push({ line, column, id });
    }
  }
  // The SID of another user means a changed address, which would create a second user, or a file of which one column was
  // sorted. A SID that no user has comes from another organization.
  const others = await organization.users.named(otherSids);
  for (const { line, column, id } of otherSids) {
    const user = others.find({ id });
    if (user === undefined) continue;
    const problem = `this is the SID of ${user.userName}. To change an address: twilio-org users update`;
    errors.push({ line, column, problem });
  }
  throwIfInvalid(people.name, errors);
}

function fieldsIn({ cells }: Row): UserFields {
  const given = textColumns.flatMap((name) => (cells.has(name) ? [[name, cells.get(name)]] : []));
  const active = parseYesNo(cells.get('active') ?? '');
  return { ...Object.fromEntries(given), ...(active === undefined ? {} : { active }) };
}

function createChange(row: Row, email: string): Change {
  return { do: 'create-user', fields: { ...fieldsIn(row), email } };
}

/** Sets only the fields that differ; undefined when none does. */
function updateChange(row: Row, user: User): Change | undefined {
  const wanted = Object.entries(fieldsIn(row));
  const differing = wanted.filter(([name, value]) => fieldValue(user, name as keyof UserFields) !== value);
  if (differing.length === 0) return undefined;
  return { do: 'update-user', user: changeable(user), fields: Object.fromEntries(differing) };
}

function assignmentIn(
  cells: ReadonlyMap<string, string>,
  { roles, settings }: OrganizationState,
  identity: string | null,
): PlannedGrant | undefined {
  const [role, scope] = [cells.get('role'), cells.get('scope')];
  const resolved = role === undefined ? undefined : roles?.resolve(role);
  if (resolved === undefined || 'problem' in resolved || scope === undefined) return undefined;
  const [resource_type, resource_id] = [cells.get('resource_type'), cells.get('resource_id')];
  const resource =
    resource_type === undefined || resource_id === undefined ? {} : { resource_type, resource_id };
  return { role_sid: resolved.sid, scope: resolveScope(scope, settings), identity, ...resource };
}

/** Plans one validated row: creates the user, or changes the fields that differ, then gives the roles that are missing. */
export function planItem(row: UserRow, state: OrganizationState, policy: RowPolicy): Item {
  const email = row.cells.get('email') ?? '';
  const user = state.users.find({ userName: email });
  const item: Item = { row: { line: row.line, email }, steps: [], cells: row.given };
  if (user !== undefined) {
    item.sid = user.id;
    item.rests = [userUnchanged(user)];
  }
  if (user === undefined && policy.updateOnly) return { ...item, note: 'No such user (--update-only)' };
  if (user !== undefined && policy.createOnly)
    return { ...item, note: 'The user already exists (--create-only)' };
  const change = user === undefined ? createChange(row, email) : updateChange(row, user);
  if (change !== undefined) item.steps.push(change);
  for (const cells of row.roles) {
    const grant = assignmentIn(cells, state, user?.id ?? null);
    if (grant === undefined) continue;
    // The row and a template may name the same role in different ways.
    const isRepeated = item.steps.some(
      (step) => step.do === 'create-assignment' && isDeepStrictEqual(step.grant, grant),
    );
    if (isRepeated) continue;
    const held = user === undefined ? undefined : state.assignments.find({ ...grant, identity: user.id });
    if (held === undefined) item.steps.push({ do: 'create-assignment', grant });
    else item.rests?.push({ assignment: held.sid, identity: held.identity, scope: held.scope });
  }
  return item;
}

export async function* planItems(
  people: UserRows,
  state: OrganizationState,
  policy: RowPolicy,
): AsyncGenerator<Item> {
  for await (const row of people.rows()) yield planItem(row, state, policy);
}
