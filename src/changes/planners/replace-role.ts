import type { AssignmentIndex } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import { alternatives } from '../../platform/core/text.ts';
import {
  grantsEqual,
  maxRolesPerUser,
  type NewRoleAssignment,
  type RoleAssignment,
} from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import type { Change } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';
import { holdsExactly, userUnchanged } from '../plan/preconditions.ts';
import { inactiveHolderWarning } from './inactive-holders.ts';

export interface RoleReplacement {
  /** SIDs of the roles. */
  from: string;
  to: string;
  scopes: readonly { sid: string; name: string }[];
  /** The one resource that the roles are about, if there is one. */
  resource: Pick<NewRoleAssignment, 'resource_type' | 'resource_id'>;
  /** Removes the old role first where the limit of roles leaves no other way. */
  allowGap?: boolean | undefined;
}

/**
 * Gives each user the new role, then removes the old one, so that access never lapses.
 *
 * @throws not-found with every user who has neither role in any of the scopes; conflict where a user is at the limit of roles
 * and a gap is not allowed
 */
export function planRoleReplacement(
  users: readonly User[],
  assignments: AssignmentIndex,
  replacement: RoleReplacement,
): Item[] {
  refuseWithoutEither(users, assignments, replacement);
  return users.map((user): Item => {
    const held = assignments.of(user.id);
    const parts = replacement.scopes.map(({ sid, name }) => ({
      name,
      ...planScope(user, held, sid, replacement),
    }));
    const joined = joinScopes(parts);
    return {
      row: { id: user.id, userName: user.userName },
      rests: [userUnchanged(user), holdsExactly(user.id, held)],
      ...joined,
      ...(joined.steps.length > 0 ? inactiveHolderWarning(user) : {}),
    };
  });
}

/** A user with neither role is not in the wanted state, and nothing would bring them there: probably a slip in a name. */
function refuseWithoutEither(
  users: readonly User[],
  assignments: AssignmentIndex,
  { from, to, scopes, resource }: RoleReplacement,
): void {
  const without = users.filter(({ id }) =>
    scopes.every(({ sid: scope }) =>
      [from, to].every((role_sid) => {
        const wanted = { role_sid, scope, identity: id, ...resource };
        return !assignments.of(id).some((assignment) => grantsEqual(assignment, wanted));
      }),
    ),
  );
  if (without.length === 0) return;
  const where = alternatives(scopes.map(({ name }) => name));
  const lines = without.map(({ userName }) => `${userName} has neither role in ${where}`);
  const summary = `${without.length} users have no role to replace, so nothing was changed`;
  throw new AppError(
    'not-found',
    lines.length === 1 ? `${lines[0]}, so nothing was changed` : `${summary}: ${lines.join('; ')}`,
    {
      hint: 'Leave them out. To give a role to somebody who has none: twilio-org role-assignments create',
      ...(lines.length > 1 && { listed: { summary, lines } }),
    },
  );
}

type ScopePart = Pick<Item, 'steps' | 'note' | 'sid'>;

function planScope(
  { id, userName }: User,
  held: readonly RoleAssignment[],
  scope: string,
  { from, to, resource, allowGap }: RoleReplacement,
): ScopePart {
  const wanted: NewRoleAssignment = { role_sid: to, scope, identity: id, ...resource };
  const old = held.filter((assignment) => grantsEqual(assignment, { ...wanted, role_sid: from }));
  const existing = held.find((assignment) => grantsEqual(assignment, wanted));
  if (old.length === 0) {
    return existing === undefined
      ? { steps: [], note: 'The user has neither role there; nothing to replace' }
      : { steps: [], sid: existing.sid, note: 'The user already has the new role' };
  }
  const removals = old.map((assignment): Change => ({ do: 'delete-assignment', assignment }));
  if (existing !== undefined) return { steps: removals, sid: existing.sid };
  const addition: Change = { do: 'create-assignment', grant: wanted };
  if (held.length < maxRolesPerUser) return { steps: [addition, ...removals] };
  if (allowGap) return { steps: [...removals, addition] };
  throw new AppError(
    'conflict',
    `${userName} has ${maxRolesPerUser} roles, Twilio's limit. Nothing was changed`,
    { hint: 'Add --allow-gap to remove the old role first; the user is briefly without both' },
  );
}

/** Joins the changes in several scopes: a failure in one scope leaves the others alone. */
function joinScopes(
  parts: readonly (ScopePart & { name: string })[],
): ScopePart & Pick<Item, 'independent' | 'needs'> {
  const [first] = parts;
  if (first === undefined) return { steps: [] };
  if (parts.length === 1) {
    const { name: _, ...only } = first;
    return only;
  }
  const steps: Change[] = [];
  const needs: Record<number, number> = {};
  for (const part of parts) {
    const start = steps.length;
    const addsFirst = part.steps[0]?.do === 'create-assignment';
    for (const [index, step] of part.steps.entries()) {
      if (step.do !== part.steps[0]?.do) needs[start + index] = addsFirst ? start : start + index - 1;
      steps.push(step);
    }
  }
  const notes = parts.flatMap(({ name, note }) => (note === undefined ? [] : `${name}: ${note}`));
  const note = notes.length === 0 ? {} : { note: notes.join('; ') };
  return { steps, independent: true, needs, ...note };
}
