import { inputFormatNames } from '../../changes/input/formats/index.ts';
import { openInput } from '../../changes/input/open.ts';
import { streamPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import {
  assignmentInputSchema,
  planItems,
  readState,
  validateRows,
} from '../../changes/planners/import-role-assignments.ts';
import { withResultsFile } from '../../changes/runs/results-file.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { resultsFile } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { columnPolicy, inputFlags } from '../../cli/input-flags.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { pluralize } from '../../platform/core/text.ts';

const flags = defineFlags({ ...inputFlags, results: resultsFile, ...bulkFlags });

export const importCommand = defineCommand({
  name: 'role-assignments import',
  summary: `Give the roles that a file lists (${inputFormatNames})`,
  args: { file: { summary: 'file to read, or - for standard input' } },
  flags,
  scopes: {
    'role-assignments/create': [alwaysNeeded],
    'role-assignments/list': [alwaysNeeded],
    'managed-users/list': [alwaysNeeded],
    'roles/list': [alwaysNeeded],
  },
  effect: 'changes',
  examples: [
    'twilio-org role-assignments import roles.csv --dry-run',
    'twilio-org role-assignments import roles.csv --results given.csv',
  ],
  notes: `Columns, in any order: ${Object.keys(assignmentInputSchema.names).join(', ')}.
An import only adds roles; it never removes any.
`,
  run: (ctx, { file, flags }) => run(ctx, file, flags),
});

async function run(ctx: Context, file: string, options: BulkFlags & FlagsOf<typeof flags>): Promise<void> {
  const input = await openInput(ctx, file, ctx.runtime.stdin, columnPolicy(options));
  try {
    const settings = await ctx.settings();
    const found = await validateRows(input, settings);
    const state = await readState(await ctx.organization(), settings, input, found);
    const head = await newPlanHeader(ctx, ['line', 'user', 'role', 'scope']);
    const plan = await streamPlan(head, () => planItems(input, state));
    await checkRoleLimit(plan, state.assignments);
    await withResultsFile(ctx, options.results, plan, ctx.flags.dryRun === true, (onResult) =>
      reviewAndRun(ctx, plan, options, {
        title: `${pluralize(plan.size, 'row')} of ${input.name}`,
        onResult,
      }),
    );
  } finally {
    await input.close();
  }
}
