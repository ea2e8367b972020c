import type { AssignmentIndex } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import {
  maxRolesPerUser,
  type NewRoleAssignment,
  type RoleAssignment,
} from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import type { Change } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';
import { holdsExactly, userUnchanged } from '../plan/preconditions.ts';
import { inactiveHolderWarning } from './inactive-holders.ts';

/**
 * Gives a user the roles of another, then removes the user's other roles where that was asked for.
 *
 * @param source SID of the user whose roles are copied
 * @param mirror removes the roles that the source does not have
 * @throws conflict where the user would have more roles than Twilio allows
 */
export function planAccessCopy(
  user: User,
  source: string,
  assignments: AssignmentIndex,
  mirror: boolean,
): Item {
  // Twilio may give somebody the same role twice.
  const wanted = assignments.of(source).filter((one) => assignments.find(one) === one);
  const held = assignments.of(user.id);
  const additions = wanted.flatMap((one): Change[] => {
    const grant = newAssignment(one, user.id);
    return assignments.find(grant) === undefined ? [{ do: 'create-assignment', grant }] : [];
  });
  const kept = wanted.flatMap((one) => assignments.find({ ...one, identity: user.id }) ?? []);
  const extra = mirror ? held.filter((assignment) => !kept.includes(assignment)) : [];
  const count = held.length + additions.length;
  if (count > maxRolesPerUser) {
    throw new AppError(
      'conflict',
      `${user.userName} would have ${count} roles; Twilio's limit is ${maxRolesPerUser}. Nothing was changed`,
      { hint: 'Remove some roles first: twilio-org role-assignments delete' },
    );
  }
  const removals = extra.map((assignment): Change => ({ do: 'delete-assignment', assignment }));
  return {
    row: { id: user.id, userName: user.userName },
    sid: user.id,
    steps: [...additions, ...removals],
    rests: [
      userUnchanged(user),
      holdsExactly(source, assignments.of(source)),
      ...(mirror
        ? [holdsExactly(user.id, held)]
        : kept.map(({ sid, scope }) => ({ assignment: sid, identity: user.id, scope }))),
    ],
    ...(wanted.length > 0 ? inactiveHolderWarning(user) : {}),
  };
}

/** The same role in the same scope for another user. */
function newAssignment(
  { role_sid, scope, resource_type, resource_id }: RoleAssignment,
  identity: string,
): NewRoleAssignment {
  const resource = resource_type ? { resource_type, resource_id: resource_id ?? null } : {};
  return { role_sid, scope, identity, ...resource };
}
