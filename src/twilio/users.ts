import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { composedAddress } from './address.ts';
import type { ApiRequest, Send } from './client.ts';
import { equalsIgnoreCase, invalidResponse, parseStringFields, pathSegment } from './decode.ts';
import { queryString } from './pagination.ts';

/** A SCIM user (RFC 7643, section 4.1) with the members that Twilio fills. */
export interface User {
  id: string;
  userName: string;
  externalId?: string | null;
  displayName?: string | null;
  name?: { givenName?: string | null; familyName?: string | null } | null;
  emails?: { value: string; primary?: boolean; type?: string }[] | null;
  /** Absent when the response leaves it out. */
  active?: boolean | null;
  locale?: string | null;
  timezone?: string | null;
  schemas?: string[] | null;
  meta?: { version?: string | null; created?: string; lastModified?: string; resourceType?: string } | null;
}

/** A user with every member that a change requires. */
export type ChangeableUser = User & { active: boolean };

/** Fields to set: absent ones stay, null empties a field. */
export interface UserFields {
  email?: string;
  givenName?: string | null;
  familyName?: string | null;
  displayName?: string | null;
  externalId?: string | null;
  locale?: string | null;
  timezone?: string | null;
  active?: boolean;
}

const base = '/scim/v2/Users';
const schema = 'urn:ietf:params:scim:schemas:core:2.0:User';

/**
 * All users, or those that match one filter exactly. Twilio has no pages and no other filters here, and accepts one filter
 * at a time. Only organization-managed users are visible. Scope: managed-users/list.
 *
 * @param pack makes the users of a long list smaller, as they arrive
 */
export async function listUsers(
  send: Send,
  where: { userName?: string | undefined; externalId?: string | undefined } = {},
  pack?: (user: User) => User,
): Promise<User[]> {
  const filter =
    where.userName !== undefined
      ? `userName eq ${JSON.stringify(where.userName)}`
      : where.externalId !== undefined
        ? `externalId eq ${JSON.stringify(where.externalId)}`
        : undefined;
  const map = (value: unknown) => (pack !== undefined && isUser(value) ? pack(value) : value);
  const response = await send({
    method: 'GET',
    path: base + queryString({ filter }),
    ...(pack === undefined ? {} : { pack: { member: 'Resources', map } }),
  });
  const users = resourcesIn(response);
  if (users === undefined) throw invalidResponse('a list of users', 'Resources');
  const total = (isObject(response) ? response.totalResults : undefined) ?? users.length;
  if (typeof total !== 'number') throw invalidResponse('a list of users', 'totalResults');
  if (total !== users.length) {
    throw wrongUser(
      `Twilio's list of users is inconsistent: totalResults is ${total}, but it contains ${users.length}`,
    );
  }
  return checked(users.map(parseUser), where);
}

/** The list in a SCIM response. An empty one may lack `Resources` (RFC 7644, section 3.4.2). */
export function resourcesIn(response: unknown): unknown[] | undefined {
  if (!isObject(response)) return undefined;
  const { Resources, totalResults } = response;
  if (Array.isArray(Resources)) return Resources;
  return (Resources === undefined || Resources === null) && typeof totalResults === 'number' ? [] : undefined;
}

/** Refuses duplicates and users outside the filter, because the next change would concern them. */
function checked(users: User[], where: { userName?: string | undefined; externalId?: string | undefined }) {
  const ids = new Set<string>();
  for (const { id, userName, externalId } of users) {
    if (ids.has(id)) throw wrongUser(`Twilio's list of users contains ${id} twice`);
    ids.add(id);
    const asked = where.userName ?? where.externalId;
    const got = where.userName === undefined ? externalId : userName;
    if (asked !== undefined && !equalsIgnoreCase(composedAddress(asked), composedAddress(got ?? ''))) {
      throw wrongUser(`Requested user ${asked}, but Twilio returned ${userName} (${id})`);
    }
  }
  return users;
}

function wrongUser(message: string): AppError {
  return new AppError('failure', message, {
    hint: 'The response was discarded. Run the command again. If the error persists, report it to Twilio support',
  });
}

/** Scope: managed-users/read. */
export async function getUser(send: Send, id: string): Promise<User> {
  const user = parseUser(await send({ method: 'GET', path: `${base}/${pathSegment('a user', id)}` }));
  if (equalsIgnoreCase(id, user.id)) return user;
  throw wrongUser(`Requested user ${id}, but Twilio returned ${user.userName} (${user.id})`);
}

/** Twilio mails the new user a welcome. Scope: managed-users/create. */
export function createUser(fields: UserFields & { email: string }): ApiRequest {
  const blank = { schemas: [schema], userName: fields.email, active: true };
  return {
    method: 'POST',
    path: base,
    body: applyFields(blank, fields),
    contentType: 'application/scim+json',
  };
}

/**
 * Writes the whole user back if it is unchanged since it was read: Twilio responds with 25020 when `meta.version` has
 * changed. Scope: managed-users/update.
 */
export function replaceUser(user: User): ApiRequest {
  const version = checkedVersion(user);
  return {
    method: 'PUT',
    path: `${base}/${pathSegment('a user', user.id)}`,
    // A request must name its schema (RFC 7643, section 3); a response may leave it out.
    body: { ...user, schemas: user.schemas ?? [schema] },
    contentType: 'application/scim+json',
    ...(version === undefined ? {} : { headers: { 'if-match': version } }),
  };
}

/** The version of the user, if Twilio sent one. */
export function versionIn({ meta }: User): string | undefined {
  return meta?.version ?? undefined;
}

/** The version, checked to be valid in a header. */
function checkedVersion(user: User): string | undefined {
  const version = versionIn(user);
  if (version !== undefined && !/^[\x20-\x7e]+$/.test(version))
    throw invalidResponse('a user', 'meta.version');
  return version;
}

/** SCIM's DELETE: Twilio deactivates the user and deletes nothing. Scope: managed-users/delete. */
export function deleteUser(id: string): ApiRequest {
  return { method: 'DELETE', path: `${base}/${pathSegment('a user', id)}` };
}

/** The user with these fields changed. Twilio requires that userName and primary e-mail change together. */
export function applyFields<T extends Partial<User>>(user: T, fields: UserFields): T {
  const { email, givenName, familyName, ...plain } = fields;
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  const changed: T = { ...user, ...given };
  if (givenName !== undefined || familyName !== undefined) {
    changed.name = {
      ...user.name,
      ...(givenName === undefined ? {} : { givenName }),
      ...(familyName === undefined ? {} : { familyName }),
    };
  }
  if (email !== undefined) {
    const primary = primaryAddress(user);
    const others = (user.emails ?? []).filter((address) => address !== primary);
    changed.userName = email;
    changed.emails = [{ ...(primary ?? { type: 'work' }), value: email, primary: true }, ...others];
  }
  return changed;
}

/** The address marked as primary, or the only one. */
export function primaryEmail(user: Partial<User>): string | undefined {
  return primaryAddress(user)?.value;
}

/** The name of a person: the display name, or given and family name. */
export function fullName({ displayName, name }: Partial<User>): string | undefined {
  const parts = [name?.givenName, name?.familyName].filter(Boolean).join(' ');
  return displayName?.trim() || parts.trim() || undefined;
}

function primaryAddress({ emails }: Partial<User>) {
  const marked = emails?.find((address) => address.primary === true);
  return marked ?? (emails?.length === 1 ? emails[0] : undefined);
}

function isAddress(value: unknown): boolean {
  return isObject(value) && typeof value.value === 'string' && typeof (value.primary ?? false) === 'boolean';
}

/**
 * Parses a user of a response. Only id and user name are required, so that one incomplete user does not fail a whole list.
 * Before a change, {@link changeable} requires more.
 */
export function parseUser(value: unknown): User {
  const optional = ['externalId', 'displayName', 'locale', 'timezone'];
  const user = parseStringFields<User>('a user', value, ['id', 'userName'], optional);
  if (typeof (user.active ?? false) !== 'boolean') throw invalidResponse('a user', 'active');
  const { emails } = user;
  const addresses =
    emails === undefined || emails === null || (Array.isArray(emails) && emails.every(isAddress));
  if (!addresses) throw invalidResponse('a user', 'emails');
  parseStringFields("a user's name", user.name ?? {}, [], ['givenName', 'familyName']);
  // With an unreadable version, a change could overwrite concurrent changes by others.
  parseStringFields("a user's meta", user.meta ?? {}, [], ['version']);
  return user;
}

function isUser(value: unknown): value is User {
  try {
    parseUser(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the user if it is complete enough to be written back.
 *
 * @throws failure otherwise, because a change could overwrite members that the response left out
 */
export function changeable(user: User): ChangeableUser {
  pathSegment('a user', user.id);
  checkedVersion(user);
  if (isChangeable(user)) return user;
  throw new AppError('failure', `${unknownState(user)}, so nothing was sent`, {
    hint: `Look at the response with \`twilio-org users get ${user.id} -o json\`. To send a request of your own, use twilio-org api`,
  });
}

export function isChangeable(user: User): user is ChangeableUser {
  return typeof user.active === 'boolean';
}

/** The reason why a user is not {@link changeable}. */
export function unknownState({ userName, id }: User): string {
  return `Twilio does not say whether ${userName} (${id}) is active`;
}
