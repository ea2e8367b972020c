import { type Command, Option } from 'commander';
import { type Input, openInput } from '../../changes/input/open.ts';
import { streamedPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import {
  checkRows,
  type People,
  type Person,
  plannedItems,
  type RowPolicy,
  readKnown,
  userColumns,
} from '../../changes/planners/import-users.ts';
import { withResults } from '../../changes/runs/results-file.ts';
import { type BulkFlags, withBulkFlags } from '../../cli/bulk-flags.ts';
import type { Cli } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { keepMemoryFlat } from '../../cli/heap.ts';
import { withSelfFlag } from '../../cli/review/confirm-self.ts';
import { planHead } from '../../cli/review/plan-head.ts';
import { propose } from '../../cli/review/review.ts';
import { counted } from '../../platform/core/text.ts';

export interface ImportOptions extends BulkFlags, RowPolicy {
  results?: string;
}

export function importCommand(cli: Cli): Command {
  const command = withSelfFlag(
    withBulkFlags(
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
    `\nColumns, in any order: ${Object.keys(userColumns.names).join(', ')}.\nAn empty cell, or a column that is not there, leaves a field as it is.\nid and sid, as lists and results have them, are compared and never changed.\n`,
  );
}

async function run(ctx: Context, file: string, options: ImportOptions): Promise<void> {
  const input = await openInput(ctx, file, ctx.runtime.stdin);
  try {
    await importPeople(ctx, { name: input.name, rows: () => people(input) }, options);
  } finally {
    await input.close();
  }
}

async function* people(input: Input): AsyncGenerator<Person> {
  for await (const row of input.rows(userColumns)) yield { ...row, roles: [row.cells] };
}

/** Takes rows from their check to their end. */
export async function importPeople(ctx: Context, people: People, options: ImportOptions): Promise<void> {
  await keepMemoryFlat();
  const found = await checkRows(ctx, people);
  if (found.deactivates) ctx.mustBeConfirmable();
  const known = await readKnown(ctx, people, found);
  const head = await planHead(ctx, ['line', 'email']);
  const plan = await streamedPlan(head, () => plannedItems(people, known, options));
  await checkRoleLimit(plan, known.holdings);
  await withResults(ctx, options.results, plan, ctx.flags.dryRun === true, (onResult) =>
    propose(ctx, plan, options, { title: `${counted(plan.size, 'row')} of ${people.name}`, onResult }),
  );
}
