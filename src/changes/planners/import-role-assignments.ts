import type { Settings } from '../../login/config/settings.ts';
import type { AssignmentIndex } from '../../organization/assignments.ts';
import type { Organization } from '../../organization/organization.ts';
import { parseRoleReference, parseUserReference, resolveScope } from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';
import { type Columns, emailTitles, loginTitles } from '../input/columns.ts';
import type { Input } from '../input/open.ts';
import type { Row } from '../input/row.ts';
import { messageOf, type RowError, throwIfInvalid } from '../input/row-errors.ts';
import type { Item } from '../plan/plan.ts';
import { type Precondition, userUnchanged } from '../plan/preconditions.ts';
import { inactiveHolderWarning } from './inactive-holders.ts';

export const assignmentInputSchema: Columns = {
  names: {
    user: [...emailTitles, 'email', 'identity', 'usersid'],
    role: ['rolename', 'rolesid'],
    scope: [],
    resource_type: [],
    resource_id: [],
  },
  logins: { user: loginTitles },
  required: ['user', 'role', 'scope'],
};

/** The users and scopes that the rows name. */
export interface RowReferences {
  users: Set<string>;
  scopes: Set<string>;
}

/**
 * Checks all rows without a request.
 *
 * @throws usage with every error of every row
 */
export async function validateRows(input: Input, settings: Settings): Promise<RowReferences> {
  const found: RowReferences = { users: new Set(), scopes: new Set() };
  const lines = new Map<string, number>();
  const errors: RowError[] = [];
  for await (const row of input.rows(assignmentInputSchema)) {
    errors.push(...row.faults);
    if (row.malformed) continue;
    errors.push(...validateRow(row, settings));
    const { line, cells } = row;
    const [user, scope] = ['user', 'scope'].map((column) => cells.get(column));
    if (user !== undefined) found.users.add(user);
    if (scope !== undefined) found.scopes.add(scope);
    const key = Object.keys(assignmentInputSchema.names).map((column) => cells.get(column) ?? '');
    reportRepeat(key.join('\0'), line, lines, errors);
  }
  throwIfInvalid(input.name, errors);
  return found;
}

function validateRow({ line, cells }: Row, settings: Settings): RowError[] {
  const checks: Record<string, (text: string) => unknown> = {
    user: parseUserReference,
    role: parseRoleReference,
    scope: (text) => resolveScope(text, settings),
  };
  const errors = Object.entries(checks).flatMap(([column, check]): RowError[] => {
    const text = cells.get(column);
    const problem = text === undefined ? 'a value is required' : messageOf(() => check(text));
    return problem === undefined ? [] : [{ line, column, problem }];
  });
  if (cells.has('resource_type') !== cells.has('resource_id'))
    errors.push({ line, problem: 'resource_type and resource_id go together' });
  return errors;
}

function reportRepeat(key: string, line: number, lines: Map<string, number>, errors: RowError[]): void {
  const before = lines.get(key);
  if (before === undefined) lines.set(key, line);
  else errors.push({ line, problem: `the same role assignment is already in line ${before}` });
}

/** The part of the organization that the rows are compared with. */
export interface OrganizationState {
  users: UserIndex;
  roles: RoleIndex;
  assignments: AssignmentIndex;
  settings: Settings;
}

/**
 * Reads what the rows name.
 *
 * @throws usage with every row that names a user or a role which does not exist, or repeats another row by other names
 */
export async function readState(
  organization: Organization,
  settings: Settings,
  input: Input,
  found: RowReferences,
): Promise<OrganizationState> {
  const roles = await organization.roles.index();
  const references = [...found.users].map(parseUserReference);
  const users = await organization.users.named(references);
  const errors: RowError[] = [];
  const lines = new Map<string, number>();
  for await (const row of input.rows(assignmentInputSchema)) {
    const { line, cells } = row;
    const [user = '', role = ''] = [cells.get('user'), cells.get('role')];
    const resolved = roles.resolve(role);
    const isKnown = users.find(parseUserReference(user)) !== undefined;
    if ('problem' in resolved) errors.push({ line, column: 'role', problem: resolved.problem });
    if (!isKnown) errors.push({ line, column: 'user', problem: `there is no user ${user}` });
    if ('problem' in resolved || !isKnown) continue;
    // One row may name the user by e-mail address and another by SID.
    reportRepeat(JSON.stringify(assignmentIn(row, { users, roles, settings })), line, lines, errors);
  }
  throwIfInvalid(input.name, errors);
  const identities = references.flatMap((reference) => users.find(reference)?.id ?? []);
  const scopes = [...found.scopes].map((scope) => resolveScope(scope, settings));
  return { users, roles, assignments: await organization.assignments.of(identities, scopes), settings };
}

function assignmentIn(
  { line, cells }: Row,
  { users, roles, settings }: Omit<OrganizationState, 'assignments'>,
): NewRoleAssignment {
  const [user = '', role = '', scope = ''] = ['user', 'role', 'scope'].map((column) => cells.get(column));
  const resolved = roles.resolve(role);
  const identity = users.find(parseUserReference(user))?.id;
  if ('problem' in resolved || identity === undefined) throw new Error(`Line ${line} was not checked`);
  const [resource_type, resource_id] = [cells.get('resource_type'), cells.get('resource_id')];
  return {
    role_sid: resolved.sid,
    scope: resolveScope(scope, settings),
    identity,
    ...(resource_type === undefined || resource_id === undefined ? {} : { resource_type, resource_id }),
  };
}

/** Plans one validated row: gives the role where the user does not have it yet. */
export function planItem(row: Row, state: OrganizationState): Item {
  const grant = assignmentIn(row, state);
  const { line, cells, given } = row;
  const [user, role, scope] = ['user', 'role', 'scope'].map((column) => cells.get(column));
  const found = state.users.find(parseUserReference(user ?? ''));
  const preconditions: Precondition[] = found === undefined ? [] : [userUnchanged(found)];
  const item: Item = {
    row: { line, user, role, scope },
    steps: [],
    rests: preconditions,
    cells: given,
    ...inactiveHolderWarning(found),
  };
  const held = state.assignments.find(grant);
  if (held === undefined) return { ...item, steps: [{ do: 'create-assignment', grant }] };
  preconditions.push({ assignment: held.sid, identity: grant.identity, scope: held.scope });
  return { ...item, sid: held.sid };
}

export async function* planItems(input: Input, state: OrganizationState): AsyncGenerator<Item> {
  for await (const row of input.rows(assignmentInputSchema)) yield planItem(row, state);
}
