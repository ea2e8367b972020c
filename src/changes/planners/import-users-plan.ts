import { isDeepStrictEqual } from 'node:util';
import type { AssignmentIndex } from '../../organization/assignments.ts';
import type { Organization } from '../../organization/organization.ts';
import {
  type KnownScopes,
  referenceKey,
  resolveScope,
  type UserReference,
} from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import { pushTo } from '../../platform/core/push-to.ts';
import { together } from '../../platform/core/side-by-side.ts';
import { isSid } from '../../twilio/sids.ts';
import { fieldValue, textFieldNames } from '../../twilio/user-fields.ts';
import { changeable, type User, type UserFields } from '../../twilio/users.ts';
import { suspectIn } from '../input/damage.ts';
import { messageOf, type RowError } from '../input/row-errors.ts';
import { parseYesNo } from '../input/values.ts';
import type { Change } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';
import { userUnchanged } from '../plan/preconditions.ts';
import { isClear } from './clear.ts';
import type { RowErrors, RowPolicy, RowReferences, UserRow, UserRows } from './import-users.ts';
import { inactiveHolderWarning } from './inactive-holders.ts';
import {
  KeyCheck,
  nearExternalIds,
  newAddress,
  type RowOrder,
  referenceIn,
  type UnknownExternalId,
} from './match-users.ts';
import { requestedGrant, roleProblem } from './role-requests.ts';

/** The part of the organization that the rows are compared with. */
export interface OrganizationState {
  users: UserIndex;
  /** Undefined where no row names a role. */
  roles: RoleIndex | undefined;
  assignments: AssignmentIndex;
  known: KnownScopes;
  /** Rows that wait for others, because they get an address or an external id of theirs. */
  order: RowOrder;
}

/**
 * Reads what the rows name. Adds an error for every row that names a role which does not exist or can't be given there, an address
 * or external id of another user, or a user who does not exist where none can be created.
 */
export async function readState(
  organization: Organization,
  known: KnownScopes,
  people: UserRows,
  found: RowReferences,
  policy: RowPolicy,
  errors: RowErrors,
): Promise<OrganizationState> {
  // SIDs then need no scope of their own, and a filter of Twilio's knows only one Unicode form of a text.
  const whole = policy.match === 'id' || found.users.some((each) => hasSeveralForms(each));
  const [roles, users] = await together(
    found.hasRoles ? organization.roles.index() : Promise.resolve(undefined),
    organization.users.named(found.users, { whole }),
  );
  const identities =
    roles === undefined ? [] : [...new Set(found.users.flatMap((each) => users.find(each)?.id ?? []))];
  const scopes = [...found.scopes].filter(
    (scope) => messageOf(() => resolveScope(scope, known)) === undefined,
  );
  const sids = scopes.map((scope) => resolveScope(scope, known));
  const assignments = await organization.assignments.of(identities, sids);
  const state = { users, roles, assignments, known, order: new Map() };
  return { ...state, order: await checkRows(organization, people, state, policy, errors) };
}

function hasSeveralForms(reference: UserReference): boolean {
  const key = referenceKey(reference);
  return key.normalize('NFD') !== key.normalize('NFC');
}

async function* readable(people: UserRows): AsyncGenerator<UserRow> {
  for await (const row of people.rows()) if (!row.malformed) yield row;
}

/** Compares all rows with the organization in one pass, because parsing a long input takes most of the time. */
async function checkRows(
  organization: Organization,
  people: UserRows,
  state: OrganizationState,
  policy: RowPolicy,
  errors: RowErrors,
): Promise<RowOrder> {
  const otherSids: OtherSid[] = [];
  const unknownIds: UnknownExternalId[] = [];
  const roleErrors: Parameters<RowErrors['addOfRole']>[] = [];
  const keys = new KeyCheck(state.users, policy.match ?? 'email');
  for await (const row of readable(people)) {
    const user = findUser(row.cells, state.users, policy);
    const isSkipped = skipNote(row, user, policy) !== undefined;
    if (!isSkipped) checkUser(row, user, policy, errors);
    unknownIds.push(...unknownExternalId(row, user, policy));
    if (policy.match !== 'id') otherSids.push(...sidsOfOthers(row, user));
    roleErrors.push(...roleErrorsOf(row, user, state));
    if (isSkipped) continue;
    const fields = user === undefined ? newFields(row) : differingFields(row, user, policy);
    errors.add(...suspectFields(row.line, fields));
    keys.add({ line: row.line, user, fields });
  }
  // Errors of one line are shown in the order in which they are added.
  if (unknownIds.length > 0) errors.add(...nearExternalIds(unknownIds, await organization.users.all()));
  await checkOtherSids(organization, otherSids, errors);
  for (const error of roleErrors) errors.addOfRole(...error);
  const { errors: keyErrors, order } = keys.end();
  errors.add(...keyErrors);
  return order;
}

/** Errors of values such as NULL, where the user does not have them already. */
function suspectFields(line: number, fields: UserFields): RowError[] {
  return textFieldNames.flatMap((column) => {
    const text = fields[column];
    const problem = typeof text === 'string' ? suspectIn(text, column) : undefined;
    return problem === undefined ? [] : [{ line, column, problem }];
  });
}

/** Checks that the row is about a user who exists or can be created. */
function checkUser(
  { line, cells }: UserRow,
  user: User | undefined,
  { match = 'email', updateOnly }: RowPolicy,
  errors: RowErrors,
): void {
  const reference = referenceIn(cells, match);
  if (user !== undefined || reference === undefined || updateOnly) return;
  if ('id' in reference && isSid('US', reference.id)) {
    errors.add({ line, column: 'id', problem: `there is no user ${reference.id}` });
  } else if ('externalId' in reference && !cells.has('email')) {
    const problem = `no user has the external id ${reference.externalId}, and a new user needs an e-mail address`;
    errors.add({ line, column: 'externalId', problem });
  }
}

/** Also of rows that are skipped: a leaver whose external id is near to somebody's would keep access. */
function unknownExternalId(
  { line, cells }: UserRow,
  user: User | undefined,
  { match = 'email' }: RowPolicy,
): UnknownExternalId[] {
  const reference = referenceIn(cells, match);
  return user === undefined && reference !== undefined && 'externalId' in reference
    ? [{ line, externalId: reference.externalId }]
    : [];
}

/** A SID beside a row's user that is not theirs. */
interface OtherSid {
  line: number;
  column: string;
  id: string;
}

function sidsOfOthers({ line, cells }: UserRow, user: User | undefined): OtherSid[] {
  return ['id', 'sid'].flatMap((column) => {
    const id = cells.get(column) ?? '';
    return isSid('US', id) && id !== user?.id ? [{ line, column, id }] : [];
  });
}

/**
 * The SID of another user means a changed address, or a file of which one column was sorted. A SID that no user has comes from
 * another organization.
 */
async function checkOtherSids(
  organization: Organization,
  otherSids: readonly OtherSid[],
  errors: RowErrors,
): Promise<void> {
  const others = await organization.users.named(otherSids);
  for (const { line, column, id } of otherSids) {
    const user = others.find({ id });
    if (user === undefined) continue;
    const problem = `this is the SID of ${user.userName}. To change the address of that user: --match id`;
    errors.add({ line, column, problem });
  }
}

function roleErrorsOf(
  row: UserRow,
  user: User | undefined,
  { roles, known, assignments }: OrganizationState,
): Parameters<RowErrors['addOfRole']>[] {
  if (roles === undefined) return [];
  return row.roles.flatMap((role): Parameters<RowErrors['addOfRole']>[] => {
    const problem = roleProblem(
      role.cells,
      roles,
      known,
      (grant) => user !== undefined && assignments.find({ ...grant, identity: user.id }) !== undefined,
    );
    if (problem === undefined) return [];
    const uses = problem.field === 'role' ? ['role'] : ['role', problem.field ?? 'scope'];
    return [[row.line, role, problem, uses]];
  });
}

function findUser(
  cells: UserRow['cells'],
  users: UserIndex,
  { match = 'email' }: RowPolicy,
): User | undefined {
  const reference = referenceIn(cells, match);
  return reference === undefined ? undefined : users.find(reference);
}

/** The fields of a row; null for one to clear. */
function fieldsIn({ cells }: UserRow): UserFields {
  const fields: UserFields = {};
  for (const name of textFieldNames) {
    const text = cells.get(name);
    if (text !== undefined) fields[name] = isClear(text) ? null : text;
  }
  const active = activeIn(cells);
  if (active !== undefined) fields.active = active;
  return fields;
}

function activeIn(cells: UserRow['cells']): boolean | undefined {
  return parseYesNo(cells.get('active') ?? '');
}

/** The fields of a new user, who has nothing to clear. */
function newFields(row: UserRow): UserFields & { email: string } {
  const fields = fieldsIn(row);
  for (const name of textFieldNames) if (fields[name] === null) delete fields[name];
  return { ...fields, email: row.cells.get('email') ?? '' };
}

/** The fields of a row that differ from those of its user. */
function differingFields(row: UserRow, user: User, { match = 'email', reactivate }: RowPolicy): UserFields {
  const wanted = fieldsIn(row);
  if (reactivate && wanted.active === undefined && user.active === false) wanted.active = true;
  const differing = Object.entries(wanted).filter(
    ([name, value]) => (fieldValue(user, name as keyof UserFields) || null) !== (value || null),
  );
  const email = match === 'email' ? undefined : newAddress(row.cells, user);
  return { ...(email === undefined ? {} : { email }), ...Object.fromEntries(differing) };
}

/** The reason why a row is skipped; undefined for one that is not. */
function skipNote(row: UserRow, user: User | undefined, policy: RowPolicy): string | undefined {
  if (user !== undefined) return policy.createOnly ? 'The user already exists (--create-only)' : undefined;
  if (policy.updateOnly) return 'No such user (--update-only)';
  if (activeIn(row.cells) !== false || policy.createInactive) return undefined;
  return 'No such user, and the row says inactive, so nobody is created. To create inactive users: --create-inactive';
}

/** Plans one validated row: creates the user, or changes the fields that differ, then gives the roles that are missing. */
export function planItem(row: UserRow, state: OrganizationState, policy: RowPolicy): Item {
  const user = findUser(row.cells, state.users, policy);
  const email = row.cells.get('email');
  const isByEmail = user === undefined || (policy.match ?? 'email') === 'email';
  const item: Item = {
    row: { line: row.line, email: isByEmail ? (email ?? '') : user.userName },
    steps: [],
    cells: row.given,
  };
  if (user !== undefined) {
    item.sid = user.id;
    item.rests = [userUnchanged(user)];
  }
  const note = skipNote(row, user, policy);
  if (note !== undefined) return { ...item, note };
  const change = user === undefined ? createChange(row) : updateChange(row, user, policy);
  if (change !== undefined) item.steps.push(change);
  let hasRoles = false;
  for (const { cells } of row.roles) {
    const grant = requestedGrant(cells, state, user?.id ?? null);
    if (grant === undefined) continue;
    hasRoles = true;
    // The row and a template may name the same role in different ways.
    const isRepeated = item.steps.some(
      (step) => step.do === 'create-assignment' && isDeepStrictEqual(step.grant, grant),
    );
    if (isRepeated) continue;
    const held = user === undefined ? undefined : state.assignments.find({ ...grant, identity: user.id });
    if (held === undefined) item.steps.push({ do: 'create-assignment', grant });
    else item.rests?.push({ assignment: held.sid, identity: held.identity, scope: held.scope });
  }
  return hasRoles ? { ...item, ...holderWarning(change, user, email) } : item;
}

function createChange(row: UserRow): Change & { do: 'create-user' } {
  return { do: 'create-user', fields: newFields(row) };
}

/** Sets only the fields that differ; undefined when none does. */
function updateChange(
  row: UserRow,
  user: User,
  policy: RowPolicy,
): (Change & { do: 'update-user' }) | undefined {
  const fields = differingFields(row, user, policy);
  if (Object.keys(fields).length === 0) return undefined;
  return { do: 'update-user', user: changeable(user), fields };
}

/** A warning where the user of the roles is not active after the changes. */
function holderWarning(
  change: { fields: UserFields } | undefined,
  user: User | undefined,
  email = '',
): Pick<Item, 'warning'> {
  const active = change?.fields.active ?? user?.active;
  if (active !== false) return {};
  const userName = change?.fields.email ?? user?.userName ?? email;
  return inactiveHolderWarning({ userName, active }, user?.active === false ? '--reactivate' : undefined);
}

/** The items of all rows in the order of the input; a row that waits for a later one comes right after it. */
export async function* planItems(
  people: UserRows,
  state: OrganizationState,
  policy: RowPolicy,
): AsyncGenerator<Item> {
  const { order } = state;
  const needed = new Set([...order.values()].flatMap((lines) => [...lines]));
  const done = new Set<number>();
  const waiting = new Map<number, UserRow[]>();
  for await (const row of people.rows()) {
    const ready = [row];
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const blocker = [...(order.get(next.line) ?? [])].find((line) => !done.has(line));
      if (blocker !== undefined) {
        pushTo(waiting, blocker, next);
        continue;
      }
      yield planItem(next, state, policy);
      if (!needed.has(next.line)) continue;
      done.add(next.line);
      ready.push(...(waiting.get(next.line) ?? []));
      waiting.delete(next.line);
    }
  }
}
