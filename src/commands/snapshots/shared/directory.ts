import type { Context } from '../../../cli/context.ts';
import { defineFlags } from '../../../cli/flag-spec.ts';
import { notBlank } from '../../../cli/flag-values.ts';
import { snapshotPlaces } from '../../../cli/snapshot-places.ts';
import { dirOfOrganization } from '../../../organization/snapshots/find.ts';
import { usageError } from '../../../platform/core/errors.ts';
import { exists } from '../../../platform/fs/private-files.ts';

export const directoryFlags = defineFlags({
  in: { value: 'dir', summary: 'those in this directory, as snapshots take --out named it', parse: notBlank },
});

/** The named directory of snapshots, or that of the organization; undefined where it has none. */
export async function directoryOfSnapshots(
  ctx: Context,
  named: string | undefined,
): Promise<string | undefined> {
  if (named === undefined) return dirOfOrganization(snapshotPlaces(ctx));
  if (await exists(named)) return named;
  throw usageError(`There is no directory ${named}`, 'Give the directory that snapshots take --out named');
}
