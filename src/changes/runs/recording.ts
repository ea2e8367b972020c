import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { removeFile } from '../../platform/fs/private-files.ts';
import type { Plan } from '../plan/plan.ts';
import { type Journal, nullJournal, openJournal } from './journal.ts';
import { readItems, writePlanFile } from './plan-file.ts';
import { ensureRunDir, listRuns, newRunHeader, runPath } from './run-store.ts';

/** A plan that is about to be carried out, and where its changes are written down. */
export interface Recording {
  plan: Plan;
  journal: Journal;
  /** The run's id; absent where nothing can be written. */
  run?: string;
}

export interface RecordingOptions {
  /** The run that this one takes back. */
  undoes?: string | undefined;
  /** The work is also done, with a warning, where nothing can be written: only for a single change. */
  optional: boolean;
}

/** Writes the plan to a journal of its own, and works with it under its lock. */
export async function recorded(
  workspace: Workspace,
  plan: Plan,
  { undoes, optional }: RecordingOptions,
  work: (recording: Recording) => Promise<void>,
): Promise<void> {
  let begun = false;
  try {
    const { now } = workspace;
    await ensureRunDir(workspace.configDir, (text) => workspace.log.warn(text));
    const [latest] = await listRuns(workspace.configDir);
    const head = await newRunHeader(plan.head, now(), undoes, latest);
    const file = runPath(workspace.configDir, head.run);
    await withLock(file, async (stillHeld) => {
      await writePlanFile(file, head, plan.items);
      const journal = await openJournal(file, now, stillHeld);
      begun = true;
      // The file is carried out, so that it tells what is sent, however the plan was made.
      const kept = { ...plan, items: () => readItems(file) };
      await work({
        plan: kept,
        journal: optional ? lenient(workspace, file, journal) : journal,
        run: head.run,
      });
    });
  } catch (error) {
    if (begun || !optional || !cannotWrite(error)) throw error;
    warnNotRecorded(workspace, error);
    await work({ plan, journal: nullJournal });
  }
}

/** A journal that may fail: what was asked for is one change, and whoever gave the command sees what became of it. */
function lenient(workspace: Workspace, file: string, journal: Journal): Journal {
  let failed = false;
  async function attempt(
    write: () => Promise<void>,
    isHarmless: (error: unknown) => error is AppError,
    onFailure: (error: AppError) => Promise<void> | void,
  ): Promise<void> {
    if (failed) return;
    try {
      await write();
    } catch (error) {
      if (!isHarmless(error)) throw error;
      failed = true;
      await onFailure(error);
    }
  }
  async function discard(error: AppError): Promise<void> {
    // Otherwise the run would say that the change was not tried.
    await removeFile(file).catch(() => undefined);
    warnNotRecorded(workspace, error);
  }
  const warn = ({ message }: AppError) => workspace.log.warn(`How this ended is not recorded: ${message}`);
  return {
    // A lock that was lost is no matter of space: another process may be sending the same change.
    intent: (item, step) => attempt(() => journal.intent(item, step), cannotWrite, discard),
    // A request that was sent has happened or not, whoever has the lock now.
    outcome: (item, step, what) => attempt(() => journal.outcome(item, step, what), isAppError, warn),
    resumed: (by) => journal.resumed(by),
    check() {
      if (!failed) journal.check();
    },
    close: () => journal.close(),
  };
}

function warnNotRecorded(workspace: Workspace, { message }: AppError): void {
  workspace.log.warn(`This change is not recorded, so \`runs undo\` can't take it back: ${message}`);
}

function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}

function cannotWrite(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === 'failure';
}
