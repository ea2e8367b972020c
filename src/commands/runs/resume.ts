import { mustBeKeptWhole } from '../../changes/plan/plan.ts';
import { withRunLock } from '../../changes/runs/exclusive.ts';
import { readPlanFile } from '../../changes/runs/plan-file.ts';
import { resumed } from '../../changes/runs/recording.ts';
import { remainingPlan } from '../../changes/runs/remaining.ts';
import { findUndoOf, loadRun, runPath } from '../../changes/runs/run-store.ts';
import { type BulkFlags, throttleFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { guardFlags } from '../../cli/guard-flags.ts';
import { checkPlanTarget, newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { resultView } from '../../cli/review/run-output.ts';
import { AppError } from '../../platform/core/errors.ts';
import { reportView, withOffboardingReport } from '../../reports/offboarding.ts';
import { adviceForRun } from './shared/guard-advice.ts';
import { runArg, whichRun } from './shared/which-run.ts';

export const resumeCommand = defineCommand({
  name: 'runs resume',
  summary: 'Resume a run: skip what is done, and check the rest before sending it',
  args: { run: runArg('resume') },
  flags: { ...guardFlags, ...throttleFlags },
  scopes: 'as-sent',
  effect: 'removes',
  continuesRun: true,
  examples: ['twilio-org runs resume 20260314-091500123-4f2a', 'twilio-org runs resume last --yes --quiet'],
  run: (ctx, { run, flags }) => resume(ctx, run, flags),
});

async function resume(ctx: Context, named: string, flags: BulkFlags): Promise<void> {
  const run = await whichRun(ctx, named, 'resume');
  const file = runPath(ctx.configDir, run);
  const { head, plan } = await loadRun(ctx.configDir, run, ctx.messages.warn);
  ctx.out.checkFields(head.offboarding === undefined ? resultView(head) : reportView);
  await checkPlanTarget(ctx, head);
  if (plan.removals.length > 0) ctx.requireConfirmable();
  await withRunLock(ctx, file, ctx.flags.dryRun === true, async (stillHeld) => {
    const kept = await readPlanFile(file);
    const by = await findUndoOf(ctx.configDir, run);
    if (by !== undefined) {
      throw new AppError('conflict', `This run was undone by ${by}. Nothing was changed`, {
        hint: `To finish the undo: twilio-org runs resume ${by}. To do this again, run its command: ${head.command}`,
      });
    }
    const left = await remainingPlan(kept);
    await mustBeKeptWhole(left);
    // The results are printed again, because the output of the run may be lost.
    if (left.size === 0) ctx.messages.note('Nothing to resume: every change is done');
    await withOffboardingReport(ctx, plan, (report) =>
      reviewAndRun(ctx, left, flags, {
        title: `${left.size} of ${plan.size} remain of: ${head.command}`,
        asksFor: 'removals',
        ...adviceForRun(head),
        async record(work) {
          const { actor, client_id, program } = await newPlanHeader(ctx, []);
          const by = left.size > 0 ? { actor, client_id, program } : undefined;
          await resumed(ctx, file, kept, { by, stillHeld }, work);
        },
        ...report,
      }),
    );
  });
}
