import path from 'node:path';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { ensureRunDir, runsDir } from './run-store.ts';

/**
 * Does work on a stored run under its lock. Waits while another process works on the run, or while the lock of a process that was
 * killed is still valid.
 */
export async function withRunLock(
  workspace: Workspace,
  file: string,
  dryRun: boolean,
  work: (stillHeld: () => void) => Promise<void>,
  whatOthersDo = 'is working on this run',
): Promise<void> {
  // A dry run changes nothing, so it needs no lock.
  if (dryRun) return work(() => undefined);
  await ensureRunDir(workspace.configDir);
  const waits = () => workspace.log.note(`Another process ${whatOthersDo}. Waiting for it to finish`);
  const whileHeld = async (stillHeld: () => void): Promise<void> => {
    const { beforeSend } = workspace.http;
    // An undo writes its own journal, under another lock.
    workspace.http.beforeSend = stillHeld;
    await work(stillHeld).finally(() => {
      workspace.http.beforeSend = beforeSend;
    });
  };
  return withLock(file, whileHeld, { onWait: waits, signal: workspace.signal });
}

/**
 * Does work that brings an organization to what files say, while no other process of this machine does the same. Where nothing
 * can be written there is no lock, and no journal either: the run says so.
 */
export async function withApplyLock(
  workspace: Workspace,
  dryRun: boolean,
  work: () => Promise<void>,
): Promise<void> {
  if (dryRun) return work();
  const { organizationSid } = await workspace.identity();
  try {
    await ensureRunDir(workspace.configDir);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return work();
  }
  const file = path.join(runsDir(workspace.configDir), `apply-${organizationSid ?? 'unknown'}`);
  return withRunLock(workspace, file, false, work, 'applies files to this organization');
}
