import { exactTime } from '../../platform/core/time-words.ts';
import type { Column, Look, PeopleView, View } from '../../platform/terminal/view.ts';
import { resourceInWords, shortResourceInWords } from '../../twilio/resources.ts';
import type { ShownAssignment } from '../../twilio/role-assignments.ts';
import type { Role } from '../../twilio/roles.ts';
import { statusInWords } from '../../twilio/user-fields.ts';
import { fullName, primaryEmail, type User } from '../../twilio/users.ts';
import type { ScopeNames } from './scope-names.ts';

const status: Column<User> = {
  heading: 'Status',
  value: ({ active }) => statusInWords(active),
  look: (text) => statusLooks[text],
};

const statusLooks: Readonly<Record<string, Look>> = { Active: 'green', Inactive: 'dim', Unknown: 'warning' };

const name: Column<User> = { heading: 'Name', value: fullName, mayCut: true };
const sid = (path: string): Column => ({ heading: 'SID', value: path, isId: true });

/** A time with its distance from now. */
function time<Row>(heading: string, read: (row: Row) => string | undefined): Column<Row> {
  return {
    heading,
    value(row, now) {
      const at = read(row);
      return at === undefined ? undefined : exactTime(at, now);
    },
  };
}

/** A user: for programs under the API's own names, for people in words. */
export const userView: View = {
  fields: [
    'id',
    'userName',
    'displayName',
    'name.givenName',
    'name.familyName',
    'emails',
    'externalId',
    'active',
    'locale',
    'timezone',
    'schemas',
    'meta.version',
    'meta.created',
    'meta.lastModified',
    'meta.resourceType',
  ],
  kinds: {
    active: 'boolean',
    emails: 'text',
    'emails.value': 'text',
    'emails.type': 'text',
    'emails.primary': 'boolean',
    'meta.created': 'time',
    'meta.lastModified': 'time',
  },
  columns: ['id', 'userName', 'displayName', 'active'],
  people: {
    list: [{ heading: 'E-mail', value: 'userName' }, name, status, sid('id')],
    details: userDetails({}),
  },
};

interface MoreOfUser {
  /** Roles in words; undefined where they are not known. */
  roles?: readonly string[] | undefined;
  /** Address of the page about users in the Console. */
  page?: string;
}

/** The roles that `users list --roles` adds to a user. */
export const rolesMember = 'roles';

/** True for the path of the roles, or of a part of them. */
export function isRoles(path: string): boolean {
  return path === rolesMember || path.startsWith(`${rolesMember}.`);
}

/** A role of a user, as a member of the user. */
export type HeldRole = Omit<ShownAssignment, 'identity'> & { role_name: string | null };

/** Users with their roles. @param words those of a user in words, or in short ones */
export function userRolesView(
  words?: (roles: readonly HeldRole[], isShort: boolean) => readonly string[],
): View {
  const parts = ['role_sid', 'role_name', 'scope', 'resource_type', 'resource_id', 'sid'];
  const roles = parts.map((part) => [`${rolesMember}.${part}`, 'text'] as const);
  const view: View = {
    ...userView,
    fields: [...userView.fields, rolesMember],
    kinds: { ...userView.kinds, ...Object.fromEntries(roles) },
  };
  if (words === undefined) return view;
  const column: Column<{ roles: readonly HeldRole[] }> = {
    heading: 'Roles',
    value: (user) => words(user.roles, false),
    short: (user) => words(user.roles, true).join(', '),
    isWhole: true,
  };
  return {
    ...view,
    columns: [...view.columns, rolesMember],
    people: { list: [{ heading: 'E-mail', value: 'userName' }, name, status, column, sid('id')] },
  };
}

/** The view of a single user with more than the user's own members. */
export function userViewWith(more: MoreOfUser): View {
  return { ...userView, people: { list: userView.people?.list ?? [], details: userDetails(more) } };
}

function userDetails({ roles, page }: MoreOfUser): Column[] {
  return [
    name,
    { heading: 'E-mail', value: 'userName' },
    { heading: 'Other e-mail', value: otherAddresses },
    status,
    { heading: 'Roles', value: () => roles },
    { heading: 'External id', value: 'externalId' },
    { heading: 'Language', value: 'locale' },
    { heading: 'Time zone', value: 'timezone' },
    time<User>('Created', ({ meta }) => meta?.created),
    time<User>('Changed', ({ meta }) => meta?.lastModified),
    { heading: 'Version', value: 'meta.version' },
    sid('id'),
    { heading: 'Console', value: () => page },
  ];
}

/** The user name is the primary address, as a rule. */
function otherAddresses(user: User): string[] {
  const addresses = (user.emails ?? []).map(({ value }) => value);
  const primary = primaryEmail(user);
  return addresses
    .filter((value) => value !== user.userName)
    .map((value) => (value === primary ? `${value} (primary)` : value));
}

const levels: Readonly<Record<string, string>> = {
  ORGANIZATION: 'Organization',
  ACCOUNT: 'Account',
  SUB_ACCOUNT: 'Subaccount',
};

/** The lowest level at which a role can be given. */
export function levelInWords({ lowest_level: level }: Role): string | null | undefined {
  return level && Object.hasOwn(levels, level) ? levels[level] : level;
}

const roleName: Column<Role> = { heading: 'Role', value: ({ friendly_name, sid }) => friendly_name ?? sid };
const productGroup: Column<Role> = {
  heading: 'Product group',
  value: ({ role_product_group, product_group }) => role_product_group?.friendly_name ?? product_group,
};
const lowestLevel: Column<Role> = {
  heading: 'Lowest level',
  value: levelInWords,
};
const permissions: Column<Role>[] = [
  { heading: 'Allows', value: ({ policy }) => policy?.allow },
  { heading: 'Denies', value: ({ policy }) => policy?.deny },
];

export const roleView: View = {
  fields: [
    'sid',
    'friendly_name',
    'external_description',
    'product_group',
    'lowest_level',
    'role_product_group.product_group',
    'role_product_group.friendly_name',
    'policy.allow',
    'policy.deny',
    'policy.format',
    'resource_types',
    'date_created',
    'date_updated',
  ],
  kinds: { 'policy.format': 'number', date_created: 'time', date_updated: 'time' },
  columns: ['sid', 'friendly_name', 'product_group', 'lowest_level'],
  people: {
    list: [roleName, productGroup, lowestLevel, sid('sid')],
    details: [
      roleName,
      { heading: 'Description', value: 'external_description' },
      productGroup,
      lowestLevel,
      { heading: 'Resource types', value: 'resource_types' },
      ...permissions,
      time<Role>('Created', ({ date_created }) => date_created),
      time<Role>('Changed', ({ date_updated }) => date_updated),
      sid('sid'),
    ],
  },
};

/** Roles with what each allows and denies, too much for a line. */
export const rolePermissionsView: View = {
  ...roleView,
  columns: [...roleView.columns, 'policy.allow', 'policy.deny'],
  people: { list: [roleName, productGroup, lowestLevel, ...permissions, sid('sid')], isBlocks: true },
};

const assignmentFields = ['sid', 'identity', 'role_sid', 'scope', 'resource_type', 'resource_id'];

export const assignmentView: View = { fields: assignmentFields, columns: assignmentFields };

export const namedAssignmentView: View = {
  fields: [...assignmentFields, 'user_name', 'role_name', 'scope_name'],
  columns: ['sid', 'user_name', 'role_name', 'scope', 'resource_type', 'resource_id', 'scope_name'],
};

/** A role assignment with the names that are known. */
export interface PersonalAssignment extends ShownAssignment {
  /** E-mail address of the user; null for a user who is unmanaged, undefined where names are not known. */
  user_name?: string | null;
  /** Name of the person. */
  full_name?: string | undefined;
  role_name?: string | null;
  /** The name for people, which tells roles of one name apart. */
  role_label?: string;
  /** `org`, or the name of the account; null where none is known. */
  scope_name?: string | null;
}

/**
 * The words for role assignments: who, what, where.
 *
 * @param areNamed false where users and roles are known by their SIDs alone
 */
export function assignmentPeople(scopes: ScopeNames, areNamed = true): PeopleView {
  const user: Column<PersonalAssignment> = {
    heading: areNamed ? 'E-mail' : 'User',
    by: 'identity',
    value: ({ user_name, identity }) => user_name ?? unnamedUser(identity, user_name === null),
  };
  const fullName: Column<PersonalAssignment> = {
    heading: 'Name',
    by: 'identity',
    value: ({ full_name }) => full_name,
    isOptional: true,
    mayCut: true,
  };
  const role: Column<PersonalAssignment> = {
    heading: 'Role',
    by: 'role_sid',
    value: ({ role_label, role_name, role_sid }) => role_label || (role_name ?? role_sid ?? 'unknown'),
  };
  const ids: Column[] = [
    { heading: 'User SID', value: 'identity', isId: true },
    { heading: 'Role SID', value: 'role_sid', isId: true },
  ];
  const list: Column[] = [user, fullName, role, ...placeColumns(scopes, 'unknown'), sid('sid')];
  return { list: areNamed ? [...list, ...ids] : list };
}

function unnamedUser(identity: string | null | undefined, isUnmanaged: boolean): string {
  const user = identity ?? 'unknown user';
  return isUnmanaged ? unmanagedUser(user) : user;
}

/** An identity that is no managed user, for people. */
export function unmanagedUser(identity: string): string {
  return `${identity} (unmanaged)`;
}

interface Place {
  scope?: string | null | undefined;
  resource_type?: string | null | undefined;
  resource_id?: string | null | undefined;
}

/** The place of a role in words: its scope, and the resource that it is limited to. @param ifNone for a row without a scope */
export function placeColumns(scopes: ScopeNames, ifNone = ''): Column<Place>[] {
  return [
    scopeColumn(scopes, ifNone),
    { heading: 'Resource', value: resourceInWords, short: shortResourceInWords },
  ];
}

/** @param ifNone for a row without a scope */
export function scopeColumn(scopes: ScopeNames, ifNone = ''): Column<Place> {
  return {
    heading: 'Scope',
    by: 'scope',
    value: ({ scope }) => (scope == null ? ifNone : scopes.nameOf(scope)),
    short: ({ scope }) => (scope == null ? ifNone : scopes.shortNameOf(scope)),
  };
}
