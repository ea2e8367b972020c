import { AppError } from '../platform/core/errors.ts';
import { isNotListable } from '../twilio/errors.ts';
import type { ApiReader } from '../twilio/mutation.ts';
import { getUser, listUsers, type User } from '../twilio/users.ts';
import type { CheckListing } from './check-listing.ts';
import { throwAll } from './combined-errors.ts';
import { ambiguousUser, referenceKey, type UserReference, userNotFound } from './references.ts';

/** Up to this many users are looked up one by one; more are found in a list of all, which is a single response. */
export const singleLookupLimit = 5;

/** Users by SID, e-mail address and external id. */
export interface UserIndex {
  find(reference: UserReference): User | undefined;
}

/**
 * Indexes those of the users whom a reference names.
 *
 * @throws conflict where a reference names more than one
 */
export function indexUsers(users: Iterable<User>, references: readonly UserReference[]): UserIndex {
  return indexWanted(users, byKey(references));
}

/** Filled one by one: pairs of key and reference beside the map would double its memory. */
function byKey(references: readonly UserReference[]): Map<string, UserReference> {
  const wanted = new Map<string, UserReference>();
  for (const reference of references) wanted.set(referenceKey(reference), reference);
  return wanted;
}

function indexWanted(users: Iterable<User>, wanted: ReadonlyMap<string, UserReference>): UserIndex {
  const found = new Map<string, User>();
  for (const user of users) {
    for (const key of keysOfUser(user)) {
      const reference = wanted.get(key);
      if (reference === undefined) continue;
      if ((found.get(key) ?? user).id !== user.id) throw ambiguousUser(reference, 2);
      found.set(key, user);
    }
  }
  return { find: (reference) => found.get(referenceKey(reference)) };
}

/** The users whom the references name, each once. Throws one error that names all who are missing. */
export function requireUsers(index: UserIndex, references: readonly UserReference[]): User[] {
  const users = new Map<string, User>();
  const missing: AppError[] = [];
  for (const reference of references) {
    const user = index.find(reference);
    if (user === undefined) missing.push(userNotFound(reference));
    else users.set(user.id, user);
  }
  throwAll(missing);
  return [...users.values()];
}

function keysOfUser({ id, userName, externalId }: User): string[] {
  const keys = [referenceKey({ id }), referenceKey({ userName })];
  return externalId ? [...keys, referenceKey({ externalId })] : keys;
}

/** The users of an organization, as far as a command has read them. */
export class Users {
  readonly #reader: ApiReader;
  readonly #checkListing: CheckListing;
  #listing: Promise<User[]> | undefined;
  #checked: Promise<User[]> | undefined;
  /** Users by SID and by address, as they were last read. */
  readonly #seen = new Map<string, User>();
  /** Read users that are not in it yet: most commands never look anybody up in it. */
  #unindexed: User[][] = [];

  constructor(reader: ApiReader, checkListing: CheckListing) {
    this.#reader = reader;
    this.#checkListing = checkListing;
  }

  /** All users. Scope: managed-users/list. */
  list(): Promise<User[]> {
    this.#listing ??= listUsers(this.#reader.send).then((users) => this.#see(users));
    return this.#listing;
  }

  /** A user whom this command has read, without a request: for the names in plans and messages. */
  seen(reference: { id: string } | { userName: string }): User | undefined {
    for (const users of this.#unindexed.splice(0)) {
      for (const user of users) {
        this.#seen.set(referenceKey({ id: user.id }), user);
        this.#seen.set(referenceKey({ userName: user.userName }), user);
      }
    }
    return this.#seen.get(referenceKey(reference));
  }

  #see(users: User[]): User[] {
    this.#unindexed.push(users);
    return users;
  }

  /**
   * All users, as decisions on many may rest on.
   *
   * @throws guard where the listing has lost most of its users since the one before
   */
  all(): Promise<User[]> {
    this.#checked ??= this.list().then(async (users) => {
      await this.#checkListing({ users: users.length });
      return users;
    });
    return this.#checked;
  }

  /**
   * Finds the users whom the references name; those who do not exist are left out. A few are looked up one by one
   * (scopes: managed-users/read for SIDs, managed-users/list for others), many in a list of all. SIDs alone are looked up
   * one by one where the login may not list users.
   *
   * @param options.whole lists all users for a few, too, so that SIDs need no scope of their own
   */
  async named(references: readonly UserReference[], { whole = false } = {}): Promise<UserIndex> {
    const wanted = byKey(references);
    const isFew = wanted.size <= singleLookupLimit && !whole;
    const all = isFew ? await this.#alreadyRead() : await this.#allFor(references);
    if (all !== undefined) return indexWanted(all, wanted);
    const users: User[] = [];
    for (const reference of wanted.values()) users.push(...(await this.#lookUp(reference)));
    return indexWanted(users, wanted);
  }

  /** The user as they are now: looked up even where all users were listed before. */
  async get(reference: UserReference): Promise<User> {
    if ('id' in reference) return this.#getById(reference.id);
    const [user, ...others] = this.#see(await this.#filtered(reference));
    if (user === undefined) throw userNotFound(reference);
    if (others.length > 0) throw ambiguousUser(reference, others.length + 1);
    return user;
  }

  /** The user's SID. A SID stands for itself, so that no scope is needed to read it. */
  async sidOf(reference: UserReference): Promise<string> {
    return 'id' in reference ? reference.id : (await this.get(reference)).id;
  }

  forget(): void {
    this.#listing = undefined;
    this.#checked = undefined;
  }

  /** All users; undefined where they cannot be listed, and all references are SIDs. */
  async #allFor(references: readonly UserReference[]): Promise<User[] | undefined> {
    try {
      return await this.all();
    } catch (error) {
      if (isNotListable(error) && references.every((reference) => 'id' in reference)) return undefined;
      throw error;
    }
  }

  /** All users, where they were listed for this command. */
  async #alreadyRead(): Promise<User[] | undefined> {
    return this.#checked?.catch(() => undefined);
  }

  async #lookUp(reference: UserReference): Promise<User[]> {
    if (!('id' in reference)) return this.#see(await this.#filtered(reference));
    try {
      return this.#see([await getUser(this.#reader.send, reference.id)]);
    } catch (error) {
      if (error instanceof AppError && error.kind === 'not-found') return [];
      throw error;
    }
  }

  /** Users of either spelling of an address: a filter may compare composed and decomposed letters as different. */
  async #filtered(reference: Exclude<UserReference, { id: string }>): Promise<User[]> {
    const users = await listUsers(this.#reader.send, reference);
    if (!('userName' in reference)) return users;
    const decomposed = reference.userName.normalize('NFD');
    if (decomposed === reference.userName) return users;
    const others = await listUsers(this.#reader.send, { userName: decomposed });
    return [...users, ...others.filter(({ id }) => users.every((user) => user.id !== id))];
  }

  /** Twilio says only "User not found", which is too little where several are looked up. */
  async #getById(id: string): Promise<User> {
    try {
      const user = await getUser(this.#reader.send, id);
      this.#see([user]);
      return user;
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'not-found') throw error;
      const { kind, hint, status, code, moreInfo, requestId } = error;
      throw new AppError(kind, `There is no user ${id}`, { hint, status, code, moreInfo, requestId });
    }
  }
}
