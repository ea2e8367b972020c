/** The condition of a scope that a command needs whatever it is asked. */
export const alwaysNeeded = 'always';
export const bySid = 'to name users by SID';
export const byEmail = 'to name users by e-mail address or external:ID, or to pick them';
export const byRoleName = 'to name roles by name, or to pick them';
export const showingNames = 'to show names';
export const withRoles = 'where rows, or a template, give roles';

/** The scopes to look users up by whatever names them. */
export const namingUsers = { 'managed-users/read': [bySid], 'managed-users/list': [byEmail] } as const;
