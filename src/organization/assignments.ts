import { AppError } from '../platform/core/errors.ts';
import { once } from '../platform/core/once.ts';
import { pushTo } from '../platform/core/push-to.ts';
import { mapConcurrently } from '../platform/core/side-by-side.ts';
import { equalsIgnoreCase } from '../twilio/decode.ts';
import { wantsFilter } from '../twilio/errors.ts';
import { maxPageSize, type NewRoleAssignment, type RoleAssignment } from '../twilio/role-assignments.ts';
import { canonicalSid, isSid } from '../twilio/sids.ts';
import { type ListingBaseline, maxConcurrentReads, maxWithoutList } from './listing-sizes.ts';
import type { AssignmentFilter, OrganizationSource } from './source.ts';
import type { Users } from './users.ts';

/** Role assignments for each user, where their number is not known from an earlier list. */
const usualAssignmentsPerUser = 2;

/** Groups role assignments by the canonical SID of their identity. */
export function byIdentity(assignments: Iterable<RoleAssignment>): Map<string, RoleAssignment[]> {
  const groups = new Map<string, RoleAssignment[]>();
  for (const assignment of assignments) pushTo(groups, canonicalSid(assignment.identity), assignment);
  return groups;
}

/** True for an assignment that covers the whole organization, and not a single resource of it. */
export function coversOrganization({
  scope,
  resource_type,
}: Pick<RoleAssignment, 'scope' | 'resource_type'>): boolean {
  return isSid('OR', scope) && !resource_type;
}

/** The role assignments of some users, by user. */
export class AssignmentIndex {
  readonly #byUser: ReadonlyMap<string, readonly RoleAssignment[]>;

  constructor(assignments: Iterable<RoleAssignment>) {
    this.#byUser = byIdentity(assignments);
  }

  of(identity: string): readonly RoleAssignment[] {
    return this.#byUser.get(canonicalSid(identity)) ?? [];
  }

  /** The assignment by which the user already has the role in that scope, and for that resource. */
  find(wanted: NewRoleAssignment): RoleAssignment | undefined {
    return this.of(wanted.identity).find((held) => assignmentKey(held) === assignmentKey(wanted));
  }
}

/** Identifies a role in a scope, and of a resource, whichever user has it. */
export function assignmentKey({ role_sid, scope, resource_type, resource_id }: NewRoleAssignment): string {
  // Only SIDs are the same in either case.
  return [role_sid.toLowerCase(), scope.toLowerCase(), resource_type ?? '', resource_id ?? ''].join(' ');
}

/** The role assignments of an organization, as far as a command has read them. Scope: role-assignments/list. */
export class Assignments {
  readonly #source: OrganizationSource;
  readonly #baseline: ListingBaseline;
  readonly #users: Users;
  readonly #sizeBefore: () => Promise<number | undefined>;
  /** Of the list that this command has read last. */
  #size: number | undefined;
  #listing: Promise<RoleAssignment[]> | undefined;
  #checked: Promise<RoleAssignment[]> | undefined;
  /** The lists of whole scopes, by SID in lower case. */
  readonly #inScopes = new Map<string, Promise<RoleAssignment[]>>();
  /** True for a list that has lost most of its entries: no answer is taken from it. */
  #isDoubtful = false;

  constructor(source: OrganizationSource, baseline: ListingBaseline, users: Users) {
    this.#source = source;
    this.#baseline = baseline;
    this.#users = users;
    this.#sizeBefore = once(async () => (await baseline.sizes()).assignments);
  }

  /** All role assignments, where the organization lists them without a filter (25203 otherwise). */
  list(): Promise<RoleAssignment[]> {
    this.#listing ??= this.#read({}).then((assignments) => {
      this.#size = assignments.length;
      return assignments;
    });
    return this.#listing;
  }

  /**
   * All role assignments, as decisions on many may rest on.
   *
   * @throws guard where the listing has lost most of its entries since the one before
   */
  all(): Promise<RoleAssignment[]> {
    this.#checked ??= this.list().then(async (assignments) => {
      try {
        await this.#baseline.check({ assignments: assignments.length });
      } catch (error) {
        this.#isDoubtful = true;
        throw error;
      }
      return assignments;
    });
    return this.#checked;
  }

  /** The assignments of one user, in one scope, or both: from a list of all where there is one that is not doubtful. */
  async where(filter: AssignmentFilter): Promise<RoleAssignment[]> {
    const { identity, scope } = filter;
    if (identity === undefined && scope === undefined) return this.list();
    // Without a list, the request leaves at once.
    const all = this.#listing && (await this.#listing.catch(() => undefined));
    if (all === undefined || this.#isDoubtful)
      return identity === undefined && scope !== undefined
        ? this.#readScope(scope)
        : this.#read({ identity, scope });
    return all.filter(
      (assignment) =>
        (identity === undefined || equalsIgnoreCase(identity, assignment.identity)) &&
        (scope === undefined || equalsIgnoreCase(scope, assignment.scope)),
    );
  }

  /**
   * The assignments of these users: one by one or from a list of all, whichever takes fewer requests. An organization that wants
   * a filter (25203) gives those in the scopes or, without scopes, those of each user.
   */
  async of(identities: readonly string[], scopes: readonly string[] = []): Promise<AssignmentIndex> {
    const users = [...new Set(identities)];
    const lists = await this.#listsFor(users, scopes);
    const wanted = new Set(users.map(canonicalSid));
    const found = new Map<string, RoleAssignment>();
    for (const assignment of lists.flat()) {
      if (wanted.has(canonicalSid(assignment.identity))) found.set(assignment.sid, assignment);
    }
    return new AssignmentIndex(found.values());
  }

  /**
   * Those of the users' assignments that are in the scope, and perhaps others of theirs: one by one, or from a list of the scope.
   *
   * @param scope all scopes when absent
   */
  async inScope(identities: ReadonlySet<string>, scope: string | undefined): Promise<RoleAssignment[]> {
    const users = [...identities];
    const wanted = new Set(users.map(canonicalSid));
    if (scope === undefined) return (await this.#listsFor(users, [])).flat().filter(isTheirs);
    if (!(await this.#isListCheaper(users.length))) return (await this.#ofEach(users)).flat();
    return (await this.where({ scope })).filter(isTheirs);

    function isTheirs({ identity }: RoleAssignment): boolean {
      return wanted.has(canonicalSid(identity));
    }
  }

  /**
   * The number of all assignments. It counts no further than `enough`, which saves requests, unless the list may have lost most
   * of its entries since the one before. Lists of scopes that were read before count where they are enough.
   *
   * @throws guard where it has
   */
  async countUpTo(enough: number): Promise<number> {
    if (this.#listing === undefined) {
      const inScopes = await this.#countInScopes();
      if (inScopes > 0 && inScopes >= enough) return inScopes;
      // A command that has read scopes rests on them, not on this list.
      const before = inScopes > 0 ? undefined : await this.#sizeBefore();
      const least = Math.ceil(Math.max(enough, (before ?? 0) / 2));
      let count = 0;
      for await (const page of this.#source.listAssignments({})) {
        count += page.length;
        if (count >= least) return least;
      }
    }
    return (await this.all()).length;
  }

  forget(): void {
    this.#listing = undefined;
    this.#checked = undefined;
    this.#inScopes.clear();
    this.#isDoubtful = false;
  }

  async #listsFor(users: readonly string[], scopes: readonly string[]): Promise<RoleAssignment[][]> {
    if (!(await this.#isListCheaper(users.length))) return this.#ofEach(users);
    try {
      return [await this.all()];
    } catch (error) {
      const isDoubtful = error instanceof AppError && error.kind === 'guard';
      if (isDoubtful && users.length <= maxWithoutList) return this.#ofEach(users);
      if (!wantsFilter(error)) throw error;
      return scopes.length > 0
        ? mapConcurrently(scopes, maxConcurrentReads, (scope) => this.where({ scope }))
        : this.#ofEach(users);
    }
  }

  #ofEach(users: readonly string[]): Promise<RoleAssignment[][]> {
    return mapConcurrently(users, maxConcurrentReads, (identity) => this.where({ identity }));
  }

  /** Compares one request for each user with those for the pages of a list. Look-ups win a tie: they need not wait for one another. */
  async #isListCheaper(lookUps: number): Promise<boolean> {
    if (this.#listing !== undefined) return lookUps > 0;
    if (lookUps < 2) return false;
    const before = this.#size ?? (await this.#sizeBefore());
    // Nothing would show that the list has lost entries.
    if (before === undefined && lookUps <= maxWithoutList) return false;
    const size = before ?? (await this.#usualCount());
    return size !== undefined && Math.ceil(size / maxPageSize) < lookUps;
  }

  async #usualCount(): Promise<number | undefined> {
    const users = await this.#users.expectedCount();
    return users === undefined ? undefined : users * usualAssignmentsPerUser;
  }

  #readScope(scope: string): Promise<RoleAssignment[]> {
    const key = scope.toLowerCase();
    const list = this.#inScopes.get(key) ?? this.#read({ scope });
    this.#inScopes.set(key, list);
    return list;
  }

  async #countInScopes(): Promise<number> {
    const lists = await Promise.all([...this.#inScopes.values()].map((list) => list.catch(() => [])));
    return lists.reduce((sum, { length }) => sum + length, 0);
  }

  async #read(filter: AssignmentFilter): Promise<RoleAssignment[]> {
    const found: RoleAssignment[] = [];
    for await (const page of this.#source.listAssignments(filter)) {
      for (const assignment of page) found.push(assignment);
    }
    return found;
  }
}
