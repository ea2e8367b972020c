/** A user as the API shows it (RFC 7643, section 4.1, and Twilio's SCIM reference). Never changed in place: `put` a new one. */
export interface User extends UserAttributes {
  readonly id: string;
  readonly schemas: readonly string[];
  readonly meta: {
    readonly resourceType: 'User';
    readonly created: string;
    readonly lastModified: string;
    /** `W/` and a number that grows with every change. */
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

/** All users, in the order of their creation, found at once by each of their names. */
export interface UserStore {
  readonly size: number;
  all(): IterableIterator<User>;
  get(id: string): User | undefined;
  /** User names are compared without regard to case (RFC 7643, section 4.1.1). */
  byUserName(userName: string): User | undefined;
  byExternalId(externalId: string): User | undefined;
  /** Adds the user, or takes the place of the one with the same id. */
  put(user: User): void;
  /** The answer to an unfiltered list, in UTF-8. It is put together again only after a change: it can be 50 MB. */
  list(): Uint8Array<ArrayBuffer>;
}

export function createUserStore(users: Iterable<User>): UserStore {
  const byId = new Map<string, User>();
  const byUserName = new Map<string, string>();
  const byExternalId = new Map<string, string>();
  const json = new WeakMap<User, string>();
  let listed: Uint8Array<ArrayBuffer> | undefined;

  function put(user: User): void {
    const before = byId.get(user.id);
    if (before !== undefined) {
      byUserName.delete(before.userName.toLowerCase());
      if (before.externalId !== undefined) byExternalId.delete(before.externalId);
    }
    byId.set(user.id, user);
    byUserName.set(user.userName.toLowerCase(), user.id);
    if (user.externalId !== undefined) byExternalId.set(user.externalId, user.id);
    listed = undefined;
  }

  function jsonOf(user: User): string {
    const known = json.get(user);
    if (known !== undefined) return known;
    const text = JSON.stringify(user);
    json.set(user, text);
    return text;
  }

  for (const user of users) put(user);
  return {
    get size() {
      return byId.size;
    },
    all: () => byId.values(),
    get: (id) => byId.get(id),
    byUserName: (userName) => byId.get(byUserName.get(userName.toLowerCase()) ?? ''),
    byExternalId: (externalId) => byId.get(byExternalId.get(externalId) ?? ''),
    put,
    list() {
      listed ??= new TextEncoder().encode(listBody([...byId.values()].map(jsonOf)));
      return listed;
    },
  };
}

/** A list answer around users that are JSON already (RFC 7644, section 3.4.2). */
export function listBody(users: readonly string[]): string {
  const schemas = '["urn:ietf:params:scim:api:messages:2.0:ListResponse"]';
  return `{"Resources":[${users.join(',')}],"totalResults":${users.length},"schemas":${schemas}}`;
}
