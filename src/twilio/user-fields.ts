import type { User, UserFields } from './users.ts';

export function fieldNames(fields: UserFields): (keyof UserFields)[] {
  return Object.keys(fields) as (keyof UserFields)[];
}

/** The value of a changeable field of a user; undefined also for null. */
export function fieldValue(user: User, name: keyof UserFields): string | boolean | undefined {
  if (name === 'email') return user.userName;
  if (name === 'givenName' || name === 'familyName') return user.name?.[name] ?? undefined;
  return user[name] ?? undefined;
}
