import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { cannot } from '../config/files.ts';
import { csvRecords, neutralise } from '../terminal/csv.ts';
import type { Item } from './plan.ts';
import type { Result } from './report.ts';

/** Takes each row of the input with what came of it. */
export interface Results {
  add(item: Item, result: Result): Promise<void>;
  /** Puts the file in its place; what is there until then is the one of an earlier run. */
  close(): Promise<void>;
}

const added = ['outcome', 'sid', 'reason'];

/** A CSV file that holds the input's own cells and three more, and that can be an input again. */
export async function openResults(file: string): Promise<Results> {
  const unfinished = `${file}.${process.pid}`;
  const handle = await open(unfinished, 'w', 0o600).catch(cannot('write', file));
  let head: string[] | undefined;
  let record: ((cells: readonly string[]) => string) | undefined;
  let text = '';
  async function write(to: FileHandle): Promise<void> {
    const chunk = text;
    text = '';
    await to.appendFile(chunk).catch(cannot('write', file));
  }
  return {
    async add({ cells = {} }, { outcome, sid = '', reason = '' }) {
      if (head === undefined || record === undefined) {
        head = Object.keys(cells).filter((name) => !added.includes(name));
        record = await csvRecords(head.length + added.length);
        text += record([...head, ...added]);
      }
      const given = [...head.map((name) => cells[name] ?? ''), outcome, sid, reason];
      text += record(given.map(neutralise));
      if (text.length > 65_536) await write(handle);
    },
    async close() {
      try {
        await write(handle);
        await handle.close();
        await rename(unfinished, file).catch(cannot('write', file));
      } catch (error) {
        await handle.close().catch(() => undefined);
        await rm(unfinished, { force: true });
        throw error;
      }
    },
  };
}

/** Gives the work a place for its results, if one is wanted; it is complete however the work ends. */
export async function withResults(
  file: string | undefined,
  work: (onResult: Results['add'] | undefined) => Promise<void>,
): Promise<void> {
  if (file === undefined) return work(undefined);
  const results = await openResults(file);
  try {
    await work(results.add);
  } finally {
    await results.close();
  }
}
