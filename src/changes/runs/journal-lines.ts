import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../../platform/core/errors.ts';
import { isObject } from '../../platform/core/json.ts';
import { fsErrorHandler, isNotFound } from '../../platform/fs/errors.ts';
import { linesBackwards } from '../../platform/fs/lines-backwards.ts';
import { openRegularFile } from '../../platform/fs/private-files.ts';
import { PlanFormatError } from '../plan/record-checks.ts';
import type { JournalRecord, RunHeader } from './records.ts';
import { checkForm, lineChecker } from './schema.ts';

export interface ReadOptions {
  /** Advice about a file that can't be read. */
  hint?: string | undefined;
  /** The file, where it is open already. It stays open. */
  opened?: FileHandle | undefined;
}

/** The checked lines of a file, without a last line that a crash cut short. */
export async function* lines(
  file: string,
  { hint, opened }: ReadOptions = {},
): AsyncGenerator<JournalRecord> {
  let handle = opened;
  const parse = lineParser(file);
  try {
    handle ??= await openRegularFile(file);
    // From its start, wherever an earlier reading ended.
    const input = handle.createReadStream({ autoClose: false, encoding: 'utf8', start: 0 });
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const value = parse(text);
      if (value !== undefined) yield value;
    }
  } catch (error) {
    throwReadError(file, error, hint);
  } finally {
    if (handle !== opened) await handle?.close();
  }
}

/** Opens a file for work that reads it more than once. */
export async function withOpenFile<T>(file: string, work: (opened: FileHandle) => Promise<T>): Promise<T> {
  const opened = await openRegularFile(file).catch((error: unknown) => throwReadError(file, error));
  return work(opened).finally(() => opened.close());
}

function throwReadError(file: string, error: unknown, hint?: string): never {
  if (error instanceof AppError) throw error;
  if (error instanceof PlanFormatError) throw notOurs(file, error);
  if (isNotFound(error))
    throw new AppError('not-found', `There is no run ${path.basename(file, '.jsonl')}`, {
      hint: 'To see the runs recorded on this machine: twilio-org runs list',
    });
  return fsErrorHandler('read', file, hint)(error);
}

/** Parses and checks lines in their order. Returns undefined for an empty line, and for a last line that was cut short. */
export function lineParser(file: string): (text: string) => JournalRecord | undefined {
  let broken = false;
  const check = lineChecker();
  return (text) => {
    if (text === '') return undefined;
    // Only the last line can be cut short.
    if (broken) throw unusable(file, 'one of its lines is not JSON');
    const value = parsed(text);
    broken = value === undefined;
    return value === undefined ? undefined : check(value);
  };
}

/**
 * The items of a file, the last line first. The order of the lines is not checked: a file is read from its start before
 * its items are wanted in this order.
 */
export async function* itemLinesBackwards(
  file: string,
): AsyncGenerator<Extract<JournalRecord, { type: 'item' }>> {
  let handle: FileHandle | undefined;
  try {
    handle = await openRegularFile(file);
    for await (const text of linesBackwards(handle)) {
      const value = isOfJournal.test(text) ? undefined : parsed(text);
      if (value?.type !== 'item') continue;
      checkForm(value);
      yield value;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof PlanFormatError) throw notOurs(file, error);
    fsErrorHandler('read', file)(error);
  } finally {
    await handle?.close();
  }
}

/** Lines that follow the plan: most of a file, and not worth parsing here. */
const isOfJournal = /^\{"type":"(?:intent|outcome|resumed)"/;

function parsed(text: string): JournalRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && typeof value.type === 'string'
      ? (value as unknown as JournalRecord)
      : undefined;
  } catch {
    return undefined;
  }
}

export function asHead(value: JournalRecord, file: string): RunHeader {
  if (value.type === 'run' && value.version === 1) return value;
  throw unusable(file, 'it is not a plan or run of this version');
}

function notOurs(file: string, { message }: PlanFormatError): AppError {
  return new AppError('usage', `${file} can't be used: ${message}`, {
    hint: hintFor(file, 'Nothing was sent. '),
  });
}

export function unusable(file: string, why: string): AppError {
  return new AppError('failure', `${file} can't be used: ${why}`, {
    hint: hintFor(file),
  });
}

/** Advice about an unusable file: a run may have changed something, a saved plan has not. */
function hintFor(file: string, before = ''): string {
  const isRun = /^\d{8}-\d{9}-[0-9a-f]{4}\.jsonl$/.test(path.basename(file));
  if (!isRun) return `${before}Make the plan again with the command that made it`;
  return 'The changes that this run made are unknown. Check the users and roles that it affected';
}
