import type { AssignmentIndex } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import { grantsEqual, maxRolesPerUser } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import type { Change } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';
import { holdsExactly, userUnchanged } from '../plan/preconditions.ts';
import { inactiveHolderWarning } from './inactive-holders.ts';

/**
 * Deactivates each user, then moves or removes the user's roles. Deactivation comes first: it locks the user out at once, and
 * a user whom Twilio does not deactivate, such as the Owner, keeps everything. The other steps are independent, but a role is
 * removed only after the heir has received it.
 *
 * @param heir receives the roles of all users
 * @throws conflict where the heir would have more roles than Twilio allows
 */
export function planOffboarding(
  users: readonly User[],
  heir: User | undefined,
  assignments: AssignmentIndex,
): Item[] {
  const heirAssignments = heir === undefined ? [] : [...assignments.of(heir.id)];
  const heirPreconditions =
    heir === undefined ? [] : [userUnchanged(heir), holdsExactly(heir.id, heirAssignments)];
  return users.map((user): Item => {
    const held = assignments.of(user.id);
    const deactivation: Change[] = user.active
      ? [{ do: 'update-user', user, fields: { active: false } }]
      : [];
    const copies: Change[] = [];
    /** By the SID of each role assignment to remove, the step that gives its role to the heir. */
    const copySteps = new Map<string, number>();
    if (heir !== undefined) {
      for (const { sid, role_sid, scope, resource_type, resource_id } of held) {
        const resource = resource_type ? { resource_type, resource_id: resource_id ?? null } : {};
        const copy = { role_sid, scope, identity: heir.id, ...resource };
        if (heirAssignments.some((assignment) => grantsEqual(assignment, copy))) continue;
        heirAssignments.push({ sid: '', ...copy });
        copySteps.set(sid, deactivation.length + copies.length);
        copies.push({ do: 'create-assignment', grant: copy, whose: heir.userName });
      }
    }
    if (heir !== undefined && heirAssignments.length > maxRolesPerUser) {
      throw new AppError(
        'conflict',
        `${heir.userName} would have ${heirAssignments.length} roles; Twilio's limit is ${maxRolesPerUser}. Nothing was changed`,
        { hint: 'Leave out --copy-roles-to, or remove some of their roles first' },
      );
    }
    const removals = held.map((assignment): Change => ({ do: 'delete-assignment', assignment }));
    const steps = [...deactivation, ...copies, ...removals];
    const needs = held.flatMap(({ sid }, index): [number, number][] => {
      const copyStep = copySteps.get(sid);
      return copyStep === undefined ? [] : [[deactivation.length + copies.length + index, copyStep]];
    });
    return {
      row: { id: user.id, userName: user.userName },
      sid: user.id,
      steps,
      independent: true,
      ...(needs.length === 0 ? {} : { needs: Object.fromEntries(needs) }),
      rests: [userUnchanged(user), holdsExactly(user.id, held), ...heirPreconditions],
      ...(copies.length === 0 ? {} : inactiveHolderWarning(heir)),
      ...(steps.length === 0 ? { note: 'Already deactivated, without roles' } : {}),
    };
  });
}
