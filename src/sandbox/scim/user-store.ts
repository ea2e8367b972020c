/** A user as the API returns it (RFC 7643, section 4.1, and Twilio's SCIM reference). Immutable: `put` a new one to change it. */
export interface User extends UserAttributes {
  readonly id: string;
  readonly schemas: readonly string[];
  readonly meta: {
    readonly resourceType: 'User';
    readonly created: string;
    readonly lastModified: string;
    /** `W/` and a number that increases with every change. */
    readonly version: string;
  };
}

/** The part of a user that requests can change. */
export interface UserAttributes {
  readonly externalId?: string;
  readonly userName: string;
  readonly displayName?: string;
  readonly name?: { readonly givenName?: string; readonly familyName?: string };
  readonly emails: readonly Email[];
  readonly active: boolean;
  readonly locale?: string;
  readonly timezone?: string;
}

export interface Email {
  readonly value: string;
  readonly primary?: boolean;
  readonly type?: string;
}

/** All users in the order of their creation, indexed by id, user name and external id. */
export interface UserStore {
  readonly size: number;
  all(): IterableIterator<User>;
  get(id: string): User | undefined;
  /** Ignores case (RFC 7643, section 4.1.1). */
  byUserName(userName: string): User | undefined;
  byExternalId(externalId: string): User | undefined;
  /** All users with the value. Only data that did not come by requests has several. */
  matching(attribute: 'userName' | 'externalId', value: string): User[];
  /** Adds the user, or replaces the one with the same id. */
  put(user: User): void;
  /** The response to an unfiltered list, in parts. It can be 50 MB, so parts without changes are reused. */
  list(): Uint8Array[];
}

/** Users per part of {@link UserStore.list}. */
const blockSize = 100;

export function createUserStore(initial: Iterable<User>): UserStore {
  const users: User[] = [];
  const byId = new Map<string, number>();
  const byUserName = new Map<string, number[]>();
  const byExternalId = new Map<string, number[]>();
  const blocks: (Uint8Array | undefined)[] = [];

  const at = (index: number | undefined) => (index === undefined ? undefined : users[index]);

  function put(user: User): void {
    const index = byId.get(user.id) ?? users.length;
    const before = at(index);
    if (before !== undefined) {
      drop(byUserName, before.userName.toLowerCase(), index);
      if (before.externalId !== undefined) drop(byExternalId, before.externalId, index);
    }
    users[index] = user;
    byId.set(user.id, index);
    add(byUserName, user.userName.toLowerCase(), index);
    if (user.externalId !== undefined) add(byExternalId, user.externalId, index);
    blocks[Math.floor(index / blockSize)] = undefined;
  }

  function block(number: number): Uint8Array {
    const known = blocks[number];
    if (known !== undefined) return known;
    const from = number * blockSize;
    const json = users.slice(from, from + blockSize).map((user) => JSON.stringify(user));
    const made = Buffer.from((number === 0 ? '' : ',') + json.join(','));
    blocks[number] = made;
    return made;
  }

  for (const user of initial) put(user);
  return {
    get size() {
      return users.length;
    },
    all: () => users.values(),
    get: (id) => at(byId.get(id)),
    byUserName: (userName) => at(byUserName.get(userName.toLowerCase())?.[0]),
    byExternalId: (externalId) => at(byExternalId.get(externalId)?.[0]),
    matching(attribute, value) {
      const found = attribute === 'userName' ? byUserName.get(value.toLowerCase()) : byExternalId.get(value);
      return (found ?? []).flatMap((index) => at(index) ?? []);
    },
    put,
    list() {
      const [head, tail] = listFrame(users.length);
      return [Buffer.from(head), ...Array.from(blocks, (_, number) => block(number)), Buffer.from(tail)];
    },
  };
}

function add(index: Map<string, number[]>, key: string, place: number): void {
  const places = index.get(key);
  if (places === undefined) index.set(key, [place]);
  else places.push(place);
}

function drop(index: Map<string, number[]>, key: string, place: number): void {
  const left = index.get(key)?.filter((each) => each !== place) ?? [];
  if (left.length === 0) index.delete(key);
  else index.set(key, left);
}

/** A list response (RFC 7644, section 3.4.2) with these users. */
export function listResponse(users: readonly User[]): string {
  return listFrame(users.length).join(users.map((user) => JSON.stringify(user)).join(','));
}

function listFrame(total: number): [string, string] {
  const schemas = '["urn:ietf:params:scim:api:messages:2.0:ListResponse"]';
  return ['{"Resources":[', `],"totalResults":${total},"schemas":${schemas}}`];
}
