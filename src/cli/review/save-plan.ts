import type { Plan } from '../../changes/plan/plan.ts';
import { assertPlanPath, writePlanFile } from '../../changes/runs/plan-file.ts';
import { withRoleNames } from '../../changes/runs/role-names.ts';
import { newRunHeader } from '../../changes/runs/run-store.ts';
import { shellQuote } from '../../platform/core/text.ts';
import { outputFileHint } from '../../platform/fs/errors.ts';
import type { Context } from '../context.ts';

/** Saves a plan for `runs apply`. @param undoes the run that the plan undoes */
export async function savePlan(ctx: Context, plan: Plan, file: string, undoes?: string): Promise<void> {
  await assertPlanPath(file);
  const head = await newRunHeader(await withRoleNames(ctx, plan), ctx.runtime.now(), undoes);
  await writePlanFile(file, head, plan.items, outputFileHint);
  const apply = ctx.withProfile(`twilio-org runs apply ${shellQuote(file)}`);
  ctx.messages.note(`Nothing was changed. Run the plan with: ${apply}`);
}
