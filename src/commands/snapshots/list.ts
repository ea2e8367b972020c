import path from 'node:path';
import { defineCommand } from '../../cli/command.ts';
import { listLimit } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { printList } from '../../cli/output/list-output.ts';
import { listSnapshots, openSnapshot } from '../../organization/snapshots/store.ts';
import { AppError } from '../../platform/core/errors.ts';
import { directoryFlags, directoryOfSnapshots } from './shared/directory.ts';
import { rowOf, type SnapshotRow, snapshotView } from './shared/rows.ts';

export const listCommand = defineCommand({
  name: 'snapshots list',
  summary: 'List the snapshots of the organization on this machine, latest first',
  flags: { ...directoryFlags, limit: listLimit },
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org snapshots list', 'twilio-org snapshots list --in audit --limit 7 -o json'],
  async run(ctx, { flags }) {
    ctx.out.checkFields(snapshotView);
    const dir = await directoryOfSnapshots(ctx, flags.in);
    const rows = dir === undefined ? [] : rowsIn(ctx, dir);
    await printList(ctx, snapshotView, rows, { limit: flags.limit, noun: 'snapshots' });
  },
});

/** Warns of snapshots whose manifest can't be used, and leaves them out. */
async function* rowsIn(ctx: Context, dir: string): AsyncGenerator<SnapshotRow> {
  for (const id of (await listSnapshots(dir)).reverse()) {
    try {
      yield rowOf(await openSnapshot(path.join(dir, id)));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      ctx.messages.warn(error.message);
    }
  }
}
