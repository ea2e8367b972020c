import type { Command } from 'commander';
import { readKeptRun, undoneBy } from '../../bulk/journal.ts';
import { itemsWithProgress, resultOf, summary, totalsOf } from '../../bulk/report.ts';
import { withResults } from '../../bulk/results.ts';
import { described } from '../../bulk/steps.ts';
import type { Cli, Flags } from '../../command.ts';
import type { Context } from '../../context.ts';
import type { View } from '../../terminal/output.ts';

interface Options extends Flags {
  results?: string;
}

export function showCommand(cli: Cli): Command {
  const command = cli
    .command('show', 'Show what a run was to do, and what came of it')
    .argument('<run>', 'as `runs list` names it')
    .option(
      '--results <file>',
      'write each row of the input with its outcome, SID and reason to this CSV file',
    )
    .action(cli.action(show));
  return cli.examples(command, [
    'twilio-org runs show 20260314-091500123-4f2a',
    'twilio-org runs show 20260314-091500123-4f2a -o json --fields change,outcome,reason',
  ]);
}

async function show(ctx: Context, run: string, { results }: Options): Promise<void> {
  const kept = await readKeptRun(ctx.configDir, run, ctx.messages.warn);
  const { head, plan } = kept;
  const fields = [...new Set([...head.columns, 'change', 'outcome', 'sid', 'reason', 'at'])];
  /** As they were then: a name may be another role's now. */
  const names = new Map(Object.entries(head.role_names ?? {}));
  const label = (sid: string): string => (names.has(sid) ? `${names.get(sid)} (${sid})` : sid);
  // Beside the name and the other SID there would be no room for the change.
  const columns = fields.filter((name) => name !== 'id' && name !== 'at');
  const view: View = { fields, columns };
  ctx.out.checkFields(view);
  const app = head.client_id === undefined ? '' : ` (${head.client_id})`;
  ctx.messages.note(
    `${head.command}`,
    `Planned ${head.planned_at} with ${head.profile}${app}, organization ${head.organization_sid ?? 'unknown'} at ${head.api_url}`,
  );
  const by = await undoneBy(ctx.configDir, run);
  if (by !== undefined) ctx.messages.note(`This run was taken back by ${by}`);
  await withResults(ctx, results, plan, async (onResult) => {
    async function* rows() {
      for await (const { item, steps } of itemsWithProgress(kept)) {
        const change = item.steps.map((step) => described(step, label)).join(', then ');
        /** When the last of it was done or tried, which may be long after it was planned. */
        const at = steps.map((step) => step?.at ?? '').reduce((a, b) => (a > b ? a : b), '');
        const result = resultOf(item, steps, head);
        await onResult?.(item, result);
        yield { ...item.row, change, ...result, ...(at === '' ? {} : { at }) };
      }
    }
    await ctx.out.list(view, rows());
  });
  ctx.messages.note(summary(await totalsOf(kept), plan.size));
}
