import type { Plan } from '../../changes/plan/plan.ts';
import { maxFailuresInARow, type RunEnd } from '../../changes/runs/execute.ts';
import { AppError } from '../../platform/core/errors.ts';
import { joinSentences } from '../../platform/core/text.ts';
import type { FlagsOf } from '../flag-spec.ts';
import { givenFlags } from '../given-flags.ts';
import { guardFlags } from '../guard-flags.ts';

/**
 * The error that a run ends with, or undefined when every item succeeded.
 *
 * @param resume advice on how to resume the run; undefined where nothing is recorded
 */
export function runFailure(
  { totals, failures, canResume }: RunEnd,
  plan: Pick<Plan, 'head' | 'size'>,
  resume: string | undefined,
): AppError | undefined {
  const left = totals.failed + totals.notTried;
  if (left === 0) return undefined;
  const { first, stop } = failures;
  const done = plan.size - left;
  const advice = canResume ? resume : undefined;
  if (stop?.kind === 'cancelled') {
    const hint = advice === undefined ? first?.hint : undefined;
    return withResume(new AppError('cancelled', `Stopped after ${done} of ${plan.size}`, { hint }), advice);
  }
  // Nothing changed, for one reason: that reason says more than a count.
  if (first !== undefined && done === 0 && failures.haveSameCause) return withResume(first, advice);
  const rest =
    failures.gaveUp && totals.notTried > 0
      ? `; the run ended after ${maxFailuresInARow} failures in a row`
      : '';
  const were = left === 1 ? 'was' : 'were';
  return withResume(
    new AppError('partial', `${left} of ${plan.size} ${were} not ${plan.head.done ?? 'done'}${rest}`, {
      hint: (failures.haveSameHint ? first?.hint : undefined) ?? 'The list above has the result of each',
    }),
    advice,
  );
}

/** The error with the advice on how to resume the run. */
export function withResume(error: AppError, advice: string | undefined): AppError {
  if (advice === undefined) return error;
  return error.withHint(error.hint === undefined ? advice : joinSentences([error.hint, advice]));
}

/** Advice to resume a run with the guards that it had: the rest may need them as well. */
export function resumeAdvice(run: string, guards: FlagsOf<typeof guardFlags>): string {
  return ['Resume with: twilio-org runs resume', run, ...givenFlags(guardFlags, guards)].join(' ');
}
