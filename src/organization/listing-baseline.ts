import path from 'node:path';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { replacePrivateFile } from '../platform/fs/atomic-write.ts';
import { withLock } from '../platform/fs/lock.ts';
import { ensurePrivateDir, readPrivateFile } from '../platform/fs/private-files.ts';
import type { ListingSizes } from './check-listing.ts';
import type { Workspace } from './workspace/workspace.ts';

/**
 * Compares a whole listing with the one before, of the same organization: one that is empty, or has lost more than half, is
 * more likely broken than true, unless somebody has said with --override-guards that it is. What can't be remembered is
 * not missed: it is a net below others.
 */
export async function checkListingShrinkage(
  workspace: Workspace,
  now: ListingSizes,
  isConfirmed: boolean,
): Promise<void> {
  const kept = await openBaseline(workspace);
  if (kept === undefined) return;
  for (const name of ['users', 'assignments'] as const) {
    const [was, is] = [kept.before[name], now[name]];
    if (is === undefined || typeof was !== 'number' || is * 2 >= was || isConfirmed) continue;
    throw new AppError(
      'guard',
      `The list of ${name} holds ${is}, and held ${was} the last time: nothing was changed`,
      {
        hint: 'If that is true, pass --override-guards; if not, something answers wrongly: look with --debug',
      },
    );
  }
  await kept.keep((before) => ({ ...before, ...now }));
}

/** Roles that were taken away here are none that a later listing lacks. */
export async function subtractRemovedAssignments(workspace: Workspace, assignments: number): Promise<void> {
  const kept = await openBaseline(workspace);
  await kept?.keep((before) => {
    const was = before.assignments;
    return typeof was === 'number' ? { ...before, assignments: Math.max(was - assignments, 0) } : before;
  });
}

type Baselines = Record<string, unknown>;

/** What was last seen of the organization in force, and how to put something else in its place. */
async function openBaseline(workspace: Workspace) {
  const { apiUrl, organizationSid, source, profileName } = await workspace.settings();
  // A token that comes from outside may belong to another organization each time.
  if (organizationSid === undefined && source !== 'profile') return undefined;
  const key = `${apiUrl} ${organizationSid ?? profileName}`;
  const file = baselineFile(workspace);
  if (file === undefined) return undefined;
  const of = (kept: Baselines): Baselines => (isObject(kept[key]) ? kept[key] : {});
  return {
    before: of(await readBaselines(workspace, file)),
    keep: (change: (before: Baselines) => Baselines) =>
      updateBaselines(workspace, file, (kept) => ({ ...kept, [key]: change(of(kept)) })),
  };
}

/** Undefined where there is no home folder: what was seen is not remembered then. */
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
  change: (kept: Baselines) => Baselines,
): Promise<void> {
  try {
    await ensurePrivateDir(workspace.configDir);
    await withLock(file, async (stillHeld) => {
      const counts = change(await readBaselines(workspace, file));
      await replacePrivateFile(file, `${JSON.stringify(counts, undefined, 2)}\n`, stillHeld);
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
