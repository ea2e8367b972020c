import { type Command, Option } from 'commander';
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
import { addBulkFlags, type BulkFlags } from '../../cli/bulk-flags.ts';
import type { Context } from '../../cli/context.ts';
import { keepMemoryFlat } from '../../cli/heap.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { addSelfFlag } from '../../cli/review/confirm-self.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { pluralize } from '../../platform/core/text.ts';

export interface ImportOptions extends BulkFlags, RowPolicy {
  results?: string;
}

export function importCommand(cli: CommandBuilder): Command {
  const command = addSelfFlag(
    addBulkFlags(
      cli
        .command('import', 'Create and change users as a file says: CSV, or JSON lines')
        .argument('<file>', 'the file, or - for standard input')
        .addOption(new Option('--create-only', 'leave users alone who are there').conflicts('updateOnly'))
        .addOption(new Option('--update-only', 'create nobody').conflicts('createOnly'))
        .option('--results <file>', 'write each row with its outcome, SID and reason to this CSV file'),
    ),
  ).action(cli.action(run));
  cli.examples(command, [
    'twilio-org users import joiners.csv --dry-run',
    'twilio-org users import joiners.csv --yes --results results.csv',
  ]);
  return command.addHelpText(
    'after',
    `\nColumns, in any order: ${Object.keys(userInputSchema.names).join(', ')}.\nAn empty cell, or a column that is not there, leaves a field as it is.\nid and sid, as lists and results have them, are compared and never changed.\n`,
  );
}

async function run(ctx: Context, file: string, options: ImportOptions): Promise<void> {
  const input = await openInput(ctx, file, ctx.runtime.stdin);
  try {
    await importUsers(ctx, { name: input.name, rows: () => people(input) }, options);
  } finally {
    await input.close();
  }
}

async function* people(input: Input): AsyncGenerator<UserRow> {
  for await (const row of input.rows(userInputSchema)) yield { ...row, roles: [row.cells] };
}

/** Takes rows from their check to their end. */
export async function importUsers(ctx: Context, people: UserRows, options: ImportOptions): Promise<void> {
  await keepMemoryFlat();
  const found = await validateRows(ctx, people);
  if (found.deactivates) ctx.requireConfirmable();
  const known = await readState(ctx, people, found);
  const head = await newPlanHeader(ctx, ['line', 'email']);
  const plan = await streamPlan(head, () => planItems(people, known, options));
  await checkRoleLimit(plan, known.assignments);
  await withResultsFile(ctx, options.results, plan, ctx.flags.dryRun === true, (onResult) =>
    reviewAndRun(ctx, plan, options, { title: `${pluralize(plan.size, 'row')} of ${people.name}`, onResult }),
  );
}
