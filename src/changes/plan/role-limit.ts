import type { AssignmentIndex } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import { maxRolesPerUser } from '../../twilio/role-assignments.ts';
import type { Plan } from './plan.ts';

/** How many users are named. */
const shown = 10;

/** Refuses, before anything is sent, a plan after which somebody would hold more roles than Twilio allows. */
export async function checkRoleLimit(plan: Plan, holdings: AssignmentIndex): Promise<void> {
  if (plan.steps['create-assignment'] <= 0) return;
  const held = new Map<string, number>();
  const over = new Map<string, string>();
  for await (const { row, steps } of plan.items()) {
    const { line, email, user } = row;
    for (const step of steps) {
      if (step.do !== 'create-assignment') continue;
      // Of a user who is new, this row says everything.
      const key = step.grant.identity ?? `line ${line}`;
      const count = (held.get(key) ?? holdings.of(key).length) + 1;
      held.set(key, count);
      const where = line === undefined ? '' : ` (line ${line})`;
      if (count > maxRolesPerUser) over.set(key, `${email ?? user} would hold ${count} roles${where}`);
    }
  }
  if (over.size === 0) return;
  const more = over.size > shown ? `; and ${over.size - shown} more` : '';
  throw new AppError(
    'conflict',
    `${[...over.values()].slice(0, shown).join('; ')}${more}, and Twilio allows ${maxRolesPerUser}: nothing was changed`,
    { hint: 'Take some away first: twilio-org role-assignments delete' },
  );
}
