import path from 'node:path';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { snapshotPlaces } from '../../cli/snapshot-places.ts';
import { dirOfSnapshot } from '../../organization/snapshots/find.ts';
import { listSnapshots } from '../../organization/snapshots/store.ts';
import { type Verified, verifySnapshot } from '../../organization/snapshots/verify.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { View } from '../../platform/terminal/view.ts';
import { directoryFlags, directoryOfSnapshots } from './shared/directory.ts';

const columns = ['snapshot', 'outcome', 'previous', 'files', 'problems'];
const view: View = {
  fields: [...columns, 'directory'],
  columns,
  people: {
    list: [
      { heading: 'Snapshot', value: 'snapshot' },
      { heading: 'Outcome', value: 'outcome', look: (text) => (text === 'whole' ? undefined : 'red') },
      { heading: 'Snapshot before', value: ({ previous }: { previous: string }) => inWords[previous] },
      { heading: 'Problems', value: 'problems' },
    ],
  },
};

const inWords: Record<string, string | undefined> = {
  same: 'unchanged',
  gone: 'not here any more',
  changed: 'another one',
};

export const verifyCommand = defineCommand({
  name: 'snapshots verify',
  summary: 'Check that nothing in a snapshot was changed after it was taken',
  args: { snapshot: { summary: 'id, day, last, or directory (default: all)', optional: true } },
  flags: directoryFlags,
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org snapshots verify', 'twilio-org snapshots verify last'],
  run: (ctx, { snapshot, flags }) => verify(ctx, snapshot, flags.in),
});

async function verify(ctx: Context, written: string | undefined, named: string | undefined): Promise<void> {
  ctx.out.checkFields(view);
  const places = snapshotPlaces(ctx);
  if (written !== undefined && named !== undefined)
    throw usageError('A snapshot and --in exclude each other', 'Leave out one of the two');
  const parent = written === undefined ? await directoryOfSnapshots(ctx, named) : undefined;
  const dirs =
    written !== undefined
      ? [await dirOfSnapshot(written, places)]
      : parent === undefined
        ? []
        : (await listSnapshots(parent)).map((id) => path.join(parent, id));
  const results: Verified[] = [];
  async function* rows() {
    for (const dir of dirs) {
      const result = await verifySnapshot(dir);
      results.push(result);
      yield rowOf(result);
    }
  }
  await ctx.out.list(view, rows());
  if (results.length === 0) ctx.messages.note('No snapshots');
  const gone = results.filter(({ previous }) => previous === 'gone').length;
  if (gone > 0) {
    ctx.messages.note(
      `The snapshot before ${gone === 1 ? 'one of them' : `${gone} of them`} is not here any more, as after a prune`,
    );
  }
  const damaged = results.filter(({ problems }) => problems.length > 0);
  if (damaged.length === 0) return;
  throw new AppError(
    'failure',
    `${pluralize(damaged.length, 'snapshot')} of ${results.length} can't be trusted: ${damaged.flatMap(({ problems }) => problems).join('; ')}`,
    { hint: 'Restore them from a backup. Do not use them as evidence' },
  );
}

function rowOf({ id, dir, problems, files, previous }: Verified): Record<string, unknown> {
  const outcome = problems.length === 0 ? 'whole' : 'damaged';
  return { snapshot: id, outcome, previous, files, problems, directory: path.resolve(dir) };
}
