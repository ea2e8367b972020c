import { AppError } from '../platform/core/errors.ts';
import type { ApiRequest, Send } from './client.ts';
import { equalsIgnoreCase, parseStringFields, pathSegment } from './decode.ts';
import { listPages, queryString } from './pagination.ts';

/** A role of a user in a scope. There is no update: a change is a create and a delete. */
export interface RoleAssignment {
  sid: string;
  role_sid: string;
  /** The organization (OR…) or account (AC…) in which the role applies. */
  scope: string;
  /** The user (US…). */
  identity: string;
  resource_type?: string | null;
  resource_id?: string | null;
}

export type NewRoleAssignment = Omit<RoleAssignment, 'sid'>;

export interface RoleAssignmentFilter {
  identity?: string | undefined;
  scope?: string | undefined;
  resourceType?: string | undefined;
  resourceId?: string | undefined;
}

const base = '/v2/Organizations/RoleAssignments';
/** Role assignments in one response, at most. */
export const maxPageSize = 100;

/** Scope: role-assignments/list. Some organizations require a filter by user or scope (25203). */
export function listRoleAssignments(
  send: Send,
  apiUrl: string,
  filter: RoleAssignmentFilter = {},
): AsyncGenerator<RoleAssignment> {
  return eachOf(roleAssignmentPages(send, apiUrl, filter));
}

/** The same a page at a time, for long lists. */
export function roleAssignmentPages(
  send: Send,
  apiUrl: string,
  filter: RoleAssignmentFilter = {},
): AsyncGenerator<RoleAssignment[]> {
  return listed(send, apiUrl, filter, parseRoleAssignment);
}

/** Role assignments for display only, incomplete ones included. */
export function shownRoleAssignments(
  send: Send,
  apiUrl: string,
  filter: RoleAssignmentFilter = {},
): AsyncGenerator<ShownAssignment> {
  return eachOf(shownAssignmentPages(send, apiUrl, filter));
}

/** The same a page at a time, for long lists. */
export function shownAssignmentPages(
  send: Send,
  apiUrl: string,
  filter: RoleAssignmentFilter = {},
): AsyncGenerator<ShownAssignment[]> {
  return listed(send, apiUrl, filter, (value) =>
    parseStringFields<ShownAssignment>('a role assignment', value, ['sid'], members),
  );
}

/** A role assignment that may be incomplete: members are missing, or null. */
export type ShownAssignment = Pick<RoleAssignment, 'sid'> & {
  [K in keyof Omit<RoleAssignment, 'sid'>]?: RoleAssignment[K] | null;
};

async function* listed<T extends ShownAssignment>(
  send: Send,
  apiUrl: string,
  filter: RoleAssignmentFilter,
  parse: (value: unknown) => T,
): AsyncGenerator<T[]> {
  const path = `${base}${queryString({
    Identity: filter.identity,
    Scope: filter.scope,
    ResourceType: filter.resourceType,
    ResourceId: filter.resourceId,
    PageSize: String(maxPageSize),
  })}`;
  const first: ApiRequest = { method: 'GET', path };
  function checked(value: unknown): T {
    const assignment = parse(value);
    // The next change may remove it, so it must belong to the requested user.
    const { identity } = assignment;
    if (filter.identity === undefined || identity == null || equalsIgnoreCase(filter.identity, identity))
      return assignment;
    throw new AppError(
      'failure',
      `Requested the roles of ${filter.identity}, but Twilio returned one of ${identity}`,
      { hint: 'That role was discarded. If the error persists, report it to Twilio support' },
    );
  }
  for await (const page of listPages(send, first, 'content', apiUrl)) {
    const assignments: T[] = [];
    let failure: { error: unknown } | undefined;
    try {
      for (const item of page) assignments.push(checked(item));
    } catch (error) {
      failure = { error };
    }
    // The valid ones before the first invalid one are shown.
    if (assignments.length > 0) yield assignments;
    if (failure !== undefined) throw failure.error;
  }
}

async function* eachOf<T>(pages: AsyncIterable<T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

/** Scope: role-assignments/create. */
export function createRoleAssignment(assignment: NewRoleAssignment): ApiRequest {
  return { method: 'POST', path: base, body: assignment };
}

/** Scope: role-assignments/delete. */
export function deleteRoleAssignment(sid: string): ApiRequest {
  return { method: 'DELETE', path: `${base}/${pathSegment('a role assignment', sid)}` };
}

/** True when both give the same role to the same user in the same place. */
export function grantsEqual(a: NewRoleAssignment, b: NewRoleAssignment): boolean {
  return (
    equalsIgnoreCase(a.role_sid, b.role_sid) &&
    equalsIgnoreCase(a.scope, b.scope) &&
    equalsIgnoreCase(a.identity, b.identity) &&
    (a.resource_type ?? null) === (b.resource_type ?? null) &&
    (a.resource_id ?? null) === (b.resource_id ?? null)
  );
}

const required = ['role_sid', 'scope', 'identity'];
const members = [...required, 'resource_type', 'resource_id'];

export function parseRoleAssignment(value: unknown): RoleAssignment {
  return parseStringFields('a role assignment', value, ['sid', ...required], members);
}

/** Twilio's limit of built-in roles per user, over all scopes. */
export const maxRolesPerUser = 50;
