import type { AssignmentIndex } from '../../organization/assignments.ts';
import type { Organization } from '../../organization/organization.ts';
import {
  formatUserReference,
  type KnownScopes,
  parseUserReference,
  referenceKey,
  resolveScope,
  type UserReference,
} from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import { together } from '../../platform/core/side-by-side.ts';
import { thenMeant } from '../../platform/core/text.ts';
import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';
import { type Columns, emailTitles, loginTitles } from '../input/columns.ts';
import type { Input } from '../input/open.ts';
import { isUnread, type Row } from '../input/row.ts';
import { messageOf, type RowError } from '../input/row-errors.ts';
import type { Item } from '../plan/plan.ts';
import { type Precondition, userUnchanged } from '../plan/preconditions.ts';
import { inactiveHolderWarning } from './inactive-holders.ts';
import type { MatchKey } from './match-users.ts';
import { requestedGrant, roleFormProblems, roleProblem } from './role-requests.ts';

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

/** The columns that name a user, by the way they do. */
const userTitles: Record<MatchKey, readonly string[]> = {
  email: [...emailTitles, 'email'],
  id: ['id', 'identity', 'usersid'],
  'external-id': ['externalid', 'employeeid', 'employeenumber'],
};

/** The columns of an import that recognises users by one key. Other columns that name users are then not read. */
function assignmentSchemaFor(match: MatchKey | undefined): Columns {
  if (match === undefined) return assignmentInputSchema;
  const { names, required } = assignmentInputSchema;
  const others = Object.entries(userTitles).flatMap(([key, titles]) => (key === match ? [] : titles));
  return {
    names: { ...names, user: userTitles[match] },
    ...(match === 'email' ? { logins: { user: loginTitles } } : {}),
    required,
    others,
  };
}

/** The user whom a row names. @throws usage */
function referenceIn(text: string, match: MatchKey | undefined): UserReference {
  if (match === 'external-id') return { externalId: text.replace(/^external:/, '') };
  const reference = parseUserReference(text);
  if (match === undefined || (match === 'id' ? 'id' : 'userName') in reference) return reference;
  throw new Error(`"${text}" is not ${match === 'id' ? 'the SID of a user (US…)' : 'an e-mail address'}`);
}

/** The users and scopes that the rows name. */
export interface RowReferences {
  users: UserReference[];
  scopes: Set<string>;
  /** True where a part of the input can't be read, so that more may be wrong than is known. */
  isPartial: boolean;
}

/** Checks all rows without a request. Adds every error of every row. */
export async function validateRows(
  input: Input,
  known: KnownScopes,
  match: MatchKey | undefined,
  errors: RowError[],
): Promise<RowReferences> {
  const users = new Map<string, UserReference>();
  const scopes = new Set<string>();
  let isPartial = false;
  const lines = new Map<string, number>();
  for await (const row of input.rows(assignmentSchemaFor(match))) {
    errors.push(...row.faults);
    isPartial ||= isUnread(row);
    if (row.malformed) continue;
    const faults = validateRow(row, known, match);
    errors.push(...faults);
    const { line, cells } = row;
    const [user, scope] = ['user', 'scope'].map((column) => cells.get(column));
    if (user !== undefined && messageOf(() => referenceIn(user, match)) === undefined) {
      const reference = referenceIn(user, match);
      users.set(referenceKey(reference), reference);
    }
    if (scope !== undefined && messageOf(() => resolveScope(scope, known)) === undefined)
      scopes.add(resolveScope(scope, known));
    const key = Object.keys(assignmentInputSchema.names).map((column) => cells.get(column) ?? '');
    reportRepeat(key.join('\0'), line, lines, errors);
  }
  return { users: [...users.values()], scopes, isPartial };
}

function validateRow({ line, cells }: Row, known: KnownScopes, match: MatchKey | undefined): RowError[] {
  const errors: RowError[] = [];
  for (const column of ['user', 'role', 'scope']) {
    if (!cells.has(column)) errors.push({ line, column, problem: 'a value is required' });
  }
  const user = cells.get('user');
  const problem = user === undefined ? undefined : messageOf(() => referenceIn(user, match));
  if (problem !== undefined) errors.push({ line, column: 'user', problem });
  for (const { field, problem } of roleFormProblems(cells, known)) {
    // A scope that is missing is named above.
    if (field !== undefined || cells.has('scope')) errors.push({ line, column: field, problem });
  }
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
  known: KnownScopes;
  match: MatchKey | undefined;
}

/**
 * Reads what the rows name. Adds an error for every row that names a user or a role which does not exist or can't be given there,
 * or that repeats another row by other names.
 */
export async function readState(
  organization: Organization,
  known: KnownScopes,
  input: Input,
  found: RowReferences,
  match: MatchKey | undefined,
  errors: RowError[],
): Promise<OrganizationState> {
  const [roles, users] = await together(organization.roles.index(), organization.users.named(found.users));
  const identities = found.users.flatMap((reference) => users.find(reference)?.id ?? []);
  const assignments = await organization.assignments.of(identities, [...found.scopes]);
  const state = { users, roles, assignments, known, match };
  const reported = new Set(errors.map(({ line, problem }) => `${line} ${problem}`));
  const lines = new Map<string, number>();
  for await (const row of input.rows(assignmentSchemaFor(match))) {
    if (row.malformed) continue;
    const { line, cells } = row;
    const user = userIn(row, state);
    const reference = cells.get('user');
    const isForm = reference === undefined || messageOf(() => referenceIn(reference, match)) !== undefined;
    const problem = roleProblem(
      cells,
      roles,
      known,
      (grant) => user !== undefined && assignments.find({ ...grant, identity: user.id }) !== undefined,
    );
    if (problem !== undefined && !reported.has(`${line} ${problem.problem}`))
      errors.push({ line, column: problem.field, problem: problem.problem });
    if (user === undefined && !isForm) {
      const named = referenceIn(reference, match);
      const meant = thenMeant(users.similar?.(named) ?? []);
      errors.push({
        line,
        column: 'user',
        problem: `there is no user ${formatUserReference(named)}${meant}`,
      });
    }
    const wanted = user === undefined || problem !== undefined ? undefined : assignmentIn(row, state);
    if (wanted === undefined) continue;
    // One row may name the user by e-mail address and another by SID.
    const found: RowError[] = [];
    reportRepeat(JSON.stringify(wanted), line, lines, found);
    for (const error of found) if (!reported.has(`${line} ${error.problem}`)) errors.push(error);
  }
  return state;
}

function userIn({ cells }: Row, { users, match }: Pick<OrganizationState, 'users' | 'match'>) {
  const text = cells.get('user') ?? '';
  if (text === '' || messageOf(() => referenceIn(text, match)) !== undefined) return undefined;
  return users.find(referenceIn(text, match));
}

/** The assignment of a row; undefined for one with errors. */
function assignmentIn(
  row: Row,
  state: Pick<OrganizationState, 'users' | 'roles' | 'known' | 'match'>,
): NewRoleAssignment | undefined {
  const identity = userIn(row, state)?.id;
  if (identity === undefined || messageOf(() => resolveScope(row.cells.get('scope') ?? '', state.known)))
    return undefined;
  const grant = requestedGrant(row.cells, state, identity);
  return grant === undefined ? undefined : { ...grant, identity };
}

/** Plans one validated row: gives the role where the user does not have it yet. */
export function planItem(row: Row, state: OrganizationState): Item {
  const { line, cells, given } = row;
  const grant = assignmentIn(row, state);
  const found = userIn(row, state);
  if (grant === undefined || found === undefined) throw new Error(`Line ${line} was not checked`);
  const [user, role, scope = ''] = ['user', 'role', 'scope'].map((column) => cells.get(column));
  const preconditions: Precondition[] = [userUnchanged(found)];
  const item: Item = {
    // Matched by another key, a person is still read best by address.
    row: {
      line,
      user: state.match === undefined ? user : found.userName,
      role,
      // A saved plan must hold on a machine that knows the account by another name.
      scope: scope.toLowerCase() === 'org' ? 'org' : grant.scope,
    },
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
  for await (const row of input.rows(assignmentSchemaFor(state.match))) yield planItem(row, state);
}
