import { onceEach } from '../platform/core/once.ts';

const api = 'https://iam.twilio.com';
const documentation = 'https://www.twilio.com/docs/iam';

const users = {
  endpoint: `${api}/scim/v2/Users`,
  documentation: `${documentation}/scim/api-reference`,
} as const;
const user = { ...users, endpoint: `${api}/scim/v2/Users/sid<US>` } as const;
const assignments = {
  endpoint: `${api}/v2/Organizations/RoleAssignments`,
  documentation: `${documentation}/access-control/role-assignment-resource`,
} as const;
const assignment = { ...assignments, endpoint: `${api}/v2/Organizations/RoleAssignments/sid<IY>` } as const;
const roles = {
  endpoint: `${api}/v2/Organizations/Roles`,
  documentation: `${documentation}/access-control/role-resource`,
} as const;

/**
 * The scopes (permissions) of an organization's OAuth app: each with the request that it allows, its documentation, and
 * its purpose in words.
 * Source: Twilio, "Scopes/Permissions available for Organization OAuth apps".
 */
export const scopeTable = [
  { scope: 'managed-users/read', method: 'GET', ...user, allows: 'read one user, by SID' },
  {
    scope: 'managed-users/list',
    method: 'GET',
    ...users,
    allows: 'list users and look them up by e-mail address or external id',
  },
  { scope: 'managed-users/create', method: 'POST', ...users, allows: 'create users' },
  {
    scope: 'managed-users/update',
    method: 'PUT',
    ...user,
    allows: 'change, activate and deactivate users',
  },
  {
    scope: 'managed-users/delete',
    method: 'DELETE',
    ...user,
    allows: "deactivate users with SCIM's DELETE",
  },
  { scope: 'role-assignments/list', method: 'GET', ...assignments, allows: 'list who has which role' },
  { scope: 'role-assignments/create', method: 'POST', ...assignments, allows: 'give roles' },
  { scope: 'role-assignments/delete', method: 'DELETE', ...assignment, allows: 'take roles away' },
  { scope: 'roles/list', method: 'GET', ...roles, allows: 'list the roles that can be given' },
] as const;

export type Scope = (typeof scopeTable)[number]['scope'];

/** A request that a scope allows. */
export interface AllowedRequest {
  scope: Scope;
  method: string;
  /** As Twilio writes it, with `sid<US>` for the SID of a user. */
  endpoint: string;
  documentation: string;
  /** Source of a request that Twilio's table lacks. */
  source?: string;
}

/** Twilio's pages differ on the scope for roles. */
export const roleScopeNote =
  "For roles, some of Twilio's pages name roles/list and others role-assignments/list: either may be enough";

/** Requests that are not in the table. */
const beyondTable: readonly AllowedRequest[] = [
  {
    scope: 'managed-users/update',
    method: 'PATCH',
    ...user,
    source: "Twilio's table names no scope for PATCH; that of PUT probably applies",
  },
  {
    scope: 'role-assignments/list',
    method: 'GET',
    ...roles,
    source: roleScopeNote,
  },
];

export const scopeNames: readonly Scope[] = scopeTable.map(({ scope }) => scope);

/** Known entries for a request, one per scope that allows it; empty when no page names the request. */
export function requestsLike(method: string, path: string): AllowedRequest[] {
  return [...scopeTable, ...beyondTable].filter(
    (known) => known.method === method && patternOf(known.endpoint).test(path),
  );
}

/** Made once, because each page of a list is another request. */
const patternOf = onceEach(
  (endpoint) => new RegExp(`^${endpoint.slice(api.length).replace(/sid<\w+>/, '[^/]+')}$`),
);

/** The scopes any of which allows the request; empty when no page names a scope for it. */
export function scopesFor(method: string, path: string): Scope[] {
  return requestsLike(method, path).map(({ scope }) => scope);
}
