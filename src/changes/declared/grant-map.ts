import { assignmentKey } from '../../organization/assignments.ts';
import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';

/** Identifies an assignment, whichever SID it has. */
export function grantKey(grant: NewRoleAssignment): string {
  return `${identityKey(grant.identity)} ${assignmentKey(grant)}`;
}

/**
 * Values by assignment, whichever SID it has. All people with the same access share its text, because a text of its own for each of
 * 100,000 assignments would take 15 MB.
 */
export class GrantMap<V> {
  readonly #byAccess = new Map<string, Map<string, V>>();

  get(grant: NewRoleAssignment): V | undefined {
    return this.#byAccess.get(assignmentKey(grant))?.get(identityKey(grant.identity));
  }

  has(grant: NewRoleAssignment): boolean {
    return this.get(grant) !== undefined;
  }

  /** Adds a value, unless the assignment has one. */
  add(grant: NewRoleAssignment, value: V): void {
    if (!this.has(grant)) this.set(grant, value);
  }

  set(grant: NewRoleAssignment, value: V): void {
    const access = assignmentKey(grant);
    const holders = this.#byAccess.get(access) ?? new Map<string, V>();
    this.#byAccess.set(access, holders);
    holders.set(identityKey(grant.identity), value);
  }
}

/** The assignments that exist, and those of them that files list for today. A mark each: there may be 100,000. */
export class HeldGrants {
  readonly #isWanted = new GrantMap<boolean>();

  constructor(held: readonly NewRoleAssignment[]) {
    for (const grant of held) this.#isWanted.set(grant, false);
  }

  has(grant: NewRoleAssignment): boolean {
    return this.#isWanted.has(grant);
  }

  /** Marks an assignment that exists. */
  want(grant: NewRoleAssignment): void {
    this.#isWanted.set(grant, true);
  }

  isWanted(grant: NewRoleAssignment): boolean {
    return this.#isWanted.get(grant) === true;
  }
}

const usualSid = /^US[0-9a-f]{32}$/;

/** Equal for the same identity in any case. A SID as Twilio writes it is its own key, which takes no memory. */
function identityKey(identity: string): string {
  if (usualSid.test(identity)) return identity;
  const small = identity.toLowerCase();
  const sid = `US${small.slice(2)}`;
  return small.startsWith('us') && usualSid.test(sid) ? sid : small;
}
