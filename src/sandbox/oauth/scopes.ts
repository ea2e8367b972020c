import { usageError } from '../../platform/core/errors.ts';

/** The nine permissions an OAuth app of an organization can hold, and what each allows, for the consent page. */
export const scopeLabels: Readonly<Record<string, string>> = {
  'managed-users/read': 'Look at a single user of your organization',
  'managed-users/list': 'List all users of your organization',
  'managed-users/create': 'Create users and send them a welcome e-mail',
  'managed-users/update': 'Change users: names, e-mail addresses, activation',
  'managed-users/delete': 'Deactivate users',
  'role-assignments/list': 'See who holds which role',
  'role-assignments/create': 'Give roles to users',
  'role-assignments/delete': 'Take roles away from users',
  'roles/list': 'List the roles and what they permit',
};

export const allScopes: readonly string[] = Object.keys(scopeLabels);

/** A scope without the prefix that Twilio's reference pages write it with. */
export function normalizeScope(scope: string): string {
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
 * What an app's token may do, from the `scope` parameter of a request: all that is ticked in the app, or the part of it that is named.
 * `offline_access` asks for a refresh token (OpenID Connect Core, section 11).
 * Undefined when a scope is named that the app does not hold.
 */
export function grantedScopes(
  parameter: string | undefined,
  ticked: readonly string[],
): { scopes: string[]; offline: boolean } | undefined {
  const asked = (parameter ?? '').split(' ').filter((scope) => scope !== '');
  const named = asked.filter((scope) => scope !== 'offline_access').map(normalizeScope);
  if (named.some((scope) => !ticked.includes(scope))) return undefined;
  return { scopes: named.length > 0 ? named : [...ticked], offline: asked.includes('offline_access') };
}
