import type { AssignmentIndex } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import { maxRolesPerUser } from '../../twilio/role-assignments.ts';
import type { Plan } from './plan.ts';

/** The error names this many users. */
const maxNamed = 10;

/** @throws conflict where a user would have more roles than Twilio allows after the plan */
export async function checkRoleLimit(plan: Plan, assignments: AssignmentIndex): Promise<void> {
  if (plan.steps['create-assignment'] <= 0) return;
  const held = new Map<string, number>();
  const over = new Map<string, string>();
  for await (const { row, steps } of plan.items()) {
    const { line, email, user } = row;
    for (const step of steps) {
      if (step.do !== 'create-assignment') continue;
      // A new user has the roles of this row alone.
      const key = step.grant.identity ?? `line ${line}`;
      const count = (held.get(key) ?? assignments.of(key).length) + 1;
      held.set(key, count);
      const where = line === undefined ? '' : ` (line ${line})`;
      if (count > maxRolesPerUser) over.set(key, `${email ?? user} would have ${count} roles${where}`);
    }
  }
  if (over.size === 0) return;
  const more = over.size > maxNamed ? `; and ${over.size - maxNamed} more` : '';
  throw new AppError(
    'conflict',
    `${[...over.values()].slice(0, maxNamed).join('; ')}${more}; Twilio's limit is ${maxRolesPerUser}. Nothing was changed`,
    { hint: 'Remove some roles first: twilio-org role-assignments delete' },
  );
}
