import { AppError } from '../platform/core/errors.ts';
import { once } from '../platform/core/once.ts';
import { mapConcurrently } from '../platform/core/side-by-side.ts';
import { similarTo } from '../platform/core/similar.ts';
import { addressKey } from '../twilio/address.ts';
import { isNotListable } from '../twilio/errors.ts';
import { userPacker, wholeUser } from '../twilio/packed-user.ts';
import { canonicalSid } from '../twilio/sids.ts';
import { fullName, type User } from '../twilio/users.ts';
import { throwAll } from './combined-errors.ts';
import { type ListingBaseline, maxConcurrentReads, maxWithoutList } from './listing-sizes.ts';
import { ambiguousUser, referenceKey, type UserReference, userNotFound } from './references.ts';
import { SeenUsers } from './seen-users.ts';
import type { OrganizationSource } from './source.ts';

/** Users in a list whose transfer takes about as long as one further request. */
const usersPerRequest = 5_000;

/** More missing users are not looked up one by one: then it is the list of people that is wrong, or of another organization. */
const maxSecondLooks = 20;

/** More missing users are not compared with all users: then it is the list that is wrong. */
export const maxSuggestions = 20;

/** Users by SID, e-mail address and external id. */
export interface UserIndex {
  find(reference: UserReference): User | undefined;
  /** Addresses of users that are spelt like the reference; none where the list of users is not at hand. */
  similar?(reference: UserReference): string[];
}

/** Up to three addresses of users that are spelt like the reference. An external id or a SID is like too many others. */
export function similarAddresses(reference: UserReference, users: readonly User[]): string[] {
  if (!('userName' in reference)) return [];
  const addresses = users.map(({ userName }) => userName);
  return similarTo(reference.userName, addresses).slice(0, 3);
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
  const twins = new Map<string, User[]>();
  for (const user of users) {
    for (const key of keysOfUser(user)) {
      if (!wanted.has(key)) continue;
      const first = found.get(key);
      if (first !== undefined && first.id !== user.id) {
        const others = twins.get(key) ?? [first];
        if (others.every(({ id }) => id !== user.id)) twins.set(key, [...others, user]);
      } else found.set(key, user);
    }
  }
  throwAll(
    [...twins].flatMap(([key, each]) => {
      const reference = wanted.get(key);
      return reference === undefined ? [] : ambiguousUser(reference, each);
    }),
  );
  return { find: findingWhole(found) };
}

/** The users as Twilio sent them. The last one is kept, because several questions about the same user follow one another. */
function findingWhole(found: ReadonlyMap<string, User>): UserIndex['find'] {
  let last: { user: User; whole: User } | undefined;
  return (reference) => {
    const user = found.get(referenceKey(reference));
    if (user === undefined) return undefined;
    if (last?.user !== user) last = { user, whole: wholeUser(user) };
    return last.whole;
  };
}

/** The users whom the references name, each once. Throws one error that names all who are missing. */
export function requireUsers(index: UserIndex, references: readonly UserReference[]): User[] {
  const users = new Map<string, User>();
  const missing: AppError[] = [];
  for (const reference of references) {
    const user = index.find(reference);
    if (user === undefined) missing.push(userNotFound(reference, index.similar?.(reference)));
    else users.set(user.id, user);
  }
  throwAll(missing);
  return [...users.values()];
}

/** The keys of everything that stands for a user. */
export function keysOfUser({ id, userName, externalId }: User): string[] {
  const keys = [referenceKey({ id }), referenceKey({ userName })];
  return externalId ? [...keys, referenceKey({ externalId })] : keys;
}

/** A user with nothing but what tells who they are, and whether they are active. */
function onlyNames(user: User): User {
  const { id, externalId = null, userName, active = null } = user;
  return { id, externalId, userName, displayName: fullName(user) ?? null, active };
}

/** The users of an organization, as far as a command has read them. */
export class Users {
  readonly #source: OrganizationSource;
  readonly #baseline: ListingBaseline;
  readonly #sizeBefore: () => Promise<number | undefined>;
  /** Of the list that this command has read last. */
  #size: number | undefined;
  #listing: Promise<User[]> | undefined;
  #checked: Promise<User[]> | undefined;
  /** Makes the users of a list smaller as they arrive. */
  #pack: ((user: User) => User) | undefined;
  readonly #seenById = new SeenUsers(({ id }) => canonicalSid(id));
  readonly #seenByName = new SeenUsers(({ userName }) => addressKey(userName));

  constructor(source: OrganizationSource, baseline: ListingBaseline) {
    this.#source = source;
    this.#baseline = baseline;
    this.#sizeBefore = once(async () => (await baseline.sizes()).users);
  }

  /** All users. Scope: managed-users/list. */
  list(): Promise<User[]> {
    this.#listing ??= this.#source.listUsers({}, this.#pack).then((users) => {
      this.#size = users.length;
      return this.#see(users);
    });
    return this.#listing;
  }

  /**
   * Frees everything of the users of a list but what tells who they are and whether they are active, until the command changes
   * something. For commands that compare long lists and write no user.
   */
  keepOnlyNames(): void {
    this.#pack = onlyNames;
  }

  /**
   * Packs the users of a list as they arrive, until the command changes something. An index of them finds whole users; those of the
   * list itself have only what tells who they are and whether they are active.
   */
  pack(): void {
    this.#pack = userPacker();
  }

  /** A user whom this command has read, without a request: for the names in plans and messages. */
  seen(reference: { id: string } | { userName: string }): User | undefined {
    return 'id' in reference
      ? this.#seenById.get(canonicalSid(reference.id))
      : this.#seenByName.get(addressKey(reference.userName));
  }

  #see(users: User[]): User[] {
    this.#seenById.add(users);
    this.#seenByName.add(users);
    return users;
  }

  /**
   * All users, as decisions on many may rest on.
   *
   * @throws guard where the listing has lost most of its users since the one before
   */
  all(): Promise<User[]> {
    this.#checked ??= this.list().then(async (users) => {
      await this.#baseline.check({ users: users.length });
      return users;
    });
    return this.#checked;
  }

  /**
   * Finds the users whom the references name; those who do not exist are left out. They are looked up one by one (scopes:
   * managed-users/read for SIDs, managed-users/list for others) or found in a list of all, whichever costs less. SIDs alone are
   * looked up one by one where the login may not list users.
   *
   * @param options.whole lists all users for a few, too, so that SIDs need no scope of their own
   * @param options.sure looks up one by one who is missing in a list: it may be incomplete, and "does not exist" must be true
   */
  async named(
    references: readonly UserReference[],
    { whole = false, sure = false } = {},
  ): Promise<UserIndex> {
    const wanted = byKey(references);
    const all = await this.#listFor(wanted, whole);
    if (all === undefined)
      return this.#withSuggestions(indexWanted(await this.#lookUpAll([...wanted.values()]), wanted), wanted);
    const index = indexWanted(all, wanted);
    return this.#withSuggestions(sure ? await this.#withSecondLook(index, wanted) : index, wanted);
  }

  async #withSuggestions(
    { find }: UserIndex,
    wanted: ReadonlyMap<string, UserReference>,
  ): Promise<UserIndex> {
    const isComplete = [...wanted.values()].every((reference) => find(reference) !== undefined);
    const known = isComplete ? [] : await this.#atHand();
    let suggested = 0;
    return {
      find,
      similar: (reference) => (suggested++ < maxSuggestions ? similarAddresses(reference, known) : []),
    };
  }

  /** All users, where they were listed before or cost no request. */
  async #atHand(): Promise<readonly User[]> {
    const listing = this.#checked ?? this.#listing ?? (this.#source.isLocal ? this.list() : undefined);
    return (await listing?.catch(() => undefined)) ?? [];
  }

  /** The number of users, as far as it is known or soon will be: to estimate what a request costs. */
  async expectedCount(): Promise<number | undefined> {
    const size = this.#size ?? (await this.#sizeBefore());
    if (size !== undefined) return size;
    await this.#listing?.catch(() => undefined);
    return this.#size;
  }

  /** The user as they are now: looked up even where all users were listed before. */
  async get(reference: UserReference): Promise<User> {
    if ('id' in reference) return this.#getById(reference.id);
    const [user, ...others] = this.#see(await this.#filtered(reference));
    if (user === undefined) throw userNotFound(reference, similarAddresses(reference, await this.#atHand()));
    if (others.length > 0) throw ambiguousUser(reference, [user, ...others]);
    return user;
  }

  /** The user's SID. A SID stands for itself, so that no scope is needed to read it. */
  async sidOf(reference: UserReference): Promise<string> {
    return 'id' in reference ? reference.id : (await this.get(reference)).id;
  }

  /** The user's SID, for a command that reads all users in any case. Who is missing in the list is looked up. */
  async sidAmongAll(reference: UserReference): Promise<string> {
    if ('id' in reference) return reference.id;
    const found = await this.list()
      .then((all) => indexUsers(all, [reference]).find(reference))
      .catch(() => undefined);
    return found?.id ?? this.sidOf(reference);
  }

  forget(): void {
    this.#listing = undefined;
    this.#checked = undefined;
    this.#pack = undefined;
  }

  /** All users, where a list costs less than look-ups, or was read before; undefined where look-ups are the better way. */
  async #listFor(wanted: ReadonlyMap<string, UserReference>, whole: boolean): Promise<User[] | undefined> {
    const areSids = [...wanted.values()].every((reference) => 'id' in reference);
    if (!whole && !(await this.#isListCheaper(wanted.size, areSids)))
      return this.#checked?.catch(() => undefined);
    try {
      return await this.all();
    } catch (error) {
      if (areSids && isNotListable(error)) return undefined;
      const isDoubtful = error instanceof AppError && error.kind === 'guard';
      if (isDoubtful && !whole && wanted.size <= maxWithoutList) return undefined;
      throw error;
    }
  }

  /** @param areSids true where the login may lack the scope for a list, which would cost a further request */
  async #isListCheaper(lookUps: number, areSids: boolean): Promise<boolean> {
    if (lookUps < 2) return false;
    if (this.#listing !== undefined) return true;
    const size = this.#size ?? (await this.#sizeBefore()) ?? 0;
    const cost = 1 + size / usersPerRequest;
    return areSids ? cost + 1 < lookUps : cost <= lookUps;
  }

  async #lookUpAll(references: readonly UserReference[]): Promise<User[]> {
    return (await mapConcurrently(references, maxConcurrentReads, (each) => this.#lookUp(each))).flat();
  }

  async #withSecondLook(index: UserIndex, wanted: ReadonlyMap<string, UserReference>): Promise<UserIndex> {
    const missing = [...wanted.values()].filter((reference) => index.find(reference) === undefined);
    if (missing.length === 0 || missing.length > maxSecondLooks) return index;
    const found = await mapConcurrently(missing, maxConcurrentReads, async (reference) => {
      try {
        return [await this.get(reference)];
      } catch (error) {
        if (error instanceof AppError && (error.kind === 'not-found' || isNotListable(error))) return [];
        throw error;
      }
    });
    const further = indexUsers(found.flat(), missing);
    return { find: (reference) => index.find(reference) ?? further.find(reference) };
  }

  async #lookUp(reference: UserReference): Promise<User[]> {
    if (!('id' in reference)) return this.#see(await this.#filtered(reference));
    try {
      return this.#see([await this.#source.getUser(reference.id)]);
    } catch (error) {
      if (error instanceof AppError && error.kind === 'not-found') return [];
      throw error;
    }
  }

  /** Users of either spelling of an address: a filter may compare composed and decomposed letters as different. */
  async #filtered(reference: Exclude<UserReference, { id: string }>): Promise<User[]> {
    const users = await this.#source.listUsers(reference);
    if (!('userName' in reference)) return users;
    const decomposed = reference.userName.normalize('NFD');
    if (decomposed === reference.userName) return users;
    const others = await this.#source.listUsers({ userName: decomposed });
    return [...users, ...others.filter(({ id }) => users.every((user) => user.id !== id))];
  }

  /** Twilio says only "User not found", which is too little where several are looked up. */
  async #getById(id: string): Promise<User> {
    try {
      const user = await this.#source.getUser(id);
      this.#see([user]);
      return user;
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'not-found') throw error;
      const { kind, hint, status, code, moreInfo, requestId } = error;
      throw new AppError(kind, `There is no user ${id}`, { hint, status, code, moreInfo, requestId });
    }
  }
}
