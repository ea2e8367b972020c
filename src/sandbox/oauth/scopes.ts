import { usageError } from '../../platform/core/errors.ts';

/** The nine scopes that an OAuth app of an organization can have, each with its text on the consent page. */
export const scopeLabels: Readonly<Record<string, string>> = {
  'managed-users/read': 'View a single user of your organization',
  'managed-users/list': 'List all users of your organization',
  'managed-users/create': 'Create users and send them a welcome e-mail',
  'managed-users/update': 'Change users: names, e-mail addresses, activation',
  'managed-users/delete': 'Deactivate users',
  'role-assignments/list': 'See which users have which roles',
  'role-assignments/create': 'Give roles to users',
  'role-assignments/delete': 'Remove roles from users',
  'roles/list': 'List the roles and what they permit',
};

export const allScopes: readonly string[] = Object.keys(scopeLabels);

/** A scope without the prefix that Twilio's reference pages use. */
function normalizeScope(scope: string): string {
  return scope.replace(/^twilio\/iam\//, '');
}

export function parseScopes(scopes: readonly string[]): string[] {
  const plain = scopes.map(normalizeScope);
  const unknown = plain.find((scope) => !Object.hasOwn(scopeLabels, scope));
  if (unknown !== undefined) {
    throw usageError(
      `"${unknown}" is not a scope of an OAuth app`,
      `The scopes are: ${allScopes.join(', ')}`,
    );
  }
  return plain;
}

/**
 * The scopes of a token, from the `scope` parameter of a request: the named ones, or by default all scopes of the app.
 * `offline_access` asks for a refresh token (OpenID Connect Core, section 11).
 * Undefined if the parameter names a scope that the app does not have.
 */
export function grantedScopes(
  parameter: string | undefined,
  allowed: readonly string[],
): { scopes: string[]; offline: boolean } | undefined {
  const asked = (parameter ?? '').split(' ').filter((scope) => scope !== '');
  const named = asked.filter((scope) => scope !== 'offline_access').map(normalizeScope);
  if (named.some((scope) => !allowed.includes(scope))) return undefined;
  return { scopes: named.length > 0 ? named : [...allowed], offline: asked.includes('offline_access') };
}
