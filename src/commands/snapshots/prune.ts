import path from 'node:path';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { invalidValue } from '../../cli/flag-values.ts';
import { snapshotPlaces } from '../../cli/snapshot-places.ts';
import { dirOfOrganization } from '../../organization/snapshots/find.ts';
import {
  parseRetention,
  prunable,
  type Retention,
  removeSnapshot,
} from '../../organization/snapshots/prune.ts';
import { listSnapshots } from '../../organization/snapshots/store.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { View } from '../../platform/terminal/view.ts';

const columns = ['snapshot', 'outcome'];
const view: View = { fields: columns, columns };

export const pruneCommand = defineCommand({
  name: 'snapshots prune',
  summary: 'Remove old snapshots of the organization from this machine',
  flags: {
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
  run: (ctx, { flags }) => prune(ctx, flags.keep),
});

async function prune(ctx: Context, keep: Retention): Promise<void> {
  ctx.out.checkFields(view);
  ctx.requireConfirmable('This removes snapshots');
  const dir = await dirOfOrganization(snapshotPlaces(ctx));
  const ids = dir === undefined ? [] : await listSnapshots(dir);
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
