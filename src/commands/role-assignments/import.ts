import type { Command } from 'commander';
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
import { addBulkFlags, type BulkFlags } from '../../cli/bulk-flags.ts';
import type { Context } from '../../cli/context.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { pluralize } from '../../platform/core/text.ts';

interface Options extends BulkFlags {
  results?: string;
}

export function importCommand(cli: CommandBuilder): Command {
  const command = addBulkFlags(
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
    `\nColumns, in any order: ${Object.keys(assignmentInputSchema.names).join(', ')}.\nNobody loses a role by it.\n`,
  );
}

async function run(ctx: Context, file: string, options: Options): Promise<void> {
  const input = await openInput(ctx, file, ctx.runtime.stdin);
  try {
    const known = await readState(ctx, input, await validateRows(ctx, input));
    const head = await newPlanHeader(ctx, ['line', 'user', 'role', 'scope']);
    const plan = await streamPlan(head, () => planItems(input, known));
    await checkRoleLimit(plan, known.assignments);
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
