/** The condition of a scope that a command needs whatever it is asked. */
export const alwaysNeeded = 'always';
export const bySid = 'to name users by SID';
export const byEmail = 'to name users by e-mail address or external:ID, or to pick them';
export const byRoleName = 'to name roles by name, or to pick them';
export const checkingTaken = 'to check in a dry run that nobody has the address or external id';
export const showingNames = 'to show names';
export const showingRoles = "to show the user's roles in a table";
export const listingRoles = 'to list users with their roles';
export const withRoles = 'where rows, or a template, give roles';

/** The scopes to look users up by whatever names them. */
export const namingUsers = { 'managed-users/read': [bySid], 'managed-users/list': [byEmail] } as const;

/** The condition of the scopes that the guard of admins reads with. Without them it warns, unless a minimum was asked for. */
export const keepingAdmins = 'to check that an admin remains';

/** The scopes to read all users, roles and role assignments. */
export const readingEverything = {
  'role-assignments/list': [alwaysNeeded],
  'managed-users/list': [alwaysNeeded],
  'roles/list': [alwaysNeeded],
} as const;

/** {@link namingUsers} of a command that can take access away. */
export const namingUsersToRemove = {
  'managed-users/read': [bySid],
  'managed-users/list': [byEmail, keepingAdmins],
  'role-assignments/list': [keepingAdmins],
  'roles/list': [keepingAdmins],
} as const;
