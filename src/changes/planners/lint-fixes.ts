import { AssignmentIndex } from '../../organization/assignments.ts';
import type { Found } from '../../organization/lint/rule.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import type { User } from '../../twilio/users.ts';
import type { Item } from '../plan/plan.ts';
import type { Precondition } from '../plan/preconditions.ts';
import { planOffboarding } from './offboard-users.ts';

/**
 * Plans the removal of what findings name, an item for each person. An inactive user who loses everything must still be
 * inactive and hold nothing else; of duplicates, the one that stays must still exist.
 */
export function planLintFixes(
  findings: Iterable<Found>,
  users: readonly User[],
  assignments: readonly RoleAssignment[],
): Item[] {
  const people = new Map<string, Found[]>();
  for (const found of findings) {
    const person = canonicalSid(found.person ?? '');
    const group = people.get(person);
    if (group === undefined) people.set(person, [found]);
    else group.push(found);
  }
  const bySid = new Map(users.map((user) => [canonicalSid(user.id), user]));
  const index = new AssignmentIndex(assignments);
  return [...people].flatMap(([person, founds]) => {
    const user = bySid.get(person);
    const removals = removalsOf(founds);
    if (user?.active === false && removals.size === index.of(user.id).length)
      return planOffboarding([user], undefined, index);
    return [itemOf(person, user, founds, removals)];
  });
}

function removalsOf(founds: readonly Found[]): Map<string, RoleAssignment> {
  return new Map(founds.flatMap(({ removes = [] }) => removes.map((each) => [each.sid, each] as const)));
}

function itemOf(
  person: string,
  user: User | undefined,
  founds: readonly Found[],
  removals: ReadonlyMap<string, RoleAssignment>,
): Item {
  const rests = founds.flatMap(({ keeps }): Precondition[] => {
    if (keeps === undefined || removals.has(keeps.sid)) return [];
    return [{ assignment: keeps.sid, identity: keeps.identity, scope: keeps.scope }];
  });
  return {
    row: { id: person, ...(user === undefined ? {} : { userName: user.userName }) },
    sid: person,
    steps: [...removals.values()].map((assignment) => ({ do: 'delete-assignment', assignment })),
    independent: true,
    rests,
  };
}
