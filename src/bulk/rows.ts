import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isObject } from '../api/values.ts';
import { cannot, makePrivateFolder } from '../config/files.ts';
import type { Context } from '../context.ts';
import { AppError, usageError } from '../errors.ts';
import { restore } from '../terminal/csv.ts';

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
}

/** Something wrong with the input, and where. */
export interface Fault {
  line: number;
  column?: string | undefined;
  problem: string;
}

/** The columns that an input may have: their names here, and all that people call them, in small letters alone. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/** Makes any other column a known one, under its own name. */
export const anyColumn = '*';

/** What exports and result files hold beside, and nobody means to change. */
const ignored =
  /^(id|line|outcome|sid|reason|schemas|totalresults|username\w+|rolename|identity)$|^(meta|emails)/;

/** An input that can be read as often as is needed. */
export interface Input {
  /** As the user named it. */
  name: string;
  rows(columns: Columns): AsyncGenerator<Row>;
  /** Removes the copy that was made of it. */
  close(): Promise<void>;
}

/** Copies the input, which may be standard input or change meanwhile, to a private file, and tells CSV from JSON lines. */
export async function openInput(ctx: Context, file: string): Promise<Input> {
  await makePrivateFolder(ctx.configDir, (text) => ctx.messages.warn(text));
  const folder = await mkdtemp(path.join(ctx.configDir, 'input-')).catch(cannot('write', ctx.configDir));
  const copy = path.join(folder, 'rows');
  const name = file === '-' ? 'standard input' : file;
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const handle = await open(copy, 'wx', 0o600).catch(cannot('write', copy));
    try {
      const from = file === '-' ? ctx.runtime.stdin : (await open(file)).createReadStream();
      for await (const chunk of from) await handle.appendFile(chunk);
    } catch (cause) {
      throw usageError(`${name} can't be read${reasonOf(cause)}`, 'Check the name and who may read it');
    } finally {
      await handle.close();
    }
    const head = (await readHead(copy)).replace(/^\uFEFF/, '');
    const isJson = /^\s*[{[]/.test(head);
    return {
      name,
      rows: (columns) => (isJson ? jsonRows(copy, name, columns) : csvRows(copy, name, columns, head)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return ': there is no such file';
  return code === undefined ? '' : `: ${String(code)}`;
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** The text of a file in pieces. What is not UTF-8 is refused: names would be stored as something else. */
async function* decoded(file: string, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(file)) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(`${name} is not UTF-8`, 'Save it as "CSV UTF-8", or convert it with iconv');
  }
}

async function* csvRows(file: string, name: string, columns: Columns, head: string): AsyncGenerator<Row> {
  const [{ parse }, { Readable }] = await Promise.all([import('csv-parse'), import('node:stream')]);
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(head),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
  });
  const source = Readable.from(decoded(file, name));
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  let header: Header | undefined;
  try {
    for await (const { record, info } of parser) {
      const breaks = record.join('').match(/\r\n|\n|\r/g)?.length ?? 0;
      const line = info.lines - breaks;
      if (header === undefined) {
        header = readHeader(record, columns, name);
        continue;
      }
      yield asRow(line, header, record.map(restore));
    }
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error)) throw error;
    const line = 'lines' in error && typeof error.lines === 'number' ? error.lines : undefined;
    if (line === undefined) throw error;
    throw inputFaults(name, [{ line, problem: error.message.replace(/:.*/s, '').toLowerCase() }]);
  } finally {
    source.destroy();
  }
  if (header === undefined) throw usageError(`${name} is empty`, 'Its first line names the columns');
}

/** The separator that is most often in the first line, outside quotes. */
function delimiterOf(head: string): string {
  const [line = ''] = head.replace(/"[^"]*"/g, '').split(/\r\n|\n|\r/);
  const counts = [',', ';', '\t'].map((mark) => ({ mark, count: line.split(mark).length }));
  return counts.reduce((best, other) => (other.count > best.count ? other : best)).mark;
}

interface Header {
  length: number;
  /** The name here of each column, or undefined for one that is ignored. */
  names: (string | undefined)[];
  given: string[];
}

function readHeader(record: readonly string[], columns: Columns, name: string): Header {
  const faults: Fault[] = [];
  const given = record.map((cell) => restore(cell).trim());
  const names = given.map((text) => columnOf(text, columns, 1, faults));
  for (const [index, column] of names.entries()) {
    if (column !== undefined && names.indexOf(column) < index) {
      faults.push({ line: 1, column: given[index], problem: `there are two columns for ${column}` });
    }
  }
  if (faults.length > 0) throw inputFaults(name, faults);
  return { length: record.length, names, given };
}

function columnOf(text: string, columns: Columns, line: number, faults: Fault[]): string | undefined {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  for (const [column, aliases] of Object.entries(columns)) {
    if (plain === column.toLowerCase().replace(/_/g, '') || aliases.includes(plain)) return column;
  }
  if (Object.hasOwn(columns, anyColumn)) return text;
  if (!ignored.test(plain)) {
    faults.push({
      line,
      column: text,
      problem: `no such column; there are ${Object.keys(columns).join(', ')}`,
    });
  }
  return undefined;
}

function asRow(line: number, header: Header, record: readonly string[]): Row {
  const cells = new Map<string, string>();
  const given: Record<string, string> = Object.create(null);
  for (const [index, name] of header.names.entries()) {
    const cell = record[index] ?? '';
    given[header.given[index] ?? ''] = cell;
    if (name !== undefined && cell.trim() !== '') cells.set(name, cell.trim());
  }
  const problem = `it has ${record.length} cells, and the header ${header.length}`;
  return { line, cells, given, faults: record.length === header.length ? [] : [{ line, problem }] };
}

async function* jsonRows(file: string, name: string, columns: Columns): AsyncGenerator<Row> {
  const head = await readHead(file);
  if (/^\s*\[/.test(head)) {
    // An array has to be read whole.
    const list = parsedJson(await readFile(file, 'utf8'));
    if (!Array.isArray(list)) throw inputFaults(name, [{ line: 1, problem: 'it is not a list in JSON' }]);
    for (const [index, value] of list.entries()) yield jsonRow(value, index + 1, columns);
    return;
  }
  let line = 0;
  for await (const text of textLines(decoded(file, name))) {
    line += 1;
    if (text.trim() !== '') yield jsonRow(parsedJson(text), line, columns);
  }
}

async function* textLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function jsonRow(value: unknown, line: number, columns: Columns): Row {
  const row: Row = { line, cells: new Map(), given: Object.create(null), faults: [] };
  if (!isObject(value)) {
    row.faults.push({ line, problem: 'it is not an object in JSON' });
    return row;
  }
  for (const [path, cell] of flat(value)) {
    const column = columnOf(path, columns, line, row.faults);
    const text = cell === null || cell === undefined ? '' : String(cell);
    if (column !== undefined && row.cells.has(column) && row.cells.get(column) !== text) {
      row.faults.push({ line, column: path, problem: `there are two values for ${column}` });
    }
    row.given[path] = text;
    if (column !== undefined && text.trim() !== '') row.cells.set(column, text.trim());
  }
  return row;
}

function* flat(value: Record<string, unknown>, before = ''): Generator<[string, unknown]> {
  for (const [key, member] of Object.entries(value)) {
    if (isObject(member)) yield* flat(member, `${before}${key}.`);
    else if (!Array.isArray(member)) yield [`${before}${key}`, member];
  }
}

/** What an error says of a value, if it throws one. */
export function problemIn(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** How many faults are shown; nobody reads more. */
const shownFaults = 50;

/** Refuses an input with all that is wrong with it: a line each, and in JSON one message. */
export function refuseFaults(ctx: Context, name: string, faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  if (faults.length === 1 || /^jsonl?$/.test(ctx.out.format)) throw inputFaults(name, faults);
  ctx.messages.say(...faultLines(faults));
  throw inputFaults(name, faults, 'they are listed above');
}

function faultLines(faults: readonly Fault[]): string[] {
  const inOrder = [...faults].sort((a, b) => a.line - b.line);
  const lines = inOrder.slice(0, shownFaults).map(({ line, column, problem }) => {
    return `line ${line}${column === undefined ? '' : `, ${column}`}: ${problem}`;
  });
  const more = faults.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function inputFaults(
  name: string,
  faults: readonly Fault[],
  which = faultLines(faults).join('; '),
): AppError {
  const what = `${name} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}, so nothing was changed`;
  return usageError(`${what}: ${which}`, 'Correct what is wrong, then run the same command again');
}
