import { AppError } from '../platform/core/errors.ts';
import { once } from '../platform/core/once.ts';
import { mapConcurrently } from '../platform/core/side-by-side.ts';
import { equalsIgnoreCase } from '../twilio/decode.ts';
import { maxPageSize, type NewRoleAssignment, type RoleAssignment } from '../twilio/role-assignments.ts';
import { type ListingBaseline, maxConcurrentReads, maxWithoutList } from './listing-sizes.ts';
import type { AssignmentFilter, OrganizationSource } from './source.ts';
import type { Users } from './users.ts';

/** Role assignments for each user, where their number is not known from an earlier list. */
const usualAssignmentsPerUser = 2;

/** The role assignments of some users, by user. */
export class AssignmentIndex {
  readonly #byUser = new Map<string, RoleAssignment[]>();

  constructor(assignments: Iterable<RoleAssignment>) {
    for (const assignment of assignments) {
      const held = this.#byUser.get(assignment.identity);
      if (held === undefined) this.#byUser.set(assignment.identity, [assignment]);
      else held.push(assignment);
    }
  }

  of(identity: string): readonly RoleAssignment[] {
    return this.#byUser.get(identity) ?? [];
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
      await this.#baseline.check({ assignments: assignments.length });
      return assignments;
    });
    return this.#checked;
  }

  /** The assignments of one user, in one scope, or both: from a list of all where there is one. */
  async where(filter: AssignmentFilter): Promise<RoleAssignment[]> {
    const { identity, scope } = filter;
    if (identity === undefined && scope === undefined) return this.list();
    // Without a list, the request leaves at once.
    const all = this.#listing && (await this.#listing.catch(() => undefined));
    if (all === undefined) return this.#read({ identity, scope });
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
    const wanted = new Set(users);
    const found = new Map<string, RoleAssignment>();
    for (const assignment of lists.flat()) {
      if (wanted.has(assignment.identity)) found.set(assignment.sid, assignment);
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
    if (!(await this.#isListCheaper(users.length))) return (await this.#ofEach(users)).flat();
    try {
      return (await this.where({ scope })).filter(({ identity }) => identities.has(identity));
    } catch (error) {
      if (scope !== undefined || !wantsFilter(error)) throw error;
      return (await this.#ofEach(users)).flat();
    }
  }

  /** The number of all assignments; of more than `enough` it counts no further, which saves requests. */
  async countUpTo(enough: number): Promise<number> {
    if (this.#listing === undefined) {
      let count = 0;
      for await (const _ of this.#source.listAssignments({})) {
        count += 1;
        if (count >= enough) return count;
      }
    }
    return (await this.all()).length;
  }

  forget(): void {
    this.#listing = undefined;
    this.#checked = undefined;
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
    const size = await this.#expectedCount();
    return size !== undefined && Math.ceil(size / maxPageSize) < lookUps;
  }

  async #expectedCount(): Promise<number | undefined> {
    const size = this.#size ?? (await this.#sizeBefore());
    if (size !== undefined) return size;
    const users = await this.#users.expectedCount();
    return users === undefined ? undefined : users * usualAssignmentsPerUser;
  }

  async #read(filter: AssignmentFilter): Promise<RoleAssignment[]> {
    const found: RoleAssignment[] = [];
    for await (const assignment of this.#source.listAssignments(filter)) found.push(assignment);
    return found;
  }
}

function wantsFilter(error: unknown): boolean {
  return error instanceof AppError && error.code === 25203;
}
