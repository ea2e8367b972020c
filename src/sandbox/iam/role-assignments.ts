import type { Hono } from 'hono';
import type { SandboxEnv } from '../environment.ts';
import { ApiError } from '../http/errors.ts';
import { paginate } from '../http/paging.ts';
import { readJson } from '../http/request.ts';
import { requireScope } from '../oauth/tokens.ts';
import { seededSid } from '../state/random.ts';
import { type Assignment, count, type State } from '../state/state.ts';
import { type Role, roleBySid } from './role-fixtures.ts';

const path = '/v2/Organizations/RoleAssignments';
const maxRolesPerUser = 50;

/** List, create and delete, as Twilio's Role Assignment page describes them. */
export function addRoleAssignmentRoutes(app: Hono, env: SandboxEnv): void {
  const { settings, state } = env;
  const { now } = settings;
  const requires = (scope: string) => requireScope(state, now, 25105, scope);
  app.get(path, requires('role-assignments/list'), (c) => {
    return c.json(listAssignments(state, new URL(c.req.url), settings.requireAssignmentFilter, now()));
  });
  app.post(path, requires('role-assignments/create'), async (c) => {
    const body = await readJson(c.req, 20001, ['application/json']);
    return c.json(toResponse(createAssignment(env, body)), 201);
  });
  app.delete(`${path}/:sid`, requires('role-assignments/delete'), (c) => {
    deleteAssignment(state, c.req.param('sid'));
    return c.body(null, 204);
  });
}

function listAssignments(
  state: State,
  url: URL,
  filterRequired: boolean,
  now: number,
): Record<string, unknown> {
  const parameter = (name: string) => url.searchParams.get(name) ?? undefined;
  const identity = parameter('Identity');
  const scope = parameter('Scope');
  const resourceType = parameter('ResourceType');
  const resourceId = parameter('ResourceId');
  if (filterRequired && identity === undefined && scope === undefined) throw new ApiError(25203);
  if (identity !== undefined) checkSid('Identity', identity, ['US']);
  if (scope !== undefined) checkScope(state, 'Scope', scope);

  function matches(assignment: Assignment): boolean {
    return (
      (identity ?? assignment.identity) === assignment.identity &&
      (scope ?? assignment.scope) === assignment.scope &&
      (resourceType ?? assignment.resource_type) === assignment.resource_type &&
      (resourceId ?? assignment.resource_id) === assignment.resource_id
    );
  }

  const positionOf = (assignment: Assignment) => assignment.order;
  const list = { key: 'content', items: state.assignments, positionOf, maxPageSize: 100 };
  return paginate({ ...list, matches, toResponse: toResponse }, url, now);
}

function createAssignment({ state, settings }: SandboxEnv, body: Record<string, unknown>): Assignment {
  const role_sid = checkSid('role_sid', body.role_sid, ['IX']);
  const identity = checkSid('identity', body.identity, ['US']);
  const scope = checkScope(state, 'scope', body.scope);
  const resource_type = checkText('resource_type', body.resource_type);
  const resource_id = checkText('resource_id', body.resource_id);
  if ((resource_type === null) !== (resource_id === null)) {
    throw new ApiError(20001, 'Invalid request: resource_type and resource_id belong together');
  }
  if (state.users.get(identity) === undefined) throw new ApiError(25201);
  const role = roleBySid(role_sid);
  if (role === undefined) throw new ApiError(25202, `There is no role ${role_sid}`);
  if (!isRoleValidInScope(state, role, scope)) {
    throw new ApiError(
      25202,
      `Role ${role.friendly_name} can't be given in ${scope}: its lowest level is ${role.lowest_level}`,
    );
  }
  if (resource_type !== null && !role.resource_types?.includes(resource_type)) {
    throw new ApiError(25202, `Role ${role.friendly_name} can't be given for a ${resource_type}`);
  }
  const wanted = { role_sid, scope, identity, resource_type, resource_id };
  checkRules(state, wanted, settings.allowDuplicates);
  const order = count(state);
  const created = { sid: seededSid('IY', state.seed, order), ...wanted, order };
  state.assignments.push(created);
  state.journal.push({ effect: 'assignment created', assignment: created });
  return created;
}

function checkRules(state: State, wanted: Omit<Assignment, 'sid' | 'order'>, allowDuplicates: boolean): void {
  const held = state.assignments.filter(({ identity }) => identity === wanted.identity);
  const same = held.some(
    (assignment) =>
      assignment.role_sid === wanted.role_sid &&
      assignment.scope === wanted.scope &&
      assignment.resource_type === wanted.resource_type &&
      assignment.resource_id === wanted.resource_id,
  );
  if (same && !allowDuplicates) throw new ApiError(25106, 'The role assignment already exists', 409);
  if (held.length < maxRolesPerUser) return;
  throw new ApiError(
    25106,
    `The user already has ${maxRolesPerUser} built-in roles, which is the limit`,
    400,
  );
}

function deleteAssignment(state: State, sid: string): void {
  const index = state.assignments.findIndex((assignment) => assignment.sid === sid);
  const [assignment] = index < 0 ? [] : state.assignments.splice(index, 1);
  if (assignment === undefined) throw new ApiError(20404);
  state.journal.push({ effect: 'assignment deleted', assignment });
}

/** True if the role can be given in the scope: at its lowest level and above. */
export function isRoleValidInScope({ organizationSid, accounts }: State, role: Role, scope: string): boolean {
  if (scope === organizationSid || role.lowest_level === 'SUB_ACCOUNT') return true;
  const level = accounts.find(({ sid }) => sid === scope)?.level;
  return role.lowest_level === 'ACCOUNT' && level === 'ACCOUNT';
}

function checkScope(state: State, name: string, value: unknown): string {
  const scope = checkSid(name, value, ['OR', 'AC']);
  if (scope === state.organizationSid) return scope;
  if (scope.startsWith('OR')) throw new ApiError(25100);
  const account = state.accounts.find(({ sid }) => sid === scope);
  if (account === undefined) throw new ApiError(25101);
  if (!account.managed) throw new ApiError(25200);
  return scope;
}

function checkSid(name: string, value: unknown, prefixes: string[]): string {
  const valid = typeof value === 'string' && /^[A-Z]{2}[0-9a-f]{32}$/.test(value);
  if (valid && prefixes.includes(value.slice(0, 2))) return value;
  throw new ApiError(
    20001,
    `Invalid request: ${name} must be a SID that starts with ${prefixes.join(' or ')}`,
  );
}

function checkText(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '') return value;
  throw new ApiError(20001, `Invalid request: ${name} must be a non-empty string`);
}

function toResponse({
  sid,
  role_sid,
  scope,
  identity,
  resource_type,
  resource_id,
}: Assignment): Omit<Assignment, 'order'> {
  return { sid, role_sid, scope, identity, resource_type, resource_id };
}
