import path from 'node:path';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { invalidValue } from '../../cli/flag-values.ts';
import {
  parseRetention,
  prunable,
  type Retention,
  removeSnapshot,
} from '../../organization/snapshots/prune.ts';
import { listSnapshots, openSnapshot } from '../../organization/snapshots/store.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { View } from '../../platform/terminal/view.ts';
import { directoryFlags, directoryOfSnapshots } from './shared/directory.ts';

const columns = ['snapshot', 'outcome'];
const view: View = { fields: columns, columns };

export const pruneCommand = defineCommand({
  name: 'snapshots prune',
  summary: 'Remove old snapshots of the organization from this machine',
  flags: {
    ...directoryFlags,
    keep: {
      value: 'time',
      summary: 'keep all of the last days, and the last of each month for some months (UTC): 90d,24m',
      required: true,
      ask: { question: 'Which snapshots should be kept?', example: '90d,24m' },
      parse(text: string) {
        const retention = parseRetention(text);
        if (retention === undefined) throw invalidValue('Give days, months, or both, such as 90d,24m.');
        return retention;
      },
    },
  },
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org snapshots prune --keep 90d,24m --dry-run',
    'twilio-org snapshots prune --keep 90d,24m --yes',
  ],
  run: (ctx, { flags }) => prune(ctx, flags.keep, flags.in),
});

async function prune(ctx: Context, keep: Retention, named: string | undefined): Promise<void> {
  ctx.out.checkFields(view);
  ctx.requireConfirmable('This removes snapshots');
  const dir = await directoryOfSnapshots(ctx, named);
  const ids = dir === undefined ? [] : await listSnapshots(dir);
  if (dir !== undefined) await mustBeOfOne(dir, ids);
  const old = prunable(ids, keep, ctx.runtime.now());
  const kept = ids.length - old.length;
  if (dir === undefined || old.length === 0 || ctx.flags.dryRun) {
    await ctx.out.list(
      view,
      old.map((snapshot) => ({ snapshot, outcome: 'to remove' })),
    );
    const would = ctx.flags.dryRun ? 'Dry run: ' : '';
    ctx.messages.note(`${would}${pluralize(old.length, 'snapshot')} to remove, ${kept} kept`);
    return;
  }
  await ctx.confirmLocal(
    `${pluralize(old.length, 'snapshot')} will be removed from ${dir}, ${kept} kept. They can't be restored.`,
  );
  async function* rows() {
    for (const snapshot of old) {
      await removeSnapshot(path.join(dir ?? '', snapshot));
      yield { snapshot, outcome: 'removed' };
    }
  }
  await ctx.out.list(view, rows());
  ctx.messages.note(`${pluralize(old.length, 'snapshot')} removed, ${kept} kept`);
}

/** The last snapshot of a month is that of an organization: in a directory of several it would be of any of them. */
async function mustBeOfOne(dir: string, ids: readonly string[]): Promise<void> {
  const organizations = new Set<string>();
  for (const id of ids) {
    try {
      organizations.add((await openSnapshot(path.join(dir, id))).manifest.organization_sid);
    } catch (error) {
      // A damaged one is removed like any other.
      if (!(error instanceof AppError)) throw error;
    }
  }
  if (organizations.size < 2) return;
  throw usageError(
    `${dir} has snapshots of ${organizations.size} organizations, so nothing was removed`,
    'Keep those of each organization in a directory of their own',
  );
}
