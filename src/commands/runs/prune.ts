import { type OldRun, oldRuns, removeLeftovers, removeRuns } from '../../changes/runs/prune.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { View } from '../../platform/terminal/output.ts';
import { limitOf } from './shared/period.ts';

const columns = ['run', 'planned_at', 'command', 'outcome', 'reason'];
const view: View = { fields: columns, columns };

const flags = defineFlags({
  olderThan: {
    value: 'time',
    summary: 'remove runs from before this day (UTC): 400d, 2026-03-14',
    required: true,
    ask: { question: 'Runs from before which day?', example: '400d' },
  },
  unfinished: { summary: 'also remove runs that could still be resumed' },
});

export const pruneCommand = defineCommand({
  name: 'runs prune',
  summary: 'Remove the records of old runs, of all profiles, from this machine',
  flags,
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org runs prune --older-than 400d --dry-run',
    'twilio-org runs prune --older-than 400d --yes',
  ],
  run: (ctx, { flags }) => prune(ctx, flags),
});

async function prune(ctx: Context, { olderThan, unfinished = false }: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  const before = limitOf(olderThan, ctx.runtime.now());
  ctx.requireConfirmable('This removes records');
  const old = await oldRuns(ctx.configDir, before, { unfinished });
  const removable = old.filter(({ keep }) => keep === undefined);
  const day = `${new Date(before).toISOString().slice(0, 10)} (UTC)`;
  if (ctx.flags.dryRun) {
    await ctx.out.list(
      view,
      old.map((one) => asRow(one, 'to remove')),
    );
    ctx.messages.note(
      `Dry run: ${pluralize(removable.length, 'run')} from before ${day} would be removed, ${old.length - removable.length} kept`,
    );
    return;
  }
  if (removable.length > 0) {
    await ctx.confirmLocal(
      `${pluralize(removable.length, 'run')} from before ${day} will be removed from ${ctx.configDir}, and can then be neither shown nor undone.`,
    );
  }
  const results: OldRun[] = [];
  async function* rows() {
    for await (const one of removeRuns(ctx.configDir, old)) {
      results.push(one);
      yield asRow(one, 'removed');
    }
  }
  await ctx.out.list(view, rows());
  await removeLeftovers(ctx.configDir, before);
  const kept = results.filter(({ keep }) => keep !== undefined);
  ctx.messages.note(
    `${results.length - kept.length} removed, ${kept.length} kept: ${pluralize(results.length, 'run')} from before ${day}`,
  );
  if (kept.some(({ isProblem }) => !isProblem) && !unfinished)
    ctx.messages.note('Runs that can still be resumed are kept. To remove them as well, add --unfinished');
  const problems = kept.filter(({ isProblem }) => isProblem).length;
  if (problems > 0) {
    throw new AppError('partial', `${pluralize(problems, 'run')} could not be removed`, {
      hint: 'The list above says why. Remove files that cannot be read by hand',
    });
  }
}

function asRow({ run, planned_at, command, keep }: OldRun, done: string): Record<string, unknown> {
  return {
    run,
    planned_at,
    command: command?.replace(/^twilio-org /, '') ?? null,
    outcome: keep === undefined ? done : 'kept',
    ...(keep === undefined ? {} : { reason: keep }),
  };
}
