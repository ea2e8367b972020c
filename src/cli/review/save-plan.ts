import { countChanges, type Plan } from '../../changes/plan/plan.ts';
import { assertPlanPath, writePlanFile } from '../../changes/runs/plan-file.ts';
import { withRoleNames } from '../../changes/runs/role-names.ts';
import { newRunHeader } from '../../changes/runs/run-store.ts';
import { shellQuote } from '../../platform/core/text.ts';
import { outputFileHint } from '../../platform/fs/errors.ts';
import type { Context } from '../context.ts';
import type { FlagsOf } from '../flag-spec.ts';
import { givenFlags } from '../given-flags.ts';
import { guardFlags } from '../guard-flags.ts';

export interface SaveOptions {
  /** The run that the plan undoes. */
  undoes?: string | undefined;
  /** The command that executes the plan; `runs apply` when absent. */
  applyCommand?: string | undefined;
  /** The guards that let the plan through: they are checked again before it is executed. */
  guards?: FlagsOf<typeof guardFlags>;
}

/** Saves a plan for `runs apply`. */
export async function savePlan(
  ctx: Context,
  plan: Plan,
  file: string,
  { undoes, applyCommand = `twilio-org runs apply ${shellQuote(file)}`, guards = {} }: SaveOptions = {},
): Promise<void> {
  await assertPlanPath(file);
  const head = await newRunHeader(await withRoleNames(ctx, plan), ctx.runtime.now(), undoes);
  await writePlanFile(file, head, plan.items, outputFileHint);
  const command = [applyCommand, ...givenFlags(guardFlags, guards)].join(' ');
  ctx.messages.note(
    countChanges(plan) === 0 && undoes === undefined
      ? `${file} has a plan without changes: there is nothing to run`
      : `Nothing was changed. Run the plan with: ${ctx.withProfile(command)}`,
  );
}
