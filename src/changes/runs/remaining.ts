import { type Plan, streamPlan } from '../plan/plan.ts';
import { isDone, itemsWithState } from './outcomes.ts';
import type { StoredRun } from './records.ts';

/** The rest of a run: the changes that are not known to be done. */
export function remainingPlan(kept: StoredRun): Promise<Plan> {
  return streamPlan(kept.plan.head, async function* () {
    for await (const { item, steps } of itemsWithState(kept)) {
      const open = item.steps.filter((_, number) => !isDone(steps[number]));
      if (open.length > 0) yield { ...item, steps: open };
    }
  });
}
