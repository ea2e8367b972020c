import type { Command } from 'commander';
import { openInput } from '../../changes/input/open.ts';
import { streamedPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import {
  assignmentColumns,
  checkRows,
  plannedItems,
  readKnown,
} from '../../changes/planners/import-role-assignments.ts';
import { withResults } from '../../changes/runs/results-file.ts';
import { type BulkFlags, withBulkFlags } from '../../cli/bulk-flags.ts';
import type { Cli } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { planHead } from '../../cli/review/plan-head.ts';
import { propose } from '../../cli/review/review.ts';
import { counted } from '../../platform/core/text.ts';

interface Options extends BulkFlags {
  results?: string;
}

export function importCommand(cli: Cli): Command {
  const command = withBulkFlags(
    cli
      .command('import', 'Give the roles that a file lists: CSV, or JSON lines')
      .argument('<file>', 'the file, or - for standard input')
      .option('--results <file>', 'write each row with its outcome, SID and reason to this CSV file'),
  ).action(cli.action(run));
  cli.examples(command, [
    'twilio-org role-assignments import roles.csv --dry-run',
    'twilio-org role-assignments import roles.csv --results given.csv',
  ]);
  return command.addHelpText(
    'after',
    `\nColumns, in any order: ${Object.keys(assignmentColumns.names).join(', ')}.\nNobody loses a role by it.\n`,
  );
}

async function run(ctx: Context, file: string, options: Options): Promise<void> {
  const input = await openInput(ctx, file, ctx.runtime.stdin);
  try {
    const known = await readKnown(ctx, input, await checkRows(ctx, input));
    const head = await planHead(ctx, ['line', 'user', 'role', 'scope']);
    const plan = await streamedPlan(head, () => plannedItems(input, known));
    await checkRoleLimit(plan, known.holdings);
    await withResults(ctx, options.results, plan, ctx.flags.dryRun === true, (onResult) =>
      propose(ctx, plan, options, { title: `${counted(plan.size, 'row')} of ${input.name}`, onResult }),
    );
  } finally {
    await input.close();
  }
}
