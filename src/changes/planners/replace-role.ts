import { AppError } from '../../platform/core/errors.ts';
import {
  grantsEqual,
  maxRolesPerUser,
  type NewRoleAssignment,
  type RoleAssignment,
} from '../../twilio/role-assignments.ts';
import type { Change } from '../plan/change.ts';
import type { Item } from '../plan/plan.ts';

export type Replacement = Pick<Item, 'steps' | 'note' | 'sid'>;

/** The replacements in several scopes as one: what goes wrong in one of them leaves the others alone. */
export function joinReplacements(
  parts: readonly (Replacement & { name: string })[],
): Replacement & Pick<Item, 'independent' | 'needs'> {
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
    const givesFirst = part.steps[0]?.do === 'create-assignment';
    for (const [index, step] of part.steps.entries()) {
      if (step.do !== part.steps[0]?.do) needs[start + index] = givesFirst ? start : start + index - 1;
      steps.push(step);
    }
  }
  const notes = parts.flatMap(({ name, note }) => (note === undefined ? [] : `${name}: ${note}`));
  const note = notes.length === 0 ? {} : { note: notes.join('; ') };
  return { steps, independent: true, needs, ...note };
}

export function planReplacement(
  held: readonly RoleAssignment[],
  old: NewRoleAssignment,
  fresh: NewRoleAssignment,
  { allowGap }: { allowGap?: boolean | undefined },
  userName: string,
): Replacement {
  const before = held.filter((assignment) => grantsEqual(assignment, old));
  const after = held.find((assignment) => grantsEqual(assignment, fresh));
  if (before.length === 0) {
    return after === undefined
      ? { steps: [], note: 'The user has neither role there: nothing to replace' }
      : { steps: [], sid: after.sid, note: 'The user has the new role already' };
  }
  const taking = before.map((assignment): Change => ({ do: 'delete-assignment', assignment }));
  if (after !== undefined) return { steps: taking, sid: after.sid };
  const giving: Change = { do: 'create-assignment', grant: fresh };
  if (held.length < maxRolesPerUser) return { steps: [giving, ...taking] };
  if (allowGap) return { steps: [...taking, giving] };
  throw new AppError(
    'conflict',
    `${userName} holds ${maxRolesPerUser} roles, which is the most that Twilio allows: nothing was changed`,
    {
      hint: 'Pass --allow-gap to take the old role away first; the user is without both for a moment',
    },
  );
}
