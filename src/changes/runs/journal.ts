import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { appender, removeCutLine } from '../../platform/fs/append.ts';
import {
  cannot,
  cannotReadNamed,
  isMissing,
  makePrivate,
  makePrivateFolder,
  openUnfinished,
  readFirstLineSync,
  readSmallFileSync,
  type Warn,
} from '../../platform/fs/private-files.ts';
import type { Made } from '../plan/change.ts';
import { addToPlan, type Item, noSteps, type Plan, type PlanHead } from '../plan/plan.ts';
import { asHead, lineParser, lines, unusable } from './journal-lines.ts';

/** The first line of a run's file. */
export interface RunHead extends PlanHead {
  type: 'run';
  version: 1;
  run: string;
  /** When it was planned; ISO 8601. */
  planned_at: string;
  /** The run that this one takes back. */
  undoes?: string;
}

/** What is written before a step is sent. */
export interface Intent {
  type: 'intent';
  /** From 0, as the items stand in the plan. */
  item: number;
  step: number;
  at: string;
}

/** What is written when it is known what came of a step, or that nobody knows. */
export interface Outcome extends Made {
  type: 'outcome';
  item: number;
  step: number;
  status: 'done' | 'failed' | 'unknown' | 'not sent';
  /** Why it is not done. */
  reason?: string;
  at: string;
}

/** A line for each time that a run is resumed: often by another person than the one who began it. */
export interface Resumption extends Pick<PlanHead, 'actor' | 'client_id' | 'program'> {
  type: 'resumed';
  at: string;
}

export type Line =
  | RunHead
  | ({ type: 'item' } & Item)
  | { type: 'planned'; size: number }
  | Resumption
  | Intent
  | Outcome;

/** How far each step of an item got: by item, then by step. */
export type Progress = Map<number, (Intent | Outcome)[]>;

/** Where what happens is written down, each line on the disk before the promise resolves. */
export interface Journal {
  intent(item: number, step: number): Promise<void>;
  outcome(item: number, step: number, what: Pick<Outcome, 'status' | 'reason' | keyof Made>): Promise<void>;
  resumed(by: Omit<Resumption, 'type' | 'at'>): Promise<void>;
  /**
   * Throws when no more can be written: of what is sent then, nobody would know. To be called right before each request
   * leaves, also one that is sent again.
   */
  check(): void;
  close(): Promise<void>;
}

/** For a change that stands alone: there is nothing to resume. */
export const noJournal: Journal = {
  intent: async () => undefined,
  outcome: async () => undefined,
  resumed: async () => undefined,
  check: () => undefined,
  close: async () => undefined,
};

const folderName = 'runs';

/** The folder of the runs. */
export function runFolder(configDir: string): string {
  return path.join(configDir, folderName);
}

export function runFile(configDir: string, run: string): string {
  if (!/^[0-9]{8}-[0-9]{9}-[0-9a-f]{4}$/.test(run)) {
    throw usageError(`"${run}" is not a run`, '`twilio-org runs list` shows them');
  }
  return path.join(configDir, folderName, `${run}.jsonl`);
}

/** The names of the runs that are kept, the latest first. */
export async function runNames(configDir: string): Promise<string[]> {
  const names = await readdir(path.join(configDir, folderName)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    return cannot('read', path.join(configDir, folderName))(error);
  });
  return names
    .flatMap((name) => /^(\d{8}-\d{9}-[0-9a-f]{4})\.jsonl$/.exec(name)?.[1] ?? [])
    .sort()
    .reverse();
}

/** When a run was begun, as its name says; ISO 8601. */
export function startOf(run: string): string {
  return run.replace(/^(....)(..)(..)-(..)(..)(..)(...)-.*$/, '$1-$2-$3T$4:$5:$6.$7Z');
}

/** A name that sorts after that of the latest run, whatever the clock says, and that two processes do not share. */
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

/** The first line of a file for this plan. @param latest the latest run that is kept */
export async function newRunHead(
  head: PlanHead,
  now: number,
  undoes?: string,
  latest?: string,
): Promise<RunHead> {
  const planned_at = new Date(now).toISOString();
  const run = await newRun(now, latest);
  return { type: 'run', version: 1, run, planned_at, ...(undoes === undefined ? {} : { undoes }), ...head };
}

/**
 * Writes a whole plan to a file that only its owner can read; the file is complete or not there.
 *
 * @param hint what to do about a file that can't be written
 */
export async function writePlan(
  file: string,
  head: RunHead,
  items: Plan['items'],
  hint?: string,
): Promise<void> {
  const { handle, keep, discard } = await openUnfinished(file, hint);
  try {
    let size = 0;
    let text = line(head);
    for await (const item of items()) {
      size += 1;
      text += line({ type: 'item', ...item });
      if (text.length < 65_536) continue;
      await handle.appendFile(text);
      text = '';
    }
    await handle.appendFile(text + line({ type: 'planned', size }));
  } catch (error) {
    await discard();
    if (error instanceof AppError) throw error;
    cannot('write', file, hint)(error);
  }
  await keep();
}

/** Refuses a place where something else is than a plan: a slip must not cost an input, or a device. */
export async function mustTakePlan(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there === undefined || (there.isFile() && (await beginsAsPlan(file)))) return;
  throw usageError(
    `${file} is there already, and is not a plan`,
    'Nothing was changed. Name a file that is not there yet, or an earlier plan',
  );
}

async function beginsAsPlan(file: string): Promise<boolean> {
  const wanted = Buffer.from('{"type":"run"');
  const handle = await open(file, 'r').catch(cannotReadNamed(file));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted.length), 0, wanted.length, 0);
    return buffer.subarray(0, bytesRead).equals(wanted);
  } finally {
    await handle.close();
  }
}

/** Makes the folder of the journals. */
export async function makeRunFolder(configDir: string, warn?: Warn): Promise<void> {
  await makePrivateFolder(configDir, warn);
  await makePrivateFolder(path.join(configDir, folderName), warn);
}

/** Goes on with a journal that is there. @param stillHeld throws when the journal has become another process's */
export async function openJournal(file: string, now: () => number, stillHeld: () => void): Promise<Journal> {
  const handle = await open(file, 'a+', 0o600).catch(cannot('write', file));
  await removeCutLine(handle).catch(cannot('write', file));
  const { append, check } = appender(handle, file, stillHeld);
  const at = () => new Date(now()).toISOString();
  return {
    intent: (item, step) => append(line({ type: 'intent', item, step, at: at() })),
    outcome: (item, step, what) => append(line({ type: 'outcome', item, step, ...what, at: at() })),
    resumed: (by) => append(line({ type: 'resumed', ...by, at: at() })),
    check,
    async close() {
      await handle.close();
    },
  };
}

function line(value: Line): string {
  return `${JSON.stringify(value)}\n`;
}

/** A plan in a file, and how far it got. */
export interface KeptRun {
  head: RunHead;
  plan: Plan;
  progress: Progress;
  /** Each resumption, the earliest first. */
  resumed: Resumption[];
}

/** Reads a run that is kept here: whoever can write to it decides what resuming it does, so that is its owner alone. */
export async function readKeptRun(configDir: string, run: string, warn?: Warn): Promise<KeptRun> {
  const file = runFile(configDir, run);
  const kept = await readRun(file);
  await makePrivate(path.dirname(file), file, warn);
  return kept;
}

/**
 * Reads a run or a saved plan. The items stay in the file until they are asked for.
 *
 * @param hint what to do about a file that can't be read
 */
export async function readRun(file: string, hint?: string): Promise<KeptRun> {
  const reader = runReader(file, () => itemsIn(file));
  for await (const value of lines(file, hint)) reader.take(value);
  return reader.end();
}

/** Larger runs are read as a stream; bytes. */
const maxInMemory = 65_536;

/**
 * Reads a small run at once, which takes a tenth of the time; undefined where it is not small, or can't be used:
 * {@link readRun} then tells why.
 */
export function readSmallRun(file: string): KeptRun | undefined {
  try {
    const items: Item[] = [];
    const reader = runReader(file, () => items);
    const parse = lineParser(file);
    for (const text of readSmallFileSync(file, maxInMemory).split('\n')) {
      const value = parse(text);
      if (value === undefined) continue;
      reader.take(value);
      if (value.type !== 'item') continue;
      const { type: _, ...item } = value;
      items.push(item);
    }
    return reader.end();
  } catch {
    return undefined;
  }
}

/** Makes a run of its lines. */
function runReader(file: string, items: Plan['items']) {
  let head: RunHead | undefined;
  let plan: Plan | undefined;
  let complete = false;
  const progress: Progress = new Map();
  const resumed: Resumption[] = [];
  return {
    take(value: Line): void {
      head ??= asHead(value, file);
      plan ??= { head, size: 0, steps: noSteps(), removals: [], items };
      if (value.type === 'item') addToPlan(plan, value);
      else if (value.type === 'resumed') resumed.push(value);
      else if (value.type === 'planned') complete = value.size === plan.size;
      else if (value.type === 'intent' || value.type === 'outcome') {
        const steps = progress.get(value.item) ?? [];
        steps[value.step] = value;
        progress.set(value.item, steps);
      }
    },
    end(): KeptRun {
      if (head === undefined || plan === undefined || !complete)
        throw unusable(file, 'its plan is not whole');
      return { head, plan, progress, resumed };
    },
  };
}

/** The run that has taken this one back, and has not been taken back itself. */
export async function undoneBy(configDir: string, run: string): Promise<string | undefined> {
  for (const name of await runNames(configDir)) {
    // Whoever takes a run back comes after it.
    if (name <= run) return undefined;
    if ((await undoneIn(runFile(configDir, name))) !== run) continue;
    if ((await undoneBy(configDir, name)) === undefined) return name;
  }
  return undefined;
}

/** The run that a run takes back; one that can't be read takes none back. */
async function undoneIn(file: string): Promise<string | undefined> {
  try {
    return (await readHead(file)).undoes;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  return undefined;
}

/** The first line of a run's file. */
export async function readHead(file: string): Promise<RunHead> {
  const head = readShortHead(file);
  if (head !== undefined) return head;
  for await (const value of lines(file)) return asHead(value, file);
  throw unusable(file, 'it is empty');
}

/** The same at once, which matters where thousands are read; undefined where it is long, or can't be used. */
function readShortHead(file: string): RunHead | undefined {
  try {
    const value = lineParser(file)(readFirstLineSync(file, maxInMemory) ?? '');
    return value === undefined ? undefined : asHead(value, file);
  } catch {
    return undefined;
  }
}

/** The items of a plan in a file. */
export async function* itemsIn(file: string): AsyncGenerator<Item> {
  for await (const value of lines(file)) {
    if (value.type === 'planned') return;
    if (value.type !== 'item') continue;
    const { type: _, ...item } = value;
    yield item;
  }
}
