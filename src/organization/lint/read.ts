import { together } from '../../platform/core/side-by-side.ts';
import { wantsFilter } from '../../twilio/errors.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import type { Organization } from '../organization.ts';
import type { RoleIndex } from '../roles.ts';

export interface LintReading {
  users: readonly User[];
  assignments: readonly RoleAssignment[];
  roles: RoleIndex;
  readByUser: boolean;
}

interface ReadOptions {
  /** True where a rule asks what a role allows. */
  withPermissions: boolean;
  /** True where a rule looks at all addresses of a user. */
  withAddresses: boolean;
  /** True where changes are planned from it: a list that has lost most of its entries is refused. */
  forChanges: boolean;
}

/** Reads everything that rules look at, each thing once. */
export async function readForLint(
  { users, roles, assignments }: Organization,
  { withPermissions, withAddresses, forChanges }: ReadOptions,
): Promise<LintReading> {
  // Other rules ask who people are, and whether they are active: the rest of 50,000 users is left out.
  if (!withAddresses && !forChanges) users.keepOnlyNames();
  const [people, [index, held]] = await together(
    forChanges ? users.all() : users.list(),
    together(
      withPermissions ? roles.expanded() : roles.index(),
      (forChanges ? assignments.all() : assignments.list()).catch((error: unknown) => {
        if (wantsFilter(error)) return undefined;
        throw error;
      }),
    ),
  );
  const found = { users: people, roles: index };
  if (held !== undefined) return { ...found, assignments: held, readByUser: false };
  const ids = people.map(({ id }) => id);
  const byUser = await assignments.of(ids);
  return { ...found, assignments: ids.flatMap((id) => byUser.of(id)), readByUser: true };
}
