import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { Change } from '../plan/change.ts';
import { describeChange } from '../plan/describe.ts';
import type { LabelFor } from '../plan/kinds/change-kind.ts';
import type { Plan } from '../plan/plan.ts';
import { grantKey } from './grant-map.ts';

/** Differences that a refusal names. */
const maxShown = 10;

/**
 * Refuses to go on where a saved plan, which somebody has approved, differs from the plan of the files and the organization as
 * they are now. The saved file is never executed: whoever can write to it decides nothing.
 *
 * @throws conflict
 */
export async function refuseDifferingPlan(saved: Plan, now: Plan, label: LabelFor): Promise<void> {
  const [before, after] = [await changesByKey(saved, label), await changesByKey(now, label)];
  const lines = [
    ...[...after].filter(([key]) => !before.has(key)).map(([, text]) => `new: ${text}`),
    ...[...before].filter(([key]) => !after.has(key)).map(([, text]) => `no longer: ${text}`),
  ];
  if (lines.length === 0) return;
  const more = lines.length > maxShown ? [`and ${lines.length - maxShown} more`] : [];
  const shown = [...lines.slice(0, maxShown), ...more];
  const summary = `The saved plan differs in ${pluralize(lines.length, 'change')} from what the files and the organization call for now`;
  throw new AppError('conflict', `${summary}: ${shown.join('; ')}`, {
    hint: 'Nothing was changed. Make the plan again with access plan, and have it approved again',
    ...(lines.length > 1 && { listed: { summary, lines: shown } }),
  });
}

/** The changes of a plan in words, each by a key of what it does. */
async function changesByKey(plan: Plan, label: LabelFor): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { row, steps } of plan.items()) {
    for (const step of steps)
      found.set(keyOf(step), `${row.userName ?? row.id ?? ''}: ${describeChange(step, label)}`);
  }
  return found;
}

function keyOf(step: Change): string {
  if (step.do === 'delete-assignment') return `remove ${step.assignment.sid.toLowerCase()}`;
  if (step.do === 'create-assignment' && step.grant.identity !== null)
    return `give ${grantKey({ ...step.grant, identity: step.grant.identity })}`;
  // No plan of files makes such a change.
  return JSON.stringify(step);
}
