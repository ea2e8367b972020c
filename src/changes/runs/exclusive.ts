import type { Workspace } from '../../organization/workspace/workspace.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { ensureRunDir } from './run-store.ts';

/** Whoever worked on a run until now may still be writing, or was killed and has left the lock behind. */
export async function withRunLock(
  workspace: Workspace,
  file: string,
  dryRun: boolean,
  work: (stillHeld: () => void) => Promise<void>,
): Promise<void> {
  // A dry run changes nothing, so it waits for nobody.
  if (dryRun) return work(() => undefined);
  await ensureRunDir(workspace.configDir);
  const waits = () => workspace.log.note('Another process is working on this run. Waiting for it to finish');
  const whileHeld = async (stillHeld: () => void): Promise<void> => {
    const { beforeSend } = workspace.http;
    // An undo has a journal of its own, and with it another lock.
    workspace.http.beforeSend = stillHeld;
    await work(stillHeld).finally(() => {
      workspace.http.beforeSend = beforeSend;
    });
  };
  return withLock(file, whileHeld, { onWait: waits, signal: workspace.signal });
}
