import { verbOf } from '../../../changes/plan/plan.ts';
import type { RunHeader } from '../../../changes/runs/records.ts';
import type { ReviewOptions } from '../../../cli/review/review.ts';
import { shellQuote } from '../../../platform/core/text.ts';

type GuardAdvice = Pick<ReviewOptions, 'advice' | 'allowedBy'>;

/** The command line of a run or a plan names no users to leave out. */
const advice = { protected: 'To allow it, add --override-guards' };

export const adviceForUndo: GuardAdvice = { advice };

/**
 * Advice for guards that refuse the rest of a run. What `allow_removals` of declared files allows counts for `access apply`
 * alone, which reads the files again: a journal that carried it would outlive its review and its last day.
 */
export function adviceForRun(head: RunHeader): GuardAdvice {
  if (verbOf(head) !== 'access apply') return { advice };
  const way = / --plan(?= |=)/.test(head.command)
    ? 'plan the rest with `access plan --plan-out`, and apply that plan with `access apply --plan`'
    : head.command;
  return { advice, allowedBy: `Or, where allow_removals counts: ${way}` };
}

/** The same for a saved plan. Its file may come from others, so nothing in it is shown as a command to run. */
export function adviceForPlan(head: RunHeader, file: string): GuardAdvice {
  if (verbOf(head) !== 'access plan') return { advice };
  const command = `twilio-org access apply DIR --plan ${shellQuote(file)}`;
  return { advice, allowedBy: `Or, where allow_removals counts: ${command}` };
}
