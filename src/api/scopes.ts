/**
 * The scopes (permissions) of an organization's OAuth app, and the requests that each allows.
 * Source: Twilio, "Scopes/Permissions available for Organization OAuth apps".
 */
export const scopes = [
  { scope: 'managed-users/read', method: 'GET', path: /^\/scim\/v2\/Users\/[^/]+$/ },
  { scope: 'managed-users/list', method: 'GET', path: /^\/scim\/v2\/Users$/ },
  { scope: 'managed-users/create', method: 'POST', path: /^\/scim\/v2\/Users$/ },
  { scope: 'managed-users/update', method: 'PUT', path: /^\/scim\/v2\/Users\/[^/]+$/ },
  { scope: 'managed-users/update', method: 'PATCH', path: /^\/scim\/v2\/Users\/[^/]+$/ },
  { scope: 'managed-users/delete', method: 'DELETE', path: /^\/scim\/v2\/Users\/[^/]+$/ },
  { scope: 'role-assignments/list', method: 'GET', path: /^\/v2\/Organizations\/RoleAssignments$/ },
  { scope: 'role-assignments/create', method: 'POST', path: /^\/v2\/Organizations\/RoleAssignments$/ },
  {
    scope: 'role-assignments/delete',
    method: 'DELETE',
    path: /^\/v2\/Organizations\/RoleAssignments\/[^/]+$/,
  },
  // Twilio's overview names the first for roles, its Role page the second.
  { scope: 'roles/list', method: 'GET', path: /^\/v2\/Organizations\/Roles$/ },
  { scope: 'role-assignments/list', method: 'GET', path: /^\/v2\/Organizations\/Roles$/ },
] as const;

export type Scope = (typeof scopes)[number]['scope'];

/** What each scope allows, in words, in the order of Twilio's table. */
export const allowed: Readonly<Record<Scope, string>> = {
  'managed-users/read': 'read one user, by SID',
  'managed-users/list': 'list users and look them up by e-mail address or external id',
  'managed-users/create': 'create users',
  'managed-users/update': 'change, activate and deactivate users',
  'managed-users/delete': "deactivate users with SCIM's DELETE",
  'role-assignments/list': 'list who has which role',
  'role-assignments/create': 'give roles',
  'role-assignments/delete': 'take roles away',
  'roles/list': 'list the roles that can be given',
};

export const scopeNames = Object.keys(allowed) as Scope[];

/** The scopes any of which allows the request; none when the page names none for it. */
export function scopesFor(method: string, path: string): Scope[] {
  return scopes
    .filter((known) => known.method === method && known.path.test(path))
    .map((known) => known.scope);
}
