/** The roles that make a user an admin unless `--admin-role` names another. They count where they cover the whole organization. */
export const defaultAdminRoles: readonly string[] = ['Admin', 'Organization Admin'];
