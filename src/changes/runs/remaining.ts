import { type Plan, streamedPlan } from '../plan/plan.ts';
import { isDone, itemsWithProgress } from './outcomes.ts';
import type { KeptRun } from './records.ts';

/** The rest of a run: steps not done yet or with an unknown outcome. */
export function leftOf(kept: KeptRun): Promise<Plan> {
  return streamedPlan(kept.plan.head, async function* () {
    for await (const { item, steps } of itemsWithProgress(kept)) {
      const open = item.steps.filter((_, number) => !isDone(steps[number]));
      if (open.length > 0) yield { ...item, steps: open };
    }
  });
}
