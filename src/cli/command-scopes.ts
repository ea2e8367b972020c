import { usageError } from '../platform/core/errors.ts';
import { type Scope, scopeNames } from '../twilio/scopes.ts';

export const alwaysNeeded = 'always';
export const bySid = 'to name users by SID';
export const byEmail = 'to name users by e-mail address or external:ID, or to pick them';
export const byRoleName = 'to name roles by name, or to pick them';
export const showingNames = 'to show names';
export const withRoles = 'where rows, or a template, give roles';

export const namingUsers = { 'managed-users/read': [bySid], 'managed-users/list': [byEmail] } as const;

/**
 * The scopes that each command needs, and when. A command that is not here needs none, or, as `api` and `runs`, whatever
 * it is to send.
 */
const needs: Readonly<Record<string, Readonly<Partial<Record<Scope, readonly string[]>>>>> = {
  'users list': { 'managed-users/list': [alwaysNeeded] },
  'users get': namingUsers,
  'users create': { 'managed-users/create': [alwaysNeeded] },
  'users update': { 'managed-users/update': [alwaysNeeded], ...namingUsers },
  'users activate': { 'managed-users/update': [alwaysNeeded], ...namingUsers },
  'users deactivate': { 'managed-users/update': [alwaysNeeded], ...namingUsers },
  'users delete': { 'managed-users/delete': [alwaysNeeded], ...namingUsers },
  'users import': {
    'managed-users/create': ['where users are missing'],
    'managed-users/update': ['where users differ'],
    'managed-users/list': [alwaysNeeded],
    'role-assignments/create': [withRoles],
    'role-assignments/list': [withRoles],
    'roles/list': [withRoles],
  },
  'users onboard': {
    'managed-users/create': ['where users are missing'],
    'managed-users/update': ['where users differ'],
    'managed-users/list': [alwaysNeeded],
    'role-assignments/create': [withRoles],
    'role-assignments/list': [withRoles],
    'roles/list': [withRoles],
  },
  'users offboard': {
    'managed-users/read': [alwaysNeeded],
    'managed-users/list': [byEmail],
    'managed-users/update': ['where users are active'],
    'role-assignments/list': [alwaysNeeded],
    'role-assignments/create': ['with --copy-roles-to'],
    'role-assignments/delete': ['where users have roles'],
    'roles/list': [alwaysNeeded],
  },
  'users export': { 'managed-users/list': [alwaysNeeded] },
  'roles list': { 'roles/list': [alwaysNeeded] },
  'roles get': { 'roles/list': [alwaysNeeded] },
  'role-assignments list': {
    'role-assignments/list': [alwaysNeeded],
    'managed-users/list': [byEmail, showingNames],
    'roles/list': [byRoleName, showingNames],
  },
  'role-assignments create': {
    'role-assignments/create': [alwaysNeeded],
    'role-assignments/list': ['to see what is there already'],
    'managed-users/list': [byEmail],
    'roles/list': [byRoleName],
  },
  'role-assignments replace': {
    'role-assignments/create': [alwaysNeeded],
    'role-assignments/delete': [alwaysNeeded],
    'role-assignments/list': [alwaysNeeded],
    ...namingUsers,
    'roles/list': [byRoleName],
  },
  'role-assignments import': {
    'role-assignments/create': [alwaysNeeded],
    'role-assignments/list': [alwaysNeeded],
    'managed-users/list': [alwaysNeeded],
    'roles/list': [alwaysNeeded],
  },
  'role-assignments export': {
    'role-assignments/list': [alwaysNeeded],
    'managed-users/list': [alwaysNeeded],
    'roles/list': [alwaysNeeded],
  },
  'role-assignments delete': {
    'role-assignments/delete': [alwaysNeeded],
    'role-assignments/list': ['to name assignments by user, role and scope, or to pick one'],
    'managed-users/list': [byEmail],
    'roles/list': [byRoleName],
  },
  'access copy': {
    'role-assignments/create': ['where roles are missing'],
    'role-assignments/delete': ['with --mode mirror'],
    'role-assignments/list': [alwaysNeeded],
    'roles/list': ['to show and keep names of roles'],
    ...namingUsers,
  },
  'access diff': { 'role-assignments/list': [alwaysNeeded], 'roles/list': [alwaysNeeded], ...namingUsers },
};

export const commandsWithScopes = Object.keys(needs);

export interface ScopeNeed {
  scope: Scope;
  /** `always`, or when; of several commands, each once. */
  needed: string;
  commands: string[];
}

/** The union of what the commands need, in the order of Twilio's table. */
export function scopesNeededBy(commands: readonly string[]): ScopeNeed[] {
  return scopeNames.flatMap((scope) => {
    const by = commands.filter((command) => needs[command]?.[scope] !== undefined);
    if (by.length === 0) return [];
    const when = new Set(by.flatMap((command) => needs[command]?.[scope] ?? []));
    return { scope, needed: when.has(alwaysNeeded) ? alwaysNeeded : [...when].join('; '), commands: by };
  });
}

/** The commands that words name: `users list` or `users.list`, any number of them; each once. */
export function parseCommandNames(words: readonly string[]): string[] {
  const named = new Set<string>();
  let rest = words
    .flatMap((word) => word.split(/[\s.]+/))
    .filter(Boolean)
    .map((word) => (word === 'assignments' ? 'role-assignments' : word));
  while (rest.length > 0) {
    const command = commandsWithScopes.find((known) => `${rest.join(' ')} `.startsWith(`${known} `));
    if (command === undefined && /^(?:api|runs)$/.test(rest[0] ?? '')) {
      throw usageError(
        `${rest[0]} needs the scopes of the requests that it sends`,
        'Ask for a request: twilio-org apps scopes --request "GET /scim/v2/Users"',
      );
    }
    if (command === undefined) {
      throw usageError(
        `"${rest.slice(0, 2).join(' ')}" is not a command with scopes of its own`,
        `Those are ${commandsWithScopes.join(', ')}`,
      );
    }
    named.add(command);
    rest = rest.slice(command.split(' ').length);
  }
  return [...named];
}
