import type { User, UserFields } from './users.ts';

/** The fields that hold a text, without the address. */
export const textFieldNames = [
  'givenName',
  'familyName',
  'displayName',
  'externalId',
  'locale',
  'timezone',
] as const;

/** The fields as people name them. */
export const fieldLabels: Readonly<Record<keyof UserFields, string>> = {
  email: 'E-mail',
  givenName: 'Given name',
  familyName: 'Family name',
  displayName: 'Display name',
  externalId: 'External id',
  locale: 'Language',
  timezone: 'Time zone',
  active: 'Status',
};

export function fieldNames(fields: UserFields): (keyof UserFields)[] {
  return Object.keys(fields) as (keyof UserFields)[];
}

/** The value of a changeable field of a user; undefined also for null. */
export function fieldValue(user: User, name: keyof UserFields): string | boolean | undefined {
  if (name === 'email') return user.userName;
  if (name === 'givenName' || name === 'familyName') return user.name?.[name] ?? undefined;
  return user[name] ?? undefined;
}

/** The status of a user as screens show it. */
export function statusInWords(active: boolean | null | undefined): 'Active' | 'Inactive' | 'Unknown' {
  if (active === true) return 'Active';
  return active === false ? 'Inactive' : 'Unknown';
}
