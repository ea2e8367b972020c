import type { Workspace } from '../../organization/workspace/workspace.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { ensureRunDir } from './run-store.ts';

/**
 * Does work on a stored run under its lock. Waits while another process works on the run, or while the lock of a process that was
 * killed is still valid.
 */
export async function withRunLock(
  workspace: Workspace,
  file: string,
  dryRun: boolean,
  work: (stillHeld: () => void) => Promise<void>,
): Promise<void> {
  // A dry run changes nothing, so it needs no lock.
  if (dryRun) return work(() => undefined);
  await ensureRunDir(workspace.configDir);
  const waits = () => workspace.log.note('Another process is working on this run. Waiting for it to finish');
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
