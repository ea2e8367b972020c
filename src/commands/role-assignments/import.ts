import { inputFormatNames } from '../../changes/input/formats/index.ts';
import type { Input } from '../../changes/input/open.ts';
import type { RowError } from '../../changes/input/row-errors.ts';
import { throwIfInvalid } from '../../changes/input/row-errors.ts';
import { streamPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import {
  assignmentInputSchema,
  type OrganizationState,
  planItems,
  readState,
  validateRows,
} from '../../changes/planners/import-role-assignments.ts';
import type { MatchKey } from '../../changes/planners/match-users.ts';
import { withResultsFile } from '../../changes/runs/results-file.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { resultsFile } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { inputFlags, openTable } from '../../cli/input-flags.ts';
import { matchFlag } from '../../cli/match-flag.ts';
import { askFile } from '../../cli/questions/asks.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import type { KnownScopes } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';

const flags = defineFlags({
  match: { ...matchFlag.match, default: 'any of the three, as the column has it' },
  ...inputFlags,
  results: resultsFile,
  ...bulkFlags,
});

export const importCommand = defineCommand({
  name: 'role-assignments import',
  summary: `Give the roles that a file lists (${inputFormatNames})`,
  args: {
    file: {
      summary: 'file to read, or - for standard input',
      ask: askFile('Which file holds the role assignments?', 'assignments.csv'),
    },
  },
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
  const input = await openTable(ctx, file, options);
  try {
    const known = await ctx.scopes();
    const state = await checkedState(ctx, input, known, options.match);
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

/** Reads what the rows name. All errors come together. Only an input that can't be read is refused at once. */
async function checkedState(
  ctx: Context,
  input: Input,
  known: KnownScopes,
  match: MatchKey | undefined,
): Promise<OrganizationState> {
  const errors: RowError[] = [];
  const found = await validateRows(input, known, match, errors);
  if (found.isPartial) throwIfInvalid(input.name, errors);
  let state: OrganizationState | undefined;
  try {
    state = await readState(await ctx.organization(), known, input, found, match, errors);
  } catch (error) {
    // The errors found so far are certain, whatever kept the organization from being read.
    if (!(error instanceof AppError) || errors.length === 0) throw error;
  }
  throwIfInvalid(input.name, errors);
  if (state === undefined) throw new Error('The organization was not read');
  return state;
}
