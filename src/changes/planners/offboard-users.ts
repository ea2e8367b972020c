import type { AssignmentIndex } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import { grantsEqual, maxRolesPerUser } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import type { Change } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';
import { holdsExactly, userUnchanged } from '../plan/preconditions.ts';

/**
 * The right to sign in goes first: who may not be deactivated, as the Owner, keeps everything, and everybody else is out at
 * once. The other steps do not wait for each other, but no role is taken that the heir should have got and has not.
 */
export function planOffboarding(
  users: readonly User[],
  heir: User | undefined,
  holdings: AssignmentIndex,
): Item[] {
  const heirs = heir === undefined ? [] : [...holdings.of(heir.id)];
  const ofHeir = heir === undefined ? [] : [userUnchanged(heir), holdsExactly(heir.id, heirs)];
  return users.map((user): Item => {
    const held = holdings.of(user.id);
    const ending: Change[] = user.active ? [{ do: 'update-user', user, fields: { active: false } }] : [];
    const giving: Change[] = [];
    /** By the SID of what is taken, the number of the step that gives it to the heir. */
    const given = new Map<string, number>();
    if (heir !== undefined) {
      for (const { sid, role_sid, scope, resource_type, resource_id } of held) {
        const resource = resource_type ? { resource_type, resource_id: resource_id ?? null } : {};
        const copy = { role_sid, scope, identity: heir.id, ...resource };
        if (heirs.some((other) => grantsEqual(other, copy))) continue;
        heirs.push({ sid: '', ...copy });
        given.set(sid, ending.length + giving.length);
        giving.push({ do: 'create-assignment', grant: copy, whose: heir.userName });
      }
    }
    if (heir !== undefined && heirs.length > maxRolesPerUser) {
      throw new AppError(
        'conflict',
        `${heir.userName} would hold ${heirs.length} roles, and Twilio allows ${maxRolesPerUser}: nothing was changed`,
        { hint: 'Leave out --copy-roles-to, or take some roles from them first' },
      );
    }
    const taking = held.map((assignment): Change => ({ do: 'delete-assignment', assignment }));
    const steps = [...ending, ...giving, ...taking];
    const needs = held.flatMap(({ sid }, index): [number, number][] => {
      const before = given.get(sid);
      return before === undefined ? [] : [[ending.length + giving.length + index, before]];
    });
    return {
      row: { id: user.id, userName: user.userName },
      sid: user.id,
      steps,
      independent: true,
      ...(needs.length === 0 ? {} : { needs: Object.fromEntries(needs) }),
      rests: [userUnchanged(user), holdsExactly(user.id, held), ...ofHeir],
      ...(steps.length === 0 ? { note: 'Deactivated already, and without roles' } : {}),
    };
  });
}
