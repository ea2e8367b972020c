import type { Settings } from '../../login/config/settings.ts';
import type { AssignmentIndex } from '../../organization/assignments.ts';
import {
  parseRoleReference,
  parseUserReference,
  resolveScope,
  type UserReference,
} from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';
import type { Columns } from '../input/columns.ts';
import type { Input } from '../input/open.ts';
import type { Row } from '../input/row.ts';
import { messageOf, type RowError, throwIfInvalid } from '../input/row-errors.ts';
import type { Item } from '../plan/plan.ts';
import { type Precondition, userUnchanged } from '../plan/preconditions.ts';

export const assignmentInputSchema: Columns = {
  names: {
    user: ['username', 'email', 'mail', 'emailaddress', 'identity', 'usersid'],
    role: ['rolename', 'rolesid'],
    scope: [],
    resource_type: [],
    resource_id: [],
  },
  required: ['user', 'role', 'scope'],
};

/** What the rows name. */
export interface RowReferences {
  users: Set<string>;
  scopes: Set<string>;
}

export function reportRepeat(
  key: string,
  line: number,
  lines: Map<string, number>,
  faults: RowError[],
): void {
  const before = lines.get(key);
  if (before === undefined) lines.set(key, line);
  else faults.push({ line, problem: `it is in line ${before} already` });
}

export function validateRow({ line, cells }: Row, settings: Settings): RowError[] {
  const checks: Record<string, (text: string) => unknown> = {
    user: parseUserReference,
    role: parseRoleReference,
    scope: (text) => resolveScope(text, settings),
  };
  const faults = Object.entries(checks).flatMap(([column, check]): RowError[] => {
    const text = cells.get(column);
    const problem = text === undefined ? 'it is missing' : messageOf(() => check(text));
    return problem === undefined ? [] : [{ line, column, problem }];
  });
  if (cells.has('resource_type') !== cells.has('resource_id')) {
    faults.push({ line, column: 'resource_type', problem: 'resource_type and resource_id go together' });
  }
  return faults;
}

export async function validateRows(workspace: Workspace, input: Input): Promise<RowReferences> {
  const settings = await workspace.settings();
  const found: RowReferences = { users: new Set(), scopes: new Set() };
  const lines = new Map<string, number>();
  const faults: RowError[] = [];
  for await (const row of input.rows(assignmentInputSchema)) {
    faults.push(...row.faults);
    if (row.malformed) continue;
    faults.push(...validateRow(row, settings));
    const { line, cells } = row;
    const [user, scope] = ['user', 'scope'].map((column) => cells.get(column));
    if (user !== undefined) found.users.add(user);
    if (scope !== undefined) found.scopes.add(scope);
    const key = Object.keys(assignmentInputSchema.names).map((column) => cells.get(column) ?? '');
    reportRepeat(key.join('\0'), line, lines, faults);
  }
  throwIfInvalid(input.name, faults);
  return found;
}

export interface OrganizationState {
  users: UserIndex;
  roles: RoleIndex;
  assignments: AssignmentIndex;
  settings: Settings;
}

export async function readState(
  workspace: Workspace,
  input: Input,
  found: RowReferences,
): Promise<OrganizationState> {
  const [organization, settings] = [await workspace.organization(), await workspace.settings()];
  const roles = await organization.roles.index();
  const references = [...found.users].map(parseUserReference);
  const directory = await organization.users.named(references);
  const faults: RowError[] = [];
  const lines = new Map<string, number>();
  for await (const row of input.rows(assignmentInputSchema)) {
    const { line, cells } = row;
    const [user = '', role = ''] = [cells.get('user'), cells.get('role')];
    const answer = roles.resolve(role);
    const there = directory.find(parseUserReference(user)) !== undefined;
    if ('problem' in answer) faults.push({ line, column: 'role', problem: answer.problem });
    if (!there) faults.push({ line, column: 'user', problem: `there is no user ${user}` });
    if ('problem' in answer || !there) continue;
    // The same may stand there by e-mail address and by SID.
    reportRepeat(
      JSON.stringify(assignmentIn(row, { users: directory, roles, settings })),
      line,
      lines,
      faults,
    );
  }
  throwIfInvalid(input.name, faults);
  const identities = references.flatMap((reference: UserReference) => directory.find(reference)?.id ?? []);
  const scopes = [...found.scopes].map((scope) => resolveScope(scope, settings));
  return {
    users: directory,
    roles,
    assignments: await organization.assignments.of(identities, scopes),
    settings,
  };
}

export function assignmentIn(
  { line, cells }: Row,
  known: Omit<OrganizationState, 'assignments'>,
): NewRoleAssignment {
  const [user = '', role = '', scope = ''] = ['user', 'role', 'scope'].map((column) => cells.get(column));
  const answer = known.roles.resolve(role);
  const identity = known.users.find(parseUserReference(user))?.id;
  if ('problem' in answer || identity === undefined) throw new Error(`Line ${line} was not checked`);
  const [resource_type, resource_id] = [cells.get('resource_type'), cells.get('resource_id')];
  return {
    role_sid: answer.sid,
    scope: resolveScope(scope, known.settings),
    identity,
    ...(resource_type === undefined || resource_id === undefined ? {} : { resource_type, resource_id }),
  };
}

export function planItem(row: Row, known: OrganizationState): Item {
  const grant = assignmentIn(row, known);
  const { line, cells, given } = row;
  const [user, role, scope] = ['user', 'role', 'scope'].map((column) => cells.get(column));
  const { identity } = grant;
  const found = known.users.find(parseUserReference(user ?? ''));
  const rests: Precondition[] = found === undefined ? [] : [userUnchanged(found)];
  const item: Item = { row: { line, user, role, scope }, steps: [], rests, cells: given };
  const held = known.assignments.find(grant);
  if (held === undefined) return { ...item, steps: [{ do: 'create-assignment', grant }] };
  rests.push({ assignment: held.sid, identity, scope: held.scope });
  return { ...item, sid: held.sid };
}

export async function* planItems(input: Input, known: OrganizationState): AsyncGenerator<Item> {
  for await (const row of input.rows(assignmentInputSchema)) yield planItem(row, known);
}
