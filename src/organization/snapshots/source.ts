import { type AppError, usageError } from '../../platform/core/errors.ts';
import { once } from '../../platform/core/once.ts';
import type { ApiRequest, Send } from '../../twilio/client.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { toApiError } from '../../twilio/errors.ts';
import type { ApiReader } from '../../twilio/mutation.ts';
import type { ShownAssignment } from '../../twilio/role-assignments.ts';
import type { Role } from '../../twilio/roles.ts';
import type { User } from '../../twilio/users.ts';
import { assignmentCompactor, userCompactor } from './compact.ts';
import { namedBySid } from './personal-data.ts';
import { readPart } from './read-part.ts';
import type { StoredSnapshot } from './store.ts';

/** The lists of a snapshot, each read once. */
export interface SnapshotLists {
  /** @param pack makes the users smaller; those that were read before stay as they are */
  users(pack?: (user: User) => User): Promise<User[]>;
  roles(): Promise<Role[]>;
  roleAssignments(): Promise<ShownAssignment[]>;
}

export function snapshotLists(snapshot: StoredSnapshot): SnapshotLists {
  let users: Promise<User[]> | undefined;
  function readUsers(pack: (user: User) => User): Promise<User[]> {
    const compacted = userCompactor();
    const named = snapshot.manifest.personal_data ? (user: User) => user : namedBySid;
    return readPart<User>(snapshot, 'users', { compact: (user) => pack(named(compacted(user))) });
  }
  return {
    users: (pack = (user) => user) => {
      users ??= readUsers(pack);
      return users;
    },
    roles: once(() => readPart<Role>(snapshot, 'roles')),
    roleAssignments: once(() =>
      readPart<ShownAssignment>(snapshot, 'roleAssignments', { compact: assignmentCompactor() }),
    ),
  };
}

/**
 * Answers the requests for users, roles and role assignments from a snapshot, filters and pages included, in the form of the
 * API. Everything that reads an organization can so read a snapshot.
 */
export function snapshotReader(snapshot: StoredSnapshot, lists = snapshotLists(snapshot)): ApiReader {
  const { api_url: apiUrl, personal_data } = snapshot.manifest;
  let latest: { filters: string; found: readonly ShownAssignment[] } | undefined;
  const send: Send = async (request, onResponse) => {
    const url = new URL(request.path, apiUrl);
    const answer = await answerTo(request, url);
    onResponse?.({ status: 200, requestId: undefined });
    return answer;
  };

  async function answerTo(request: ApiRequest, url: URL): Promise<unknown> {
    if (request.method !== 'GET') throw unanswerable(request);
    const { pathname } = url;
    if (pathname === '/scim/v2/Users') {
      return userList(await usersWhere(parametersOf(request, url, ['filter']).filter, request));
    }
    const [, id] = /^\/scim\/v2\/Users\/(\w+)$/.exec(pathname) ?? [];
    if (id !== undefined) return userWithId(id);
    if (pathname === '/v2/Organizations/Roles') return roles(request, url);
    if (pathname === '/v2/Organizations/RoleAssignments') return roleAssignments(request, url);
    throw unanswerable(request);
  }

  async function usersWhere(filter: string | undefined, request: ApiRequest): Promise<User[]> {
    const users = await lists.users(request.pack?.map as ((user: User) => User) | undefined);
    if (filter === undefined) return users;
    const [, attribute = '', text = ''] = /^\s*(\w+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i.exec(filter) ?? [];
    const name = ['userName', 'externalId'].find((each) => equalsIgnoreCase(each, attribute));
    if (name === undefined) throw unanswerable(request);
    if (!personal_data) throw withoutAddresses();
    const value = JSON.parse(text) as string;
    return name === 'userName'
      ? users.filter(({ userName }) => equalsIgnoreCase(value, userName))
      : users.filter(({ externalId }) => externalId === value);
  }

  async function userWithId(id: string): Promise<User> {
    const user = (await lists.users()).find((one) => equalsIgnoreCase(id, one.id));
    if (user !== undefined) return user;
    throw refusal(404, { code: 25008, detail: 'User not found' });
  }

  async function roles(request: ApiRequest, url: URL): Promise<unknown> {
    const known = ['Search', 'RoleProductGroup', 'ResourceTypes', 'Expand'] as const;
    const { Search, RoleProductGroup, ResourceTypes, Expand } = parametersOf(request, url, known);
    const search = Search?.toLowerCase();
    const types = ResourceTypes?.split(',');
    const found = (await lists.roles()).filter(
      (role) =>
        (search === undefined ||
          role.friendly_name?.toLowerCase().includes(search) ||
          role.sid.toLowerCase() === search) &&
        (RoleProductGroup === undefined || role.product_group === RoleProductGroup) &&
        (types === undefined || types.some((type) => role.resource_types?.includes(type))),
    );
    return page(url, 'roles', found, Expand === 'true' ? undefined : withoutPermissions);
  }

  function withoutPermissions(role: Role): object {
    const all = snapshot.manifest.roles_without_permissions;
    const listed = Object.hasOwn(all, role.sid) ? all[role.sid] : undefined;
    if (listed === undefined) return role;
    const { policy: _, ...others } = role;
    // The member keeps its place among the others.
    return 'policy' in listed ? { ...role, policy: listed.policy } : others;
  }

  async function roleAssignments(request: ApiRequest, url: URL): Promise<unknown> {
    const known = ['Identity', 'Scope', 'ResourceType', 'ResourceId'] as const;
    const { Identity, Scope, ResourceType, ResourceId } = parametersOf(request, url, known);
    const filters = JSON.stringify([Identity, Scope, ResourceType, ResourceId]);
    // The pages of a list are many, and are asked for one after the other.
    if (filters !== latest?.filters) {
      const found = (await lists.roleAssignments()).filter(
        ({ identity, scope, resource_type, resource_id }) =>
          (Identity === undefined || equalsIgnoreCase(Identity, identity)) &&
          (Scope === undefined || equalsIgnoreCase(Scope, scope)) &&
          (ResourceType === undefined || ResourceType === resource_type) &&
          (ResourceId === undefined || ResourceId === resource_id),
      );
      latest = { filters, found };
    }
    return page(url, 'content', latest.found);
  }

  return { send, url: apiUrl };
}

function userList(users: User[]): unknown {
  return { Resources: users, totalResults: users.length };
}

const paging = ['PageSize', 'PageToken', 'Page'];

/** The parameters of a request. One that is not known could change the answer in an unknown way. */
function parametersOf<const N extends string>(
  request: ApiRequest,
  url: URL,
  known: readonly N[],
): Partial<Record<N, string>> {
  const given = [...url.searchParams];
  if (given.some(([name]) => !(known as readonly string[]).includes(name) && !paging.includes(name)))
    throw unanswerable(request);
  return Object.fromEntries(given) as Partial<Record<N, string>>;
}

/** Larger than those of Twilio: what takes time is the number of pages, and the list is in memory anyway. */
const pageSize = 5_000;

/** A page in Twilio's form. Its token is the number of items before it. */
function page<T>(url: URL, key: string, items: readonly T[], show: (item: T) => unknown = (item) => item) {
  const start = Number(url.searchParams.get('PageToken') ?? 0);
  const end = start + pageSize;
  const next = new URL(url);
  next.searchParams.set('PageToken', String(end));
  return {
    [key]: items.slice(start, end).map(show),
    meta: {
      page: start / pageSize,
      page_size: pageSize,
      key,
      next_page_url: end < items.length ? next.href : null,
    },
  };
}

function unanswerable({ method, path }: ApiRequest): AppError {
  return usageError(
    `A snapshot can't answer ${method} ${path}`,
    'It has users, roles and role assignments. For anything else leave out --at',
  );
}

function withoutAddresses(): AppError {
  return usageError(
    'This snapshot has no names or addresses, so users can only be named by SID',
    'Give the SID of the user (US and 32 hexadecimal digits), or another snapshot',
  );
}

/** The error that Twilio's response with this body leads to. */
function refusal(status: number, body: object): AppError {
  const response = { status, headers: { get: () => null }, text: JSON.stringify(body) };
  return toApiError(response, { scopes: [], write: false, now: 0 });
}
