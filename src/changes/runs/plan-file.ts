import { open, stat } from 'node:fs/promises';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { createAtomicFile } from '../../platform/fs/atomic-write.ts';
import { fsErrorHandler, inputErrorHandler } from '../../platform/fs/errors.ts';
import { readFirstLineSync, readSmallFileSync } from '../../platform/fs/private-files.ts';
import { emptyPlan, type Item, type Plan, tallyItem } from '../plan/plan.ts';
import {
  asHead,
  itemLinesBackwards,
  lineParser,
  lines,
  type ReadOptions,
  unusable,
} from './journal-lines.ts';
import type { JournalRecord, JournalState, Resumption, RunHeader, StoredRun } from './records.ts';

export function line(value: JournalRecord): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * Writes a whole plan to a file that only its owner can read. The file is complete, or does not exist.
 *
 * @param hint advice about a file that can't be written
 */
export async function writePlanFile(
  file: string,
  head: RunHeader,
  items: Plan['items'],
  hint?: string,
): Promise<void> {
  const { handle, commit: keep, abort: discard } = await createAtomicFile(file, hint);
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
    fsErrorHandler('write', file, hint)(error);
  }
  await keep();
}

/** Refuses to replace anything but a plan, so that a slip destroys no input file. */
export async function assertPlanPath(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there === undefined || (there.isFile() && (await beginsAsPlan(file)))) return;
  throw usageError(
    `${file} exists and is not a plan`,
    'Nothing was changed. Name a new file or an earlier plan',
  );
}

async function beginsAsPlan(file: string): Promise<boolean> {
  const wanted = Buffer.from('{"type":"run"');
  const handle = await open(file, 'r').catch(inputErrorHandler(file));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted.length), 0, wanted.length, 0);
    return buffer.subarray(0, bytesRead).equals(wanted);
  } finally {
    await handle.close();
  }
}

/** Larger files, in bytes, are read as a stream. */
export const maxInMemory = 65_536;

/** Reads a run or a saved plan. The items stay in the file until they are asked for. */
export async function readPlanFile(file: string, options: ReadOptions = {}): Promise<StoredRun> {
  const reader = runReader(file, {
    items: () => readItems(file, options),
    itemsBackwards: () => readItemsBackwards(file),
  });
  for await (const value of lines(file, options)) reader.take(value);
  return reader.end();
}

/**
 * Reads a small run at once, which takes a tenth of the time. Returns undefined for a large or unusable file:
 * {@link readPlanFile} then reads it, or says why it can't.
 */
export function readSmallPlanFile(file: string): StoredRun | undefined {
  try {
    const items: Item[] = [];
    const reader = runReader(file, { items: () => items, itemsBackwards: () => items.toReversed() });
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

/** Collects a run from its lines. */
function runReader(
  file: string,
  { items, itemsBackwards }: Pick<StoredRun, 'itemsBackwards'> & Pick<Plan, 'items'>,
) {
  let head: RunHeader | undefined;
  let plan: Plan | undefined;
  let complete = false;
  const state: JournalState = new Map();
  const resumed: Resumption[] = [];
  return {
    take(value: JournalRecord): void {
      head ??= asHead(value, file);
      plan ??= emptyPlan(head, items);
      if (value.type === 'item') tallyItem(plan, value);
      else if (value.type === 'resumed') resumed.push(value);
      else if (value.type === 'planned') complete = value.size === plan.size;
      else if (value.type === 'intent' || value.type === 'outcome') {
        // An empty list that grows reserves room for 17 elements.
        if (value.step === 0 && !state.has(value.item)) state.set(value.item, [value]);
        const steps = state.get(value.item) ?? [];
        steps[value.step] = value;
        state.set(value.item, steps);
      }
    },
    end(): StoredRun {
      if (head === undefined || plan === undefined || !complete)
        throw unusable(file, 'its plan is incomplete');
      return { head, plan, itemsBackwards, state, resumed };
    },
  };
}

/** The first line of a run's file. */
export async function readHeader(file: string): Promise<RunHeader> {
  const head = readShortHead(file);
  if (head !== undefined) return head;
  for await (const value of lines(file)) return asHead(value, file);
  throw unusable(file, 'it is empty');
}

/** The same without waiting, which matters where thousands are read. Returns undefined for a long or unusable line. */
function readShortHead(file: string): RunHeader | undefined {
  try {
    const value = lineParser(file)(readFirstLineSync(file, maxInMemory) ?? '');
    return value === undefined ? undefined : asHead(value, file);
  } catch {
    return undefined;
  }
}

/** The items of a plan in a file. */
export async function* readItems(file: string, options?: ReadOptions): AsyncGenerator<Item> {
  for await (const value of lines(file, options)) {
    if (value.type === 'planned') return;
    if (value.type !== 'item') continue;
    const { type: _, ...item } = value;
    yield item;
  }
}

/** The items of a plan in a file, from the last to the first. */
async function* readItemsBackwards(file: string): AsyncGenerator<Item> {
  for await (const value of itemLinesBackwards(file)) {
    const { type: _, ...item } = value;
    yield item;
  }
}
