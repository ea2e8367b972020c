import path from 'node:path';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { replacePrivateFile } from '../platform/fs/atomic-write.ts';
import { withLock } from '../platform/fs/lock.ts';
import { ensurePrivateDir, readPrivateFile } from '../platform/fs/private-files.ts';
import type { ListingSizes } from './listing-sizes.ts';
import type { Workspace } from './workspace/workspace.ts';

/**
 * Compares a complete listing with the one before of the same organization. A listing that is empty or has lost more than half
 * of its entries is probably broken. A baseline that cannot be read or written is skipped: other guards remain.
 *
 * @param isConfirmed true under --override-guards, which makes this listing the new baseline
 * @throws guard
 */
export async function checkListingShrinkage(
  workspace: Workspace,
  now: ListingSizes,
  isConfirmed: boolean,
): Promise<void> {
  const baseline = await openBaseline(workspace);
  if (baseline === undefined) return;
  for (const name of ['users', 'assignments'] as const) {
    const [before, after] = [baseline.before[name], now[name]];
    if (after === undefined || typeof before !== 'number') continue;
    if (after * 2 >= before || isConfirmed) continue;
    const noun = name === 'users' ? 'users' : 'role assignments';
    throw new AppError(
      'guard',
      `The list of ${noun} has shrunk from ${before} to ${after} since it was last read. Nothing was changed`,
      { hint: 'If that is correct, add --override-guards. Otherwise inspect the responses with --debug' },
    );
  }
  await baseline.update((before) => ({ ...before, ...now }));
}

/** The sizes of the listings before, as far as they are known. */
export async function lastListingSizes(workspace: Workspace): Promise<ListingSizes> {
  const { users, assignments } = (await openBaseline(workspace))?.before ?? {};
  return {
    ...(typeof users === 'number' && { users }),
    ...(typeof assignments === 'number' && { assignments }),
  };
}

/** Lowers the baseline by the role assignments that this program removed, so that later listings may lack them. */
export async function subtractRemovedAssignments(workspace: Workspace, removed: number): Promise<void> {
  const baseline = await openBaseline(workspace);
  await baseline?.update((before) => {
    const { assignments } = before;
    return typeof assignments === 'number'
      ? { ...before, assignments: Math.max(assignments - removed, 0) }
      : before;
  });
}

/** The sizes of each organization's listings, by API and organization. */
type Baselines = Record<string, unknown>;

/** The baseline of this organization; undefined where the organization is not known, or nothing can be stored. */
async function openBaseline(workspace: Workspace) {
  const { apiUrl, organizationSid, source, profileName } = await workspace.settings();
  // A token from the environment may belong to another organization each time.
  if (organizationSid === undefined && source !== 'profile') return undefined;
  const key = `${apiUrl} ${organizationSid ?? profileName}`;
  const file = baselineFile(workspace);
  if (file === undefined) return undefined;
  const entryOf = (all: Baselines): Baselines => (isObject(all[key]) ? all[key] : {});
  return {
    before: entryOf(await readBaselines(workspace, file)),
    update: (change: (before: Baselines) => Baselines) =>
      updateBaselines(workspace, file, (all) => ({ ...all, [key]: change(entryOf(all)) })),
  };
}

/** Undefined where there is no home directory: then nothing is stored. */
function baselineFile(workspace: Workspace): string | undefined {
  try {
    return path.join(workspace.configDir, 'counts.json');
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

async function updateBaselines(
  workspace: Workspace,
  file: string,
  change: (all: Baselines) => Baselines,
): Promise<void> {
  try {
    await ensurePrivateDir(workspace.configDir);
    await withLock(file, async (stillHeld) => {
      const baselines = change(await readBaselines(workspace, file));
      await replacePrivateFile(file, `${JSON.stringify(baselines, undefined, 2)}\n`, stillHeld);
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

async function readBaselines(workspace: Workspace, file: string): Promise<Baselines> {
  try {
    const value: unknown = JSON.parse((await readPrivateFile(workspace.configDir, file)) ?? '{}');
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
