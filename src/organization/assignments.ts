import { AppError } from '../platform/core/errors.ts';
import {
  listRoleAssignments,
  type NewRoleAssignment,
  type RoleAssignment,
} from '../twilio/role-assignments.ts';
import { singleLookupLimit } from './users.ts';
import type { Api } from './workspace/api.ts';

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

  find(grant: NewRoleAssignment): RoleAssignment | undefined {
    return this.of(grant.identity).find((held) => grantKey(held) === grantKey(grant));
  }
}

/** One text for one role in one place, whoever has it. */
export function grantKey({ role_sid, scope, resource_type, resource_id }: NewRoleAssignment): string {
  // SIDs are written in either case, other ids are not.
  return [role_sid.toLowerCase(), scope.toLowerCase(), resource_type ?? '', resource_id ?? ''].join(' ');
}

/**
 * What these users hold. For many it is all that there is; where Twilio wants a filter (25203), what they hold in these
 * scopes, or without any, user by user, everything.
 */
export async function loadAssignments(
  api: Api,
  identities: readonly string[],
  scopes: readonly string[],
): Promise<AssignmentIndex> {
  const wanted = new Set(identities);
  const found = new Map<string, RoleAssignment>();
  const read = async (filter: { identity?: string; scope?: string }): Promise<number> => {
    let count = 0;
    for await (const assignment of listRoleAssignments(api.send, api.url, filter)) {
      count += 1;
      if (wanted.has(assignment.identity)) found.set(assignment.sid, assignment);
    }
    return count;
  };
  if (wanted.size <= singleLookupLimit) for (const identity of wanted) await read({ identity });
  else {
    try {
      await api.checkListing({ assignments: await read({}) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 25203) throw error;
      if (scopes.length > 0) for (const scope of scopes) await read({ scope });
      else for (const identity of wanted) await read({ identity });
    }
  }
  return new AssignmentIndex(found.values());
}
