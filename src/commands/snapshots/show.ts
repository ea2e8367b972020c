import { defineCommand } from '../../cli/command.ts';
import { snapshotPlaces } from '../../cli/snapshot-places.ts';
import { findSnapshot } from '../../organization/snapshots/find.ts';
import { rowOf, snapshotView } from './shared/rows.ts';

export const showCommand = defineCommand({
  name: 'snapshots show',
  summary: 'Show when a snapshot was taken, of what, and its size',
  args: { snapshot: { summary: 'id, day, last, or directory (default: last)', optional: true } },
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org snapshots show', 'twilio-org snapshots show 2026-03-01 -o json'],
  async run(ctx, { snapshot = 'last' }) {
    ctx.out.checkFields(snapshotView);
    await ctx.out.item(snapshotView, rowOf(await findSnapshot(snapshot, snapshotPlaces(ctx))));
  },
});
