import type { ApiReader } from '../twilio/mutation.ts';
import { Assignments } from './assignments.ts';
import type { ListingBaseline } from './listing-sizes.ts';
import { Roles } from './roles.ts';
import type { OrganizationSource } from './source.ts';
import { Users } from './users.ts';

/**
 * The organization as a command read it: users, roles and role assignments by every name that a person gives them.
 *
 * Each request is sent once, whoever asks, until the command changes something. A proof must not come from here: calls of
 * {@link Api.send} always read anew, and {@link refresh} makes everything that follows read anew.
 */
export interface Organization {
  readonly users: Users;
  readonly roles: Roles;
  readonly assignments: Assignments;
  /** Any other GET, sent once as well. */
  readonly reader: ApiReader;
  /** Forgets everything: before the preconditions of a saved plan are checked, and before a report on what was done. */
  refresh(): void;
  /** Forgets users and role assignments, because a change is about to be sent. No command changes roles. */
  onChange(): void;
}

export function createOrganization(source: OrganizationSource, baseline: ListingBaseline): Organization {
  const users = new Users(source, baseline);
  const roles = new Roles(source);
  const assignments = new Assignments(source, baseline, users);
  function onChange(): void {
    source.forget();
    users.forget();
    assignments.forget();
  }
  return {
    users,
    roles,
    assignments,
    reader: source.reader,
    onChange,
    refresh() {
      onChange();
      source.forgetRoles();
      roles.forget();
    },
  };
}
