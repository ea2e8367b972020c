import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { geteuid } from 'node:process';
import { AppError } from '../../platform/core/errors.ts';
import { isObject } from '../../platform/core/json.ts';
import { replacePrivateFile } from '../../platform/fs/atomic-write.ts';
import { openRegularFile, removeFile, tightenMode, type Warn } from '../../platform/fs/private-files.ts';
import { verbOf } from '../plan/plan.ts';
import { withOpenFile } from './journal-lines.ts';
import { emptyTotals, itemsWithState, summarizeItem, tally } from './outcomes.ts';
import { maxInMemory, readPlanFile, readSmallPlanFile } from './plan-file.ts';
import type { StoredRun } from './records.ts';
import { type Names, peopleIn, peopleOf } from './run-people.ts';
import { loadRun, runPath, runsDir, startOf } from './run-store.ts';

/** The short form of a run, as `runs list` shows it. */
export interface RunSummary {
  run: string;
  planned_at: string;
  /** The command as it was typed. */
  command: string;
  /** The command without its arguments and flags, such as `users deactivate`. */
  verb: string;
  /** Null in a run of an older version, which did not record it. */
  actor: string | null;
  program: string | null;
  profile: string;
  client_id: string | null;
  organization_sid: string | null;
  api_url: string;
  /** The run that this one undoes. */
  undoes: string | null;
  created: number;
  changed: number;
  unchanged: number;
  failed: number;
  not_tried: number;
  /** Null where there are too many for the index. */
  people: Names[] | null;
}

/** Maximum of people that the index keeps for one run. A search for people reads larger runs again. */
const maxNames = 100;
const version = 1;

type Entry = { key: string; summary: RunSummary };

/**
 * Summarizes runs, in the order of their names. The index beside the journals saves reading those that have not changed.
 * It is a cache for display: commands that change something read the journals. Warns of runs that cannot be read, and
 * leaves them out.
 *
 * @param names those of all runs; a caller that needs fewer stops early
 */
export async function* summariesOf(
  configDir: string,
  names: readonly string[],
  warn: Warn,
): AsyncGenerator<RunSummary> {
  const index = await readIndex(configDir);
  let changed = false;
  try {
    for (const name of names) {
      const found = statOf(runPath(configDir, name));
      const known = index.get(name);
      if (known !== undefined && found !== undefined && known.key === keyOf(found)) {
        yield known.summary;
        continue;
      }
      const small =
        found !== undefined && isPrivate(found) && found.size <= maxInMemory
          ? readSmallPlanFile(runPath(configDir, name))
          : undefined;
      const summary =
        small === undefined
          ? await summaryOf(configDir, name, { warn, tightens: found === undefined || !isPrivate(found) })
          : await summarize(small, name);
      if (summary === undefined) continue;
      // The state before reading, so that lines appended meanwhile are read the next time.
      if (found !== undefined) {
        index.set(name, { key: keyOf(found), summary });
        changed = true;
      }
      yield summary;
    }
  } finally {
    const there = new Set(names);
    if (changed || [...index.keys()].some((name) => !there.has(name)))
      await writeIndex(configDir, index, there);
  }
}

/** Every person of a run, read from the journal where the index has no room for them. */
export async function allPeopleOf(configDir: string, { run, people }: RunSummary): Promise<Names[]> {
  if (people !== null) return people;
  try {
    return await peopleIn(await loadRun(configDir, run));
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

/** Opens the file of a run once, and reads it twice: for the state of its changes, then for its items. */
async function summaryOf(
  configDir: string,
  name: string,
  { warn, tightens }: { warn: Warn; tightens: boolean },
): Promise<RunSummary | undefined> {
  const file = runPath(configDir, name);
  try {
    return await withOpenFile(file, async (opened) => {
      const kept = await readPlanFile(file, { opened });
      if (tightens) await tightenMode(runsDir(configDir), file, warn);
      return summarize(kept, name);
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    warn(error.message);
    return undefined;
  }
}

async function summarize(kept: StoredRun, run: string): Promise<RunSummary> {
  const { head } = kept;
  const counts = emptyTotals();
  const people: Names[] = [];
  for await (const { item, steps } of itemsWithState(kept)) {
    tally(counts, summarizeItem(item, steps, kept.head));
    people.push(...peopleOf(item, steps));
  }
  const { notTried, ...totals } = counts;
  return {
    // The name of the file, because other commands take that name.
    run,
    planned_at: timeOf(head.planned_at) ?? timeOf(startOf(run)) ?? head.planned_at,
    command: head.command,
    verb: verbOf(head),
    actor: head.actor ?? null,
    program: head.program ?? null,
    profile: head.profile,
    client_id: head.client_id ?? null,
    organization_sid: head.organization_sid,
    api_url: head.api_url,
    undoes: head.undoes ?? null,
    ...totals,
    not_tried: notTried,
    people: people.flat().length > maxNames ? null : people,
  };
}

function timeOf(text: string): string | undefined {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function indexFile(configDir: string): string {
  return path.join(runsDir(configDir), 'index.json');
}

/** True for a file that only its owner can open. Reading any other file closes it to others, or warns of it. */
function isPrivate({ uid, mode }: Stats): boolean {
  const euid = geteuid?.();
  return euid === undefined || (uid === euid && (mode & 0o077) === 0);
}

/** Synchronous, because ten thousand asynchronous calls take ten times as long. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The state of a file. It includes the mode, so that a file that others can open is read, and closed to them. */
function keyOf({ size, mtimeMs, ctimeMs, ino, mode }: Stats): string {
  return [size, mtimeMs, ctimeMs, ino, mode].join(' ');
}

/** An index that is missing, damaged, of another version or of another user counts as empty. */
async function readIndex(configDir: string): Promise<Map<string, Entry>> {
  const index = new Map<string, Entry>();
  try {
    const handle = await openRegularFile(indexFile(configDir));
    try {
      if (!isPrivate(await handle.stat())) return index;
      const value: unknown = JSON.parse(await handle.readFile('utf8'));
      if (!isObject(value) || value.version !== version || !isObject(value.runs)) return index;
      for (const [name, entry] of Object.entries(value.runs)) {
        if (isEntry(entry) && entry.summary.run === name) index.set(name, entry);
      }
    } finally {
      await handle.close();
    }
  } catch {
    // The journals have everything.
  }
  return index;
}

const texts = ['run', 'planned_at', 'command', 'verb', 'profile', 'api_url'] as const;
const textsOrNull = ['actor', 'program', 'client_id', 'organization_sid', 'undoes'] as const;
const counts = ['created', 'changed', 'unchanged', 'failed', 'not_tried'] as const;

function isEntry(value: unknown): value is Entry {
  if (!isObject(value) || typeof value.key !== 'string' || !isObject(value.summary)) return false;
  const { summary } = value;
  return (
    texts.every((name) => typeof summary[name] === 'string') &&
    textsOrNull.every((name) => summary[name] === null || typeof summary[name] === 'string') &&
    counts.every((name) => Number.isSafeInteger(summary[name])) &&
    (summary.people === null || isPeople(summary.people))
  );
}

function isPeople(value: unknown): boolean {
  const isName = (name: unknown) => typeof name === 'string';
  return Array.isArray(value) && value.every((names) => Array.isArray(names) && names.every(isName));
}

/** Ignores an index that cannot be written: the next listing is slower. Of two processes the last one wins, and both are right. */
async function writeIndex(
  configDir: string,
  index: ReadonlyMap<string, Entry>,
  there: ReadonlySet<string>,
): Promise<void> {
  const runs = Object.fromEntries([...index].filter(([name]) => there.has(name)));
  try {
    await replacePrivateFile(indexFile(configDir), `${JSON.stringify({ version, runs })}\n`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

/** Removes runs from the index. An index that cannot be rewritten is removed itself. */
export async function forgetRuns(configDir: string, names: ReadonlySet<string>): Promise<void> {
  const index = await readIndex(configDir);
  if (![...names].some((name) => index.has(name))) return;
  await removeFile(indexFile(configDir));
  const left = new Set([...index.keys()].filter((name) => !names.has(name)));
  if (left.size > 0) await writeIndex(configDir, index, left);
}
