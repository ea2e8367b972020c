import { inputFormatNames } from '../../changes/input/formats/index.ts';
import { type Input, openInput } from '../../changes/input/open.ts';
import { streamPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import {
  planItems,
  type RowPolicy,
  readState,
  type UserRow,
  type UserRows,
  userInputSchema,
  validateRows,
} from '../../changes/planners/import-users.ts';
import { withResultsFile } from '../../changes/runs/results-file.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { resultsFile } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags } from '../../cli/flag-spec.ts';
import { keepMemoryFlat } from '../../cli/heap.ts';
import { columnPolicy, type InputFlags, inputFlags } from '../../cli/input-flags.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { alwaysNeeded, withRoles } from '../../cli/scope-conditions.ts';
import { pluralize } from '../../platform/core/text.ts';

export interface ImportOptions extends BulkFlags, InputFlags, RowPolicy {
  results?: string;
}

const flags = defineFlags({
  createOnly: { summary: 'skip existing users', conflicts: ['updateOnly'] },
  updateOnly: { summary: 'never create users', conflicts: ['createOnly'] },
  ...inputFlags,
  results: resultsFile,
  ...bulkFlags,
});

/** The scopes of `import` and `onboard`. */
export const importScopes = {
  'managed-users/create': ['where users are missing'],
  'managed-users/update': ['where users differ'],
  'managed-users/list': [alwaysNeeded],
  'role-assignments/create': [withRoles],
  'role-assignments/list': [withRoles],
  'roles/list': [withRoles],
} as const;

export const importCommand = defineCommand({
  name: 'users import',
  summary: `Create and change users from a file (${inputFormatNames})`,
  args: { file: { summary: 'file to read, or - for standard input' } },
  flags,
  scopes: importScopes,
  effect: 'removes',
  examples: [
    'twilio-org users import joiners.csv --dry-run',
    'twilio-org users import joiners.csv --yes --results results.csv',
  ],
  notes: `Columns, in any order: ${Object.keys(userInputSchema.names).join(', ')}.
An empty cell or a missing column leaves a field unchanged.
The columns id and sid, as in lists and results files, are compared and never changed.
`,
  run: (ctx, { file, flags }) => run(ctx, file, flags),
});

async function run(ctx: Context, file: string, options: ImportOptions): Promise<void> {
  const input = await openInput(ctx, file, ctx.runtime.stdin, columnPolicy(options));
  try {
    await importUsers(ctx, { name: input.name, rows: () => people(input) }, options);
  } finally {
    await input.close();
  }
}

async function* people(input: Input): AsyncGenerator<UserRow> {
  for await (const row of input.rows(userInputSchema)) yield { ...row, roles: [row.cells] };
}

/** Checks, plans, reviews and imports rows. */
export async function importUsers(ctx: Context, people: UserRows, options: ImportOptions): Promise<void> {
  await keepMemoryFlat();
  const settings = await ctx.settings();
  const found = await validateRows(people, settings);
  if (found.deactivates) ctx.requireConfirmable();
  const state = await readState(await ctx.organization(), settings, people, found);
  const head = await newPlanHeader(ctx, ['line', 'email']);
  const plan = await streamPlan(head, () => planItems(people, state, options));
  await checkRoleLimit(plan, state.assignments);
  await withResultsFile(ctx, options.results, plan, ctx.flags.dryRun === true, (onResult) =>
    reviewAndRun(ctx, plan, options, { title: `${pluralize(plan.size, 'row')} of ${people.name}`, onResult }),
  );
}
