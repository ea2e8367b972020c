import { inputFormatNames } from '../../changes/input/formats/index.ts';
import type { Input } from '../../changes/input/open.ts';
import { throwIfInvalid } from '../../changes/input/row-errors.ts';
import { streamPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import {
  RowErrors,
  type RowPolicy,
  type UserRow,
  type UserRows,
  userInputSchema,
  userSchemaFor,
  validateRows,
} from '../../changes/planners/import-users.ts';
import { type OrganizationState, planItems, readState } from '../../changes/planners/import-users-plan.ts';
import { type TemplateProblem, throwIfTemplateInvalid } from '../../changes/planners/onboarding-template.ts';
import { withResultsFile } from '../../changes/runs/results-file.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { resultsFile } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags } from '../../cli/flag-spec.ts';
import { type InputFlags, inputFlags, openTable } from '../../cli/input-flags.ts';
import { matchFlag } from '../../cli/match-flag.ts';
import { askFile } from '../../cli/questions/asks.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { alwaysNeeded, withRoles } from '../../cli/scope-conditions.ts';
import { AppError } from '../../platform/core/errors.ts';
import { prepareForLongLists } from '../../platform/core/long-lists.ts';
import { pluralize } from '../../platform/core/text.ts';

export interface ImportOptions extends BulkFlags, InputFlags, RowPolicy {
  results?: string;
}

/** The flags of `import` and `onboard`. */
export const rowFlags = defineFlags({
  ...matchFlag,
  createInactive: { summary: 'also create users whom their rows call inactive' },
  reactivate: { summary: 'activate users who are not active, unless their rows call them inactive' },
});

const flags = defineFlags({
  ...rowFlags,
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
  args: {
    file: {
      summary: 'file to read, or - for standard input',
      ask: askFile('Which file holds the users?', 'users.csv'),
    },
  },
  flags,
  scopes: importScopes,
  effect: 'removes',
  examples: [
    'twilio-org users import joiners.csv --dry-run',
    'twilio-org users import joiners.csv --yes --results results.csv',
    'twilio-org users import new-addresses.csv --match id --dry-run',
  ],
  notes: `Columns, in any order: ${Object.keys(userInputSchema.names).join(', ')}.
An empty cell or a missing column leaves a field unchanged; a cell <clear> empties it.
The columns id and sid, as in lists and results files, are compared and never changed.
With --match id or external-id, a different e-mail address in a row is the user's new one.
`,
  run: (ctx, { file, flags }) => run(ctx, file, flags),
});

async function run(ctx: Context, file: string, options: ImportOptions): Promise<void> {
  const input = await openTable(ctx, file, options);
  try {
    await importUsers(ctx, { name: input.name, rows: () => people(input, options) }, options);
  } finally {
    await input.close();
  }
}

async function* people(input: Input, { match }: ImportOptions): AsyncGenerator<UserRow> {
  for await (const row of input.rows(userSchemaFor(match))) yield { ...row, roles: [{ cells: row.cells }] };
}

/** Checks, plans, reviews and imports rows. */
export async function importUsers(
  ctx: Context,
  people: UserRows,
  options: ImportOptions,
  templateProblems: readonly TemplateProblem[] = [],
): Promise<void> {
  prepareForLongLists();
  const state = await checkedState(ctx, people, options, templateProblems);
  const head = await newPlanHeader(ctx, ['line', 'email']);
  const plan = await streamPlan(head, () => planItems(people, state, options));
  await checkRoleLimit(plan, state.assignments);
  await withResultsFile(ctx, options.results, plan, ctx.flags.dryRun === true, (onResult) =>
    reviewAndRun(ctx, plan, options, { title: `${pluralize(plan.size, 'row')} of ${people.name}`, onResult }),
  );
}

/**
 * Reads what the rows name. All errors of the rows and of the template come together, whether a request finds them or not. Only an
 * input that can't be read is refused at once.
 */
async function checkedState(
  ctx: Context,
  people: UserRows,
  options: ImportOptions,
  templateProblems: readonly TemplateProblem[],
): Promise<OrganizationState> {
  const known = await ctx.scopes();
  const errors = new RowErrors(people.template);
  for (const { place, problem } of templateProblems) errors.addOfTemplate(place, problem);
  const found = await validateRows(people, known, options, errors);
  if (found.isPartial) throwIfInvalid(people.name, errors.all);
  if (errors.all.length === 0 && found.deactivates) ctx.requireConfirmable();
  let state: OrganizationState | undefined;
  try {
    state = await readState(await ctx.organization(), known, people, found, options, errors);
  } catch (error) {
    // The errors found so far are certain, whatever kept the organization from being read.
    if (!(error instanceof AppError) || errors.all.length === 0) throw error;
  }
  if (people.template !== undefined && errors.all.every(({ file }) => file !== undefined)) {
    const problems = errors.all.map(({ column, problem }) => ({ place: column, problem }));
    throwIfTemplateInvalid(people.template, problems);
  }
  throwIfInvalid(people.name, errors.all);
  if (state === undefined) throw new Error('The organization was not read');
  return state;
}
