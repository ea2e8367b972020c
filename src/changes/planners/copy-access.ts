import type { AssignmentIndex } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import { maxRolesPerUser, type RoleAssignment } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import type { Change } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';
import { holdsExactly, userUnchanged } from '../plan/preconditions.ts';

/** What is given comes before what is taken away. */
export function planAccessCopy(user: User, model: string, holdings: AssignmentIndex, mirror: boolean): Item {
  // Twilio may let somebody have the same twice.
  const wanted = holdings.of(model).filter((one) => holdings.find(one) === one);
  const held = holdings.of(user.id);
  const giving = wanted.flatMap((one): Change[] => {
    const { sid: _, ...grant } = { ...one, identity: user.id };
    return holdings.find(grant) === undefined
      ? [{ do: 'create-assignment', grant: newAssignment(grant) }]
      : [];
  });
  const kept = wanted.flatMap((one) => holdings.find({ ...one, identity: user.id }) ?? []);
  const extra = mirror ? held.filter((assignment) => !kept.includes(assignment)) : [];
  if (held.length + giving.length > maxRolesPerUser) {
    throw new AppError(
      'conflict',
      `${user.userName} would hold ${held.length + giving.length} roles, and Twilio allows ${maxRolesPerUser}: nothing was changed`,
      { hint: 'Take some away first: twilio-org role-assignments delete' },
    );
  }
  const taking = extra.map((assignment): Change => ({ do: 'delete-assignment', assignment }));
  const rests = [
    userUnchanged(user),
    holdsExactly(model, holdings.of(model)),
    ...(mirror
      ? [holdsExactly(user.id, held)]
      : kept.map(({ sid, scope }) => ({ assignment: sid, identity: user.id, scope }))),
  ];
  return {
    row: { id: user.id, userName: user.userName },
    sid: user.id,
    steps: [...giving, ...taking],
    rests,
  };
}

export function newAssignment({
  role_sid,
  scope,
  identity,
  resource_type,
  resource_id,
}: Omit<RoleAssignment, 'sid'>) {
  return {
    role_sid,
    scope,
    identity,
    ...(resource_type ? { resource_type, resource_id: resource_id ?? null } : {}),
  };
}
