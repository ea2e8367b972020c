import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import type { Context } from '../../cli/context.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { cannot, cannotReadNamed, makePrivateFolder } from '../../platform/fs/private-files.ts';
import type { Columns } from './columns.ts';
import type { Fault } from './row-errors.ts';

/** A row of the input. */
export interface Row {
  /** Where it begins, from 1. */
  line: number;
  /** By the names of the columns here; what is empty is left out. */
  cells: Map<string, string>;
  /** As they stand in the input, by its own names. */
  given: Record<string, string>;
  /** What is wrong with its form. */
  faults: Fault[];
  /** Whether it can't be read at all, so that nothing more can be said of it. */
  malformed?: boolean;
}

/** A row that can't be read. */
export function malformed(line: number, ...faults: (string | Fault)[]): Row {
  const given: Row['given'] = Object.create(null);
  const located = faults.map((fault) => (typeof fault === 'string' ? { line, problem: fault } : fault));
  return { line, cells: new Map(), given, faults: located, malformed: true };
}

/** The text that rows are read from. */
export interface Source {
  text(): AsyncIterable<string>;
  /** If not, what can't be read shows as `unreadable`. */
  isUtf8: boolean;
}

const unreadable = '\uFFFD';
const notUtf8 = 'it is not UTF-8: save the file as "CSV UTF-8", or convert it with iconv';

/** Why a text is none: it would be stored as something else. */
export function notText(text: string, { isUtf8 }: Pick<Source, 'isUtf8'>): string | undefined {
  if (!isUtf8 && text.includes(unreadable)) return notUtf8;
  return text.includes('\0') ? 'it holds a NUL character, which is no text' : undefined;
}

/** What is in a cell, if anything is. Says when it is not text. */
export function cellOf(
  { line, faults }: Row,
  { name, title, text }: { name: string | undefined; title: string; text: string },
  { exact = [] }: Columns,
  source: Source,
): string | undefined {
  const problem = notText(text, source);
  if (problem !== undefined) faults.push({ line, column: title, problem });
  if (text.trim() === '') return undefined;
  return name !== undefined && exact.includes(name) ? text : text.trim();
}

/** An input that can be read as often as is needed. */
export interface Input {
  /** As the user named it. */
  name: string;
  rows(columns: Columns): AsyncGenerator<Row>;
  close(): Promise<void>;
}

/**
 * Copies the input, which may be standard input or change meanwhile, and tells CSV from JSON. The copy has no name from
 * the start, so that it is gone however the program ends.
 */
export async function openInput(ctx: Context, file: string): Promise<Input> {
  await makePrivateFolder(ctx.configDir, (text) => ctx.messages.warn(text));
  const { randomUUID } = await import('node:crypto');
  const copy = path.join(ctx.configDir, `input-${randomUUID()}`);
  const handle = await open(copy, 'wx+', 0o600).catch(cannot('write', ctx.configDir));
  // Where an open file can't be removed, it is at the end.
  await rm(copy).catch(() => undefined);
  const close = async () => {
    await handle.close();
    await rm(copy, { force: true });
  };
  const name = file === '-' ? 'standard input' : file;
  try {
    const isUtf8 = await copied(ctx, file, name, handle);
    const text = () => textOf(handle);
    const head = await headOf(handle, name);
    const isJson = /^\s*[{[]/.test(head);
    const { jsonRows } = await import('./formats/json.ts');
    const { csvRows } = await import('./formats/csv.ts');
    const read = isJson ? jsonRows : csvRows;
    return { name, rows: (columns) => read({ text, isUtf8 }, columns, head), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Gives whether it is UTF-8. */
async function copied(ctx: Context, file: string, name: string, to: FileHandle): Promise<boolean> {
  const { stdin, signal } = ctx.runtime;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  const check = (chunk?: Buffer) => {
    try {
      if (isUtf8) decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      isUtf8 = false;
    }
  };
  try {
    const from: Readable = file === '-' ? (stdin as Readable) : (await open(file)).createReadStream();
    for await (const chunk of addAbortSignal(signal, from)) {
      const bytes = Buffer.from(chunk);
      check(bytes);
      await to.appendFile(bytes).catch(cannot('write', ctx.configDir));
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    signal.throwIfAborted();
    cannotReadNamed(name)(cause);
  }
  check();
  return isUtf8;
}

/** From its beginning, however often it was read before; without a byte order mark. */
async function* textOf({ fd }: FileHandle): AsyncGenerator<string> {
  let first = true;
  for await (const piece of createReadStream('', { fd, start: 0, autoClose: false, encoding: 'utf8' })) {
    yield first ? piece.replace(/^\uFEFF/, '') : piece;
    first = false;
  }
}

/** Enough to tell what it is. */
async function headOf(handle: FileHandle, name: string): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
  const bytes = buffer.subarray(0, bytesRead);
  const beginning = bytes.toString('hex', 0, 4);
  // With a byte order mark, or with the zero that one of the first two letters has.
  if (/^(fffe|feff|00|..00)/.test(beginning)) {
    throw usageError(
      `${name} is UTF-16, and has to be UTF-8`,
      'Save it as "CSV UTF-8", or convert it with iconv',
    );
  }
  if (/^(504b0304|d0cf11e0)/.test(beginning)) {
    throw usageError(
      `${name} is a workbook or an archive, and has to be text`,
      'Save the sheet as "CSV UTF-8"',
    );
  }
  const head = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (head.trim() === '') throw usageError(`${name} is empty`, 'Its first line names the columns');
  return head;
}
