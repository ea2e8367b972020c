import type { Command } from 'commander';
import { type KeptRun, readKeptRun, runNames } from '../../bulk/journal.ts';
import { totalsOf } from '../../bulk/report.ts';
import { type Cli, wholeNumber } from '../../command.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { View } from '../../terminal/output.ts';
import { printList } from '../listing.ts';

/** So few that 80 columns hold a run's whole name. */
const columns = ['run', 'command', 'created', 'changed', 'failed', 'not_tried'];
const others = ['unchanged', 'profile', 'client_id', 'planned_at', 'organization_sid', 'api_url', 'undoes'];
const view: View = { fields: [...columns, ...others], columns };

export function listCommand(cli: Cli): Command {
  const command = cli
    .command('list', 'List the runs that are kept here, the latest first')
    .option('--limit <n>', 'at most this many', wholeNumber)
    .action(cli.action(list));
  return cli.examples(command, ['twilio-org runs list', 'twilio-org runs list --limit 5 -o json']);
}

async function list(ctx: Context, { limit }: { limit?: number }): Promise<void> {
  ctx.out.checkFields(view);
  const names = await runNames(ctx.configDir);
  await printList(ctx, view, kept(ctx, names), { limit, noun: 'runs' });
}

/** One that can't be read does not hide the others. */
async function* kept(ctx: Context, names: readonly string[]): AsyncGenerator<Record<string, unknown>> {
  for (const name of names) {
    try {
      yield await asRow(await readKeptRun(ctx.configDir, name, ctx.messages.warn));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      ctx.messages.warn(error.message);
    }
  }
}

async function asRow(kept: KeptRun): Promise<Record<string, unknown>> {
  const { run, profile, client_id, command, planned_at, organization_sid, api_url, undoes } = kept.head;
  const { notTried, ...totals } = await totalsOf(kept);
  return {
    run,
    profile,
    client_id,
    // All begin with the program's name, and a narrow table has room for little more than what differs.
    command: command.replace(/^twilio-org /, ''),
    ...totals,
    not_tried: notTried,
    planned_at,
    organization_sid,
    api_url,
    undoes,
  };
}
