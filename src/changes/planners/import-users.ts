import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../../login/config/settings.ts';
import type { AssignmentIndex } from '../../organization/assignments.ts';
import type { Organization } from '../../organization/organization.ts';
import { parseRoleReference, resolveScope } from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import { isEmail } from '../../twilio/email.ts';
import { isSid } from '../../twilio/sids.ts';
import { fieldValue } from '../../twilio/user-fields.ts';
import { problemWith } from '../../twilio/user-limits.ts';
import { changeable, type User, type UserFields } from '../../twilio/users.ts';
import type { Columns } from '../input/columns.ts';
import type { Row } from '../input/row.ts';
import { messageOf, type RowError, throwIfInvalid } from '../input/row-errors.ts';
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

/** Rows of which nothing is done. */
export interface RowPolicy {
  createOnly?: boolean;
  updateOnly?: boolean;
}

/** What a row may hold. */
export const userInputSchema: Columns = {
  names: {
    email: ['username', 'mail', 'emailaddress', 'primaryemail', 'user', 'login'],
    givenName: ['firstname', 'forename', 'namegivenname'],
    familyName: ['lastname', 'surname', 'namefamilyname'],
    displayName: ['fullname'],
    externalId: ['employeeid'],
    locale: ['language'],
    timezone: ['tz'],
    active: ['enabled'],
    role: ['rolesid', 'rolename'],
    scope: [],
    resource_type: [],
    resource_id: [],
    // Of users who are there, in lists and results; they are never changed.
    id: [],
    sid: [],
  },
  required: ['email'],
  untrimmed: textColumns,
};

/** A row about somebody, with the roles that they get: each a role, its scope, and maybe a resource. */
export interface UserRow extends Row {
  roles: Map<string, string>[];
}

/** Rows that can be read as often as is needed. */
export interface UserRows {
  name: string;
  rows: () => AsyncIterable<UserRow>;
}

/** What the rows name. */
export interface RowReferences {
  emails: Set<string>;
  roles: boolean;
  scopes: Set<string>;
  deactivates: boolean;
}

/** The line where this was before, if it was. */
export function earlierLine(key: string, { line }: Row, lines: Map<string, number>): number | undefined {
  const before = lines.get(key);
  if (before === undefined) lines.set(key, line);
  return before;
}

export function parseBoolean(text: string): boolean | undefined {
  if (/^(true|yes|y|1|active)$/i.test(text)) return true;
  return /^(false|no|n|0|inactive)$/i.test(text) ? false : undefined;
}

export function validateRow({ line, cells, roles }: UserRow, settings: Settings): RowError[] {
  const faults: RowError[] = [];
  const say = (column: string, problem: string | undefined) => {
    if (problem !== undefined) faults.push({ line, column, problem });
  };
  const email = cells.get('email');
  const verdict = email === undefined ? 'it is missing' : isEmail(email);
  if (verdict !== true) say('email', verdict);
  for (const column of textColumns) {
    const text = cells.get(column);
    if (text !== undefined) say(column, problemWith(column, text));
  }
  const active = cells.get('active');
  if (active !== undefined && parseBoolean(active) === undefined)
    say('active', `"${active}" is neither true nor false`);
  for (const given of roles) {
    const [role, scope] = [given.get('role'), given.get('scope')];
    if (role !== undefined) {
      say(
        'role',
        messageOf(() => parseRoleReference(role)),
      );
      if (scope === undefined) say('scope', 'it is missing, and there is a role');
    }
    if (scope !== undefined) {
      say(
        'scope',
        messageOf(() => resolveScope(scope, settings)),
      );
    }
    if (given.has('resource_type') !== given.has('resource_id')) {
      say('resource_type', 'resource_type and resource_id go together');
    }
  }
  return faults;
}

/** Checks all rows before anything is sent, and refuses them with every fault there is. */
export async function validateRows(workspace: Workspace, people: UserRows): Promise<RowReferences> {
  const settings = await workspace.settings();
  const found: RowReferences = { emails: new Set(), roles: false, scopes: new Set(), deactivates: false };
  const lines = new Map<string, number>();
  const faults: RowError[] = [];
  for await (const row of people.rows()) {
    faults.push(...row.faults);
    if (row.malformed) continue;
    faults.push(...validateRow(row, settings));
    const email = row.cells.get('email')?.toLowerCase();
    const before = email === undefined ? undefined : earlierLine(`email ${email}`, row, lines);
    if (before !== undefined) {
      const problem = `it is in line ${before} already; give further roles with role-assignments import`;
      faults.push({ line: row.line, column: 'email', problem });
    }
    const externalId = row.cells.get('externalId');
    const other = externalId === undefined ? undefined : earlierLine(`id ${externalId}`, row, lines);
    if (other !== undefined) {
      faults.push({ line: row.line, column: 'externalId', problem: `it is in line ${other} already` });
    }
    if (email !== undefined) found.emails.add(email);
    for (const cells of row.roles) {
      const scope = cells.get('scope');
      found.roles ||= cells.has('role');
      if (scope !== undefined) found.scopes.add(scope);
    }
    found.deactivates ||= parseBoolean(row.cells.get('active') ?? '') === false;
  }
  throwIfInvalid(people.name, faults);
  return found;
}

/** What has to be known to plan the rows. */
export interface OrganizationState {
  users: UserIndex;
  roles: RoleIndex | undefined;
  assignments: AssignmentIndex;
  settings: Settings;
}

export async function readState(
  workspace: Workspace,
  people: UserRows,
  found: RowReferences,
): Promise<OrganizationState> {
  const [organization, settings] = [await workspace.organization(), await workspace.settings()];
  const roles = found.roles ? await organization.roles.index() : undefined;
  const references = [...found.emails].map((userName) => ({ userName }));
  const directory = await organization.users.named(references);
  await checkReferences(organization, people, { users: directory, roles });
  const identities =
    roles === undefined ? [] : references.flatMap((reference) => directory.find(reference)?.id ?? []);
  const scopes = [...found.scopes].map((scope) => resolveScope(scope, settings));
  return {
    users: directory,
    roles,
    assignments: await organization.assignments.of(identities, scopes),
    settings,
  };
}

/** Refuses what only Twilio can tell is wrong, in every row that has it. */
export async function checkReferences(
  organization: Organization,
  people: UserRows,
  { users: directory, roles }: Pick<OrganizationState, 'users' | 'roles'>,
): Promise<void> {
  const faults: RowError[] = [];
  const said = new Set<string>();
  const others: { line: number; column: string; id: string }[] = [];
  for await (const { line, cells, roles: given } of people.rows()) {
    for (const role of new Set(given.flatMap((cells) => cells.get('role') ?? []))) {
      const answer = roles?.resolve(role);
      if (answer === undefined || !('problem' in answer)) continue;
      // What a template names is wrong once, not in each row.
      if (role === cells.get('role') || !said.has(role)) {
        faults.push({ line, column: 'role', problem: answer.problem });
      }
      said.add(role);
    }
    const user = directory.find({ userName: cells.get('email') ?? '' });
    for (const column of ['id', 'sid']) {
      const id = cells.get(column) ?? '';
      if (isSid('US', id) && id !== user?.id) others.push({ line, column, id });
    }
  }
  // Whose address has changed would be there twice, and where only one column was sorted all would be mixed up. What
  // nobody has here comes from elsewhere.
  const named = await organization.users.named(others);
  for (const { line, column, id } of others) {
    const user = named.find({ id });
    if (user === undefined) continue;
    const problem = `this user is ${user.userName}; change an address with twilio-org users update`;
    faults.push({ line, column, problem });
  }
  throwIfInvalid(people.name, faults);
}

export function fieldsIn({ cells }: Row): UserFields {
  const given = textColumns.flatMap((name) => (cells.has(name) ? [[name, cells.get(name)]] : []));
  const active = parseBoolean(cells.get('active') ?? '');
  return { ...Object.fromEntries(given), ...(active === undefined ? {} : { active }) };
}

export function createChange(row: Row, email: string): Change {
  return { do: 'create-user', fields: { ...fieldsIn(row), email } };
}

/** Only the fields that differ; nothing, when none does. */
export function updateChange(row: Row, user: User): Change | undefined {
  const wanted = Object.entries(fieldsIn(row));
  const differing = wanted.filter(([name, value]) => fieldValue(user, name as keyof UserFields) !== value);
  if (differing.length === 0) return undefined;
  return { do: 'update-user', user: changeable(user), fields: Object.fromEntries(differing) };
}

export function assignmentIn(
  cells: Map<string, string>,
  { roles, settings }: OrganizationState,
  identity: string | null,
): PlannedGrant | undefined {
  const [role, scope] = [cells.get('role'), cells.get('scope')];
  const answer = role === undefined ? undefined : roles?.resolve(role);
  if (answer === undefined || 'problem' in answer || scope === undefined) return undefined;
  const [resource_type, resource_id] = [cells.get('resource_type'), cells.get('resource_id')];
  const resource =
    resource_type === undefined || resource_id === undefined ? {} : { resource_type, resource_id };
  return { role_sid: answer.sid, scope: resolveScope(scope, settings), identity, ...resource };
}

export function planItem(row: UserRow, known: OrganizationState, options: RowPolicy): Item {
  const email = row.cells.get('email') ?? '';
  const user = known.users.find({ userName: email });
  const item: Item = { row: { line: row.line, email }, steps: [], cells: row.given };
  if (user !== undefined) {
    item.sid = user.id;
    item.rests = [userUnchanged(user)];
  }
  if (user === undefined && options.updateOnly)
    return { ...item, note: 'There is no such user (--update-only)' };
  if (user !== undefined && options.createOnly)
    return { ...item, note: 'The user is there already (--create-only)' };
  const step = user === undefined ? createChange(row, email) : updateChange(row, user);
  if (step !== undefined) item.steps.push(step);
  for (const cells of row.roles) {
    const grant = assignmentIn(cells, known, user?.id ?? null);
    if (grant === undefined) continue;
    const held = user === undefined ? undefined : known.assignments.find({ ...grant, identity: user.id });
    // The row and a template may mean the same by different names.
    const again = item.steps.some(
      (step) => step.do === 'create-assignment' && isDeepStrictEqual(step.grant, grant),
    );
    if (again) continue;
    if (held === undefined) item.steps.push({ do: 'create-assignment', grant });
    else item.rests?.push({ assignment: held.sid, identity: held.identity, scope: held.scope });
  }
  return item;
}

export async function* planItems(
  people: UserRows,
  known: OrganizationState,
  options: RowPolicy,
): AsyncGenerator<Item> {
  for await (const row of people.rows()) yield planItem(row, known, options);
}
