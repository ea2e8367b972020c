import type { Plan } from '../../changes/plan/plan.ts';
import { maxFailuresInARow, type RunEnd } from '../../changes/runs/execute.ts';
import { AppError } from '../../platform/core/errors.ts';

/** The error that a run ends with, or undefined when every item succeeded. */
export function runFailure(
  { totals, failures, canResume }: RunEnd,
  plan: Pick<Plan, 'head' | 'size'>,
  run: string | undefined,
): AppError | undefined {
  const left = totals.failed + totals.notTried;
  if (left === 0) return undefined;
  const { first, stop } = failures;
  const done = plan.size - left;
  const resumable = canResume ? run : undefined;
  if (stop?.kind === 'cancelled') {
    const hint = resumable === undefined ? first?.hint : undefined;
    return withResume(
      new AppError('cancelled', `Stopped after ${done} of ${plan.size}`, { hint }),
      resumable,
    );
  }
  // Nothing changed, for one reason: that reason says more than a count.
  if (first !== undefined && done === 0 && failures.haveSameCause) return withResume(first, resumable);
  const rest =
    failures.gaveUp && totals.notTried > 0
      ? `; the run ended after ${maxFailuresInARow} failures in a row`
      : '';
  const were = left === 1 ? 'was' : 'were';
  return withResume(
    new AppError('partial', `${left} of ${plan.size} ${were} not ${plan.head.done ?? 'done'}${rest}`, {
      hint: (failures.haveSameHint ? first?.hint : undefined) ?? 'The list above has the result of each',
    }),
    resumable,
  );
}

/** The error with the command that resumes the run. */
export function withResume(error: AppError, run: string | undefined): AppError {
  if (run === undefined) return error;
  const resume = `Resume with: twilio-org runs resume ${run}`;
  return error.withHint(error.hint === undefined ? resume : `${error.hint}. ${resume}`);
}
