import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { removeFile } from '../../platform/fs/private-files.ts';
import { countChanges, type Plan } from '../plan/plan.ts';
import { type Journal, nullJournal, openJournal } from './journal.ts';
import { readItems, writePlanFile } from './plan-file.ts';
import type { JournalState, Resumption, StoredRun } from './records.ts';
import { withRoleNames } from './role-names.ts';
import { ensureRunDir, listRuns, newRunHeader, runPath } from './run-store.ts';

/** A plan that is ready to be executed, and the journal of its changes. */
export interface Recording {
  plan: Plan;
  journal: Journal;
  /** The run's id; absent where nothing is recorded. */
  run?: string;
  /** The state of its changes so far; absent for a new run. */
  state?: JournalState;
}

export interface RecordingOptions {
  /** The run that this one undoes. */
  undoes?: string | undefined;
  /** True for commands that take lists, which record a plan of one change like any other. */
  isBulk: boolean;
}

/**
 * Writes the plan to a new journal and does the work under its lock. A single change is recorded too, so that the latest run is
 * always the latest change. Several changes begin only where they can be recorded; a single one goes on with a warning.
 */
export async function recorded(
  workspace: Workspace,
  plan: Plan,
  { undoes, isBulk }: RecordingOptions,
  work: (recording: Recording) => Promise<void>,
): Promise<void> {
  const changes = countChanges(plan);
  // An undo is recorded even when it changes nothing: its run can then no longer be resumed.
  if (changes === 0 && undoes === undefined) return work({ plan, journal: nullJournal });
  // A single change reads no more than it needs itself.
  const head = changes === 1 && !isBulk ? plan.head : await withRoleNames(workspace, plan);
  const optional = changes === 1 && undoes === undefined;
  await recordedIn(workspace, { ...plan, head }, { undoes, optional }, work);
}

/**
 * Continues the journal of an earlier run under its lock.
 *
 * @param by the person and app that resume it; absent when nothing is left to do
 * @param stillHeld throws when the lock was lost
 */
export async function resumed(
  workspace: Workspace,
  file: string,
  { plan, head, state }: StoredRun,
  { by, stillHeld }: { by?: Omit<Resumption, 'type' | 'at'> | undefined; stillHeld: () => void },
  work: (recording: Recording) => Promise<void>,
): Promise<void> {
  const journal = await openJournal(file, workspace.now, stillHeld);
  try {
    if (by !== undefined) await journal.resumed(by);
    await work({ plan, journal, run: head.run, state });
  } finally {
    // Newer versions of Node end a process that forgets an open file.
    await journal.close();
  }
}

async function recordedIn(
  workspace: Workspace,
  plan: Plan,
  { undoes, optional }: { undoes: string | undefined; optional: boolean },
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
      plan.release?.();
      const journal = await openJournal(file, now, stillHeld);
      begun = true;
      // Executes the file, so that it holds exactly the changes that are sent.
      const kept = { ...plan, items: () => readItems(file) };
      await work({
        plan: kept,
        journal: optional ? lenient(workspace, file, journal) : journal,
        run: head.run,
      }).finally(() => journal.close());
    });
  } catch (error) {
    if (begun || !optional || !cannotWrite(error)) throw error;
    warnNotRecorded(workspace, error);
    await work({ plan, journal: nullJournal });
  }
}

/** A journal that may fail: the person who made a single change sees its outcome. */
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
  const warn = ({ message }: AppError) =>
    workspace.log.warn(`The outcome of this change is not recorded: ${message}`);
  return {
    // A lost lock still ends the change: another process may be sending the same one.
    intent: (item, step) => attempt(() => journal.intent(item, step), cannotWrite, discard),
    // The lock no longer matters once the request was sent.
    outcome: (item, step, what) => attempt(() => journal.outcome(item, step, what), isAppError, warn),
    resumed: (by) => journal.resumed(by),
    check() {
      if (!failed) journal.check();
    },
    close: () => journal.close(),
  };
}

function warnNotRecorded(workspace: Workspace, { message }: AppError): void {
  workspace.log.warn(`This change is not recorded, so \`runs undo\` can't undo it: ${message}`);
}

function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}

function cannotWrite(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === 'failure';
}
