import { unlinkSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../platform/core/errors.ts';
import { fsErrorHandler } from '../../platform/fs/errors.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { removeFile } from '../../platform/fs/private-files.ts';
import { readHeader, readPlanFile, readSmallPlanFile } from './plan-file.ts';
import type { StoredRun } from './records.ts';
import { remainingPlan } from './remaining.ts';
import { forgetRuns } from './run-index.ts';
import { listRuns, runPath, runsDir, startOf } from './run-store.ts';

/** A run that is old enough to be removed. */
export interface OldRun {
  run: string;
  planned_at: string;
  command: string | null;
  /** The reason to keep it. */
  keep?: string;
  /** True when the run is due for removal and can't be removed. */
  isProblem?: true;
}

/**
 * The runs that were planned before a time, the oldest first. Keeps runs that can still be resumed, unless they are included.
 * Keeps the undo of a run that is kept: without its record, that run would seem not to be undone.
 */
export async function oldRuns(
  configDir: string,
  before: number,
  { unfinished }: { unfinished: boolean },
): Promise<OldRun[]> {
  const names = await listRuns(configDir);
  const undone = await undoneAmong(configDir, names);
  const old: OldRun[] = [];
  /** The runs that are kept, of any age. */
  const staying = new Set(names);
  for (const run of names.toReversed()) {
    const found = await oldRun(configDir, run, before, { unfinished: unfinished || undone.has(run) });
    if (found === undefined) continue;
    const { undoes, ...one } = found;
    if (one.keep === undefined && undoes !== undefined && staying.has(undoes))
      one.keep = `It records that ${undoes} was undone, and that run stays`;
    if (one.keep === undefined) staying.delete(run);
    old.push(one);
  }
  return old;
}

async function oldRun(
  configDir: string,
  run: string,
  before: number,
  { unfinished }: { unfinished: boolean },
): Promise<(OldRun & { undoes?: string | undefined }) | undefined> {
  const file = runPath(configDir, run);
  try {
    const { planned_at, command, undoes } = await readHeader(file);
    const at = Date.parse(planned_at);
    if ((Number.isNaN(at) ? Date.parse(startOf(run)) : at) >= before) return undefined;
    const one = { run, planned_at, command, undoes };
    if (unfinished || !(await canBeResumed(readSmallPlanFile(file) ?? (await readPlanFile(file)))))
      return one;
    return { ...one, keep: 'It is not finished and can be resumed' };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const planned_at = startOf(run);
    if (Date.parse(planned_at) >= before) return undefined;
    return { run, planned_at, command: null, keep: error.message, isProblem: true };
  }
}

/** Requests of `api` are never sent again from a journal. */
async function canBeResumed(kept: StoredRun): Promise<boolean> {
  const { size, steps } = await remainingPlan(kept);
  return size > 0 && steps['send-request'] === 0;
}

/** The runs that were undone, where that undo was not undone itself. */
async function undoneAmong(configDir: string, names: readonly string[]): Promise<Set<string>> {
  const undone = new Set<string>();
  for (const run of names) {
    if (undone.has(run)) continue;
    const head = await readHeader(runPath(configDir, run)).catch((error: unknown) => {
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (head?.undoes !== undefined) undone.add(head.undoes);
  }
  return undone;
}

/**
 * Removes runs, the oldest first, so that no run outlasts its undo. Yields each with the reason why it is kept, if it is. A run
 * that another process works on is kept, and so is its undo.
 */
export async function* removeRuns(configDir: string, runs: readonly OldRun[]): AsyncGenerator<OldRun> {
  const removed = new Set<string>();
  const staying = new Set<string>();
  try {
    for (const one of runs) {
      const result = one.keep === undefined ? await removeRun(configDir, one, staying) : one;
      if (result.keep === undefined) removed.add(one.run);
      else staying.add(one.run);
      yield result;
    }
  } finally {
    await forgetRuns(configDir, removed);
  }
}

async function removeRun(configDir: string, one: OldRun, staying: ReadonlySet<string>): Promise<OldRun> {
  const file = runPath(configDir, one.run);
  try {
    return await withLock(
      file,
      async (stillHeld) => {
        const { undoes } = await readHeader(file);
        if (undoes !== undefined && staying.has(undoes))
          return { ...one, keep: `It records that ${undoes} was undone, and that run stays` };
        try {
          stillHeld();
          // Synchronous, so that the process cannot be paused between the check and the removal.
          unlinkSync(file);
        } catch (error) {
          if (error instanceof AppError) throw error;
          fsErrorHandler('remove', file)(error);
        }
        return one;
      },
      { timeoutMs: 0 },
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...one, keep: error.message, isProblem: true };
  }
}

/** Removes temporary files older than a time that killed processes left of runs, the index and inputs. */
export async function removeLeftovers(configDir: string, before: number): Promise<void> {
  const unfinished = /^(?:\d{8}-\d{9}-[0-9a-f]{4}\.jsonl|index\.json)\.\d+$/;
  await removeOld(runsDir(configDir), unfinished, before);
  await removeOld(configDir, /^input-[0-9a-f-]{36}$/, before);
}

async function removeOld(dir: string, pattern: RegExp, before: number): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    if (!pattern.test(name)) continue;
    const file = path.join(dir, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() && found.mtimeMs < before) await removeFile(file);
  }
}
