import { checkPreconditions } from '../../changes/plan/check-preconditions.ts';
import { type Plan, verbOf } from '../../changes/plan/plan.ts';
import { withRunLock } from '../../changes/runs/exclusive.ts';
import { givenAccessBy, isOffboarding } from '../../changes/runs/give-back.ts';
import { readHeader } from '../../changes/runs/plan-file.ts';
import { runPath } from '../../changes/runs/run-store.ts';
import { bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { askFile } from '../../cli/questions/asks.ts';
import { checkPlanTarget, newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { readSavedPlan } from '../../cli/review/saved-plan.ts';
import type { Organization } from '../../organization/organization.ts';
import { AppError } from '../../platform/core/errors.ts';
import { reportView, withOffboardingReport } from '../../reports/offboarding.ts';
import { adviceForPlan } from './shared/guard-advice.ts';
import { agreeToGiveBack, type ReactivateFlags, reactivateFlag } from './shared/reactivate.ts';

export const applyCommand = defineCommand({
  name: 'runs apply',
  summary: 'Run exactly a plan that --plan-out saved, if nothing has changed since',
  args: { file: { summary: 'the plan', ask: askFile('Which saved plan?', 'changes.plan') } },
  flags: { ...bulkFlags, ...reactivateFlag },
  scopes: 'as-sent',
  effect: 'removes',
  examples: [
    'twilio-org runs apply joiners.plan',
    'twilio-org runs apply joiners.plan --yes --concurrency 4',
  ],
  run: (ctx, { file, flags }) => apply(ctx, file, flags),
});

async function apply(ctx: Context, file: string, flags: ReactivateFlags): Promise<void> {
  const { head, plan } = await readSavedPlan(file);
  if (head.offboarding !== undefined) ctx.out.checkFields(reportView);
  await checkPlanTarget(ctx, head);
  if (plan.removals.length > 0) ctx.requireConfirmable();
  // The lock has the plan's own name, wherever its file is, or that of the run it undoes. Of two at once, the second finds that
  // the plan is stale.
  await withRunLock(
    ctx,
    runPath(ctx.configDir, head.undoes ?? head.run),
    ctx.flags.dryRun === true,
    async () => {
      const organization = await ctx.organization();
      await checkPreconditions(organization, plan);
      if (head.undoes !== undefined) await agreeToUndo(ctx, organization, plan, head.undoes, flags);
      // The journal gets the names of the roles as they are now, and none that the file claims.
      const { type: _, version: __, run: ___, role_names: ____, planned_at, undoes, ...planned } = head;
      // One person may plan and another apply, with a profile or variables of the same name.
      const { client_id, actor, program } = await newPlanHeader(ctx, []);
      const verb = verbOf(head);
      await withOffboardingReport(ctx, plan, (reported) =>
        reviewAndRun(ctx, { ...plan, head: { ...planned, verb, client_id, actor, program } }, flags, {
          // The command is a claim of the file. The changes below the title are what is sent.
          title: `The plan of ${planned_at}, which says that "${head.command}" made it, changes`,
          ...adviceForPlan(head, file),
          ...(undoes === undefined ? {} : { undoes }),
          ...reported,
        }),
      );
    },
  );
}

/** Asks before the plan of an undo gives access back, as an undo does. */
async function agreeToUndo(
  ctx: Context,
  organization: Organization,
  plan: Plan,
  undoes: string,
  flags: ReactivateFlags,
): Promise<void> {
  const ids = await givenAccessBy(plan);
  const directory = await organization.users.named(ids.map((id) => ({ id })));
  const undone = await readHeader(runPath(ctx.configDir, undoes)).catch((error: unknown) => {
    // It may have been made on another machine, or was pruned.
    if (error instanceof AppError) return undefined;
    throw error;
  });
  const ofOffboarding = undone !== undefined && isOffboarding(undone);
  await agreeToGiveBack(ctx, { plan, directory, ofOffboarding }, flags);
}
