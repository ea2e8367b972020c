import type { PlanLabels } from '../../changes/plan/people.ts';
import { countChanges, type Plan } from '../../changes/plan/plan.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { givenFlags } from '../../cli/given-flags.ts';
import { guardFlags } from '../../cli/guard-flags.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize, shellQuote } from '../../platform/core/text.ts';
import type { PlanDocumentOptions } from '../../reports/access-plan.ts';
import { declaredFlags, directoryArg, planFromFiles, readingScopes } from './shared/declared.ts';

const flags = defineFlags({
  ...declaredFlags,
  planOut: { ...bulkFlags.planOut, summary: 'save the plan for access apply --plan' },
  exitCode: { summary: 'exit with 10 when there is something to do' },
  ...guardFlags,
});

export const planCommand = defineCommand({
  name: 'access plan',
  summary: 'Show what access apply would change, and the line that asks for it',
  args: directoryArg,
  flags,
  scopes: readingScopes,
  effect: 'reads',
  documents: ['markdown'],
  examples: [
    'twilio-org access plan access',
    'twilio-org access plan access --exit-code --plan-out access.plan',
  ],
  run: (ctx, { directory, flags }) => show(ctx, directory, flags),
});

async function show(
  ctx: Context,
  directory: string,
  options: BulkFlags & FlagsOf<typeof flags>,
): Promise<void> {
  const { planOut, at, exitCode } = options;
  if (planOut !== undefined && at !== undefined)
    throw usageError('A plan from a snapshot cannot be applied', 'Leave out --plan-out or --at');
  const { plan, options: review } = await planFromFiles(ctx, directory, options);
  const changes = countChanges(plan);
  const apply = `twilio-org access apply ${shellQuote(directory)}`;
  const planFlags = givenFlags(declaredFlags, options);
  await reviewAndRun(ctx, plan, options, {
    ...review,
    isOnlyShown: true,
    show:
      ctx.out.document === undefined
        ? undefined
        : (labels, refusals) => showDocument(ctx, plan, labels, { directory, refusals }),
    ...(planOut === undefined
      ? {}
      : { applyCommand: [apply, '--plan', shellQuote(planOut), ...planFlags].join(' ') }),
  });
  if (exitCode && changes > 0)
    throw new AppError('differences', `${pluralize(changes, 'change')} to make`, {
      hint: `To make ${changes === 1 ? 'it' : 'them'}: ${[apply, ...planFlags, ...givenFlags(guardFlags, options)].join(' ')}`,
    });
}

async function showDocument(
  ctx: Context,
  plan: Plan,
  labels: PlanLabels,
  options: PlanDocumentOptions,
): Promise<void> {
  const { accessPlanMarkdown } = await import('../../reports/access-plan.ts');
  await ctx.out.printDocument(await accessPlanMarkdown(plan, labels, options));
}
