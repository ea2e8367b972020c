import { refuseDifferingPlan } from '../../changes/declared/saved-plan.ts';
import { withApplyLock } from '../../changes/runs/exclusive.ts';
import { type BulkFlags, throttleFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { givenFlags } from '../../cli/given-flags.ts';
import { guardFlags } from '../../cli/guard-flags.ts';
import { checkPlanTarget } from '../../cli/review/plan-head.ts';
import { labelsFor } from '../../cli/review/plan-labels.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { readSavedPlan } from '../../cli/review/saved-plan.ts';
import { shellQuote } from '../../platform/core/text.ts';
import { declaredFlags, directoryArg, planFromFiles, readingScopes } from './shared/declared.ts';

const flags = defineFlags({
  ...declaredFlags,
  plan: {
    value: 'file',
    summary:
      'refuse to change anything unless the plan is still the one in this file, which access plan saved',
  },
  ...guardFlags,
  ...throttleFlags,
});

export const applyCommand = defineCommand({
  name: 'access apply',
  summary: 'Give and remove roles so that the organization is as the files say',
  args: directoryArg,
  flags,
  scopes: {
    ...readingScopes,
    'role-assignments/create': ['where roles are missing'],
    'role-assignments/delete': ['without --only-add'],
  },
  effect: 'removes',
  examples: [
    'twilio-org access apply access --dry-run',
    'twilio-org access apply access --plan access.plan --yes',
  ],
  run: (ctx, { directory, flags }) => apply(ctx, directory, flags),
});

async function apply(
  ctx: Context,
  directory: string,
  options: BulkFlags & FlagsOf<typeof flags>,
): Promise<void> {
  if (!options.onlyAdd) ctx.requireConfirmable();
  const saved = options.plan === undefined ? undefined : await readSavedPlan(options.plan);
  if (saved !== undefined) await checkPlanTarget(ctx, saved.head);
  // Of two at once, the second plans when the first has ended, and finds nothing left to do.
  await withApplyLock(ctx, ctx.flags.dryRun === true, async () => {
    const { plan, options: review } = await planFromFiles(ctx, directory, options);
    if (saved !== undefined) await refuseDifferingPlan(saved.plan, plan, await labelsFor(ctx, plan));
    await reviewAndRun(ctx, plan, options, {
      ...review,
      finish: review.allowances?.length ? finishAdvice(ctx, directory, options) : undefined,
    });
  });
}

/** `runs resume` does not read the files, so it knows no `allow_removals`. */
function finishAdvice(ctx: Context, directory: string, options: FlagsOf<typeof flags>): string {
  if (options.plan === undefined) return `Finish with: ${ctx.commandLine}`;
  // The plan that was approved no longer holds: a part of it is done.
  const given = givenFlags({ ...declaredFlags, ...guardFlags }, options);
  const files = [directory, '--plan-out', options.plan].map(shellQuote);
  return ['Plan the rest with: twilio-org access plan', ...files, ...given].join(' ');
}
