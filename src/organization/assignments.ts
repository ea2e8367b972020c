import { AppError } from '../platform/core/errors.ts';
import { equalsIgnoreCase } from '../twilio/decode.ts';
import type { ApiReader } from '../twilio/mutation.ts';
import {
  listRoleAssignments,
  type NewRoleAssignment,
  type RoleAssignment,
} from '../twilio/role-assignments.ts';
import type { CheckListing } from './check-listing.ts';
import { singleLookupLimit } from './users.ts';

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
  readonly #reader: ApiReader;
  readonly #checkListing: CheckListing;
  #listing: Promise<RoleAssignment[]> | undefined;
  #checked: Promise<RoleAssignment[]> | undefined;

  constructor(reader: ApiReader, checkListing: CheckListing) {
    this.#reader = reader;
    this.#checkListing = checkListing;
  }

  /** All role assignments, where the organization lists them without a filter (25203 otherwise). */
  list(): Promise<RoleAssignment[]> {
    this.#listing ??= this.#read({});
    return this.#listing;
  }

  /**
   * All role assignments, as decisions on many may rest on.
   *
   * @throws guard where the listing has lost most of its entries since the one before
   */
  all(): Promise<RoleAssignment[]> {
    this.#checked ??= this.list().then(async (assignments) => {
      await this.#checkListing({ assignments: assignments.length });
      return assignments;
    });
    return this.#checked;
  }

  /** The assignments of one user, in one scope, or both: from a list of all where there is one. */
  async where(filter: {
    identity?: string | undefined;
    scope?: string | undefined;
  }): Promise<RoleAssignment[]> {
    const { identity, scope } = filter;
    if (identity === undefined && scope === undefined) return this.list();
    const all = await this.#listing?.catch(() => undefined);
    if (all === undefined) return this.#read({ identity, scope });
    return all.filter(
      (assignment) =>
        (identity === undefined || equalsIgnoreCase(identity, assignment.identity)) &&
        (scope === undefined || equalsIgnoreCase(scope, assignment.scope)),
    );
  }

  /**
   * The assignments of these users: one by one for a few, from a list of all for many. An organization that wants a filter
   * (25203) gives those in the scopes or, without scopes, those of each user.
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

  forget(): void {
    this.#listing = undefined;
    this.#checked = undefined;
  }

  async #listsFor(users: readonly string[], scopes: readonly string[]): Promise<RoleAssignment[][]> {
    const ofEach = () => inTurn(users, (identity) => this.where({ identity }));
    if (users.length <= singleLookupLimit) return ofEach();
    try {
      return [await this.all()];
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 25203) throw error;
      return scopes.length > 0 ? inTurn(scopes, (scope) => this.where({ scope })) : ofEach();
    }
  }

  async #read(filter: {
    identity?: string | undefined;
    scope?: string | undefined;
  }): Promise<RoleAssignment[]> {
    const found: RoleAssignment[] = [];
    for await (const assignment of listRoleAssignments(this.#reader.send, this.#reader.url, filter))
      found.push(assignment);
    return found;
  }
}

async function inTurn<T, R>(values: readonly T[], read: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await read(value));
  return results;
}
