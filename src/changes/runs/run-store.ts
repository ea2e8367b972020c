import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { fsErrorHandler, isNotFound } from '../../platform/fs/errors.ts';
import { ensurePrivateDir, tightenMode, type Warn } from '../../platform/fs/private-files.ts';
import type { PlanHeader } from '../plan/plan.ts';
import { readHeader, readPlanFile } from './plan-file.ts';
import type { RunHeader, StoredRun } from './records.ts';

const runsDirName = 'runs';

/** The directory of the runs. */
export function runsDir(configDir: string): string {
  return path.join(configDir, runsDirName);
}

export function runPath(configDir: string, run: string): string {
  if (!/^[0-9]{8}-[0-9]{9}-[0-9a-f]{4}$/.test(run)) {
    throw usageError(
      `"${run}" is not a run`,
      'To see the runs recorded on this machine: twilio-org runs list',
    );
  }
  return path.join(configDir, runsDirName, `${run}.jsonl`);
}

/** The names of the stored runs, the latest first. */
export async function listRuns(configDir: string): Promise<string[]> {
  const names = await readdir(path.join(configDir, runsDirName)).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    return fsErrorHandler('read', path.join(configDir, runsDirName))(error);
  });
  return names
    .flatMap((name) => /^(\d{8}-\d{9}-[0-9a-f]{4})\.jsonl$/.exec(name)?.[1] ?? [])
    .sort()
    .reverse();
}

/** The start of a run, from its name; ISO 8601. */
export function startOf(run: string): string {
  return run.replace(/^(....)(..)(..)-(..)(..)(..)(...)-.*$/, '$1-$2-$3T$4:$5:$6.$7Z');
}

/** A unique name that sorts after that of the latest run, whatever the clock says. */
async function newRun(now: number, latest: string | undefined): Promise<string> {
  const { randomBytes } = await import('node:crypto');
  const last = Date.parse(startOf(latest ?? ''));
  const isAhead = last >= now && last < Date.UTC(9999, 11, 31);
  const [date, time] = new Date(isAhead ? last + 1 : now)
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .split('T');
  return `${date}-${time}-${randomBytes(2).toString('hex')}`;
}

/** The first line of a file for this plan. @param latest the latest stored run */
export async function newRunHeader(
  head: PlanHeader,
  now: number,
  undoes?: string,
  latest?: string,
): Promise<RunHeader> {
  const planned_at = new Date(now).toISOString();
  const run = await newRun(now, latest);
  return { type: 'run', version: 1, run, planned_at, ...(undoes === undefined ? {} : { undoes }), ...head };
}

/** Creates the directory of the runs. */
export async function ensureRunDir(configDir: string, warn?: Warn): Promise<void> {
  await ensurePrivateDir(configDir, warn);
  await ensurePrivateDir(path.join(configDir, runsDirName), warn);
}

/** Reads a stored run and closes its file to others, because anyone who can write to it decides what resuming it does. */
export async function loadRun(configDir: string, run: string, warn?: Warn): Promise<StoredRun> {
  const file = runPath(configDir, run);
  const kept = await readPlanFile(file);
  await tightenMode(path.dirname(file), file, warn);
  return kept;
}

/** The run that undid this one and was not undone itself. */
export async function findUndoOf(configDir: string, run: string): Promise<string | undefined> {
  for (const name of await listRuns(configDir)) {
    // An undo is later than its run.
    if (name <= run) return undefined;
    if ((await undoneIn(runPath(configDir, name))) !== run) continue;
    if ((await findUndoOf(configDir, name)) === undefined) return name;
  }
  return undefined;
}

/** The run that a run undoes. A run that can't be read undoes none. */
async function undoneIn(file: string): Promise<string | undefined> {
  try {
    return (await readHeader(file)).undoes;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  return undefined;
}
