import { loadStyle } from './color.ts';
import { csvRecordWriter, escapeFormula } from './csv.ts';
import {
  escapeControl,
  isObeyedLog,
  jsonWithoutLogCommands,
  terminalSafeJson,
  withoutLogCommands,
} from './escape.ts';
import { checkFields, project, type View, valueAt } from './projection.ts';
import { keyValueLines, tableLines } from './table.ts';
import { createWriter } from './writer.ts';

export type { View } from './projection.ts';

export const formats = ['table', 'json', 'jsonl', 'csv', 'tsv'] as const;
export type Format = (typeof formats)[number];

type Rows = Iterable<unknown> | AsyncIterable<unknown>;

/** The result of a command, on stdout. A write that fails rejects with the stream's error, such as EPIPE. */
export interface Output {
  readonly format: Format;
  /** Refuses `--fields` the view does not know, as a usage error that lists the known ones. To be called before any request. */
  checkFields(view: View): void;
  /**
   * Prints rows, and resolves to how many. When the source fails, what came before is printed and its error is thrown on;
   * `json` prints nothing then, because half an array is none.
   */
  list(view: View, rows: Rows): Promise<number>;
  /** Prints one row: in table form, a line for each of its fields; else as `list` would. */
  item(view: View, row: unknown): Promise<void>;
  /** Prints text as it is, with a line break at its end. */
  text(text: string): Promise<void>;
}

export interface OutputOptions {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Tells what reads stdout. */
  env: Readonly<Record<string, string | undefined>>;
  format: Format;
  /** The dotted paths of `--fields`, if it was given. */
  fields?: readonly string[] | undefined;
  color: boolean;
}

export function createOutput({ stdout, env, format, fields, color }: OutputOptions): Output {
  const writer = createWriter(stdout);
  const keep = fields === undefined ? (row: unknown) => row : project(fields);
  const isLog = isObeyedLog(env);
  const inLog = isLog ? withoutLogCommands : String;
  const textLine = (line: string): string => `${inLog(line)}\n`;
  const json = (value: unknown, indent?: number): string => {
    const text = terminalSafeJson(JSON.stringify(value, null, indent) ?? 'null');
    return isLog ? jsonWithoutLogCommands(text) : text;
  };

  async function stream(rows: Rows, line: (row: unknown) => string): Promise<number> {
    let count = 0;
    try {
      for await (const row of rows) {
        const pause = writer.write(line(row));
        if (pause !== undefined) await pause;
        count += 1;
      }
    } catch (error) {
      // The first error is the one to tell.
      await writer.flush().catch(() => undefined);
      throw error;
    }
    await writer.flush();
    return count;
  }

  async function jsonList(rows: Rows): Promise<number> {
    const { collected, failure } = await collect(rows);
    if (failure !== undefined) throw failure.error;
    await stream(jsonArray(collected.map(keep), json), String);
    return collected.length;
  }

  async function table(view: View, rows: Rows): Promise<number> {
    const { collected, failure } = await collect(rows);
    const paths = fields ?? view.columns;
    const cells = collected.map((row) => paths.map((path) => escapeControl(plainText(valueAt(row, path)))));
    const width = stdout.isTTY ? stdout.columns || 80 : undefined;
    if (cells.length > 0)
      await stream(await tableLines(paths.map(escapeControl), cells, { width, color }), (line) =>
        textLine(String(line)),
      );
    if (failure !== undefined) throw failure.error;
    return cells.length;
  }

  async function csv(view: View, rows: Rows): Promise<number> {
    const paths = fields ?? view.columns;
    const record = await csvRecordWriter(paths.length);
    // A terminal would obey what a file only holds.
    const show = stdout.isTTY ? escapeControl : String;
    // Headings are data, too: those of a saved plan come from its file.
    let head = record(paths.map((path) => show(escapeFormula(path))));
    const count = await stream(rows, (row) => {
      const text = head + record(paths.map((path) => show(csvCell(valueAt(row, path)))));
      head = '';
      return text;
    });
    if (head !== '') await stream([head], String);
    return count;
  }

  function tsvLine(view: View): (row: unknown) => string {
    const paths = fields ?? view.columns;
    return (row) => textLine(paths.map((path) => escapeControl(plainText(valueAt(row, path)))).join('\t'));
  }

  async function list(view: View, rows: Rows): Promise<number> {
    switch (format) {
      case 'json':
        return jsonList(rows);
      case 'jsonl':
        return stream(rows, (row) => `${json(keep(row))}\n`);
      case 'csv':
        return csv(view, rows);
      case 'tsv':
        return stream(rows, tsvLine(view));
      case 'table':
        return table(view, rows);
    }
  }

  async function item(view: View, row: unknown): Promise<void> {
    if (format === 'json') await stream([row], () => `${json(keep(row), 2)}\n`);
    else if (format !== 'table') await list(view, [row]);
    else {
      const pairs = (fields ?? presentFields(view, row)).map(
        (path) => [escapeControl(path), escapeControl(plainText(valueAt(row, path)))] as const,
      );
      const { bold } = await loadStyle(color);
      await stream(keyValueLines(pairs, bold), (line) => textLine(String(line)));
    }
  }

  return {
    format,
    checkFields: (view) => (fields === undefined ? undefined : checkFields(view, fields)),
    list,
    item,
    text: async (text) => {
      await stream(text.replace(/\n$/, '').split('\n'), (line) => textLine(String(line)));
    },
  };
}

/** Every row, and the error that ended the source early, if one did. */
async function collect(rows: Rows): Promise<{ collected: unknown[]; failure?: { error: unknown } }> {
  const collected: unknown[] = [];
  try {
    for await (const row of rows) collected.push(row);
  } catch (error) {
    return { collected, failure: { error } };
  }
  return { collected };
}

/** The fields a row has, without those that others of the list show part by part. */
function presentFields(view: View, row: unknown): string[] {
  const whole = view.fields.filter((field) => !view.fields.some((other) => other.startsWith(`${field}.`)));
  return whole.filter((field) => valueAt(row, field) !== undefined);
}

function* jsonArray(
  items: readonly unknown[],
  json: (value: unknown, indent: number) => string,
): Generator<string> {
  if (items.length === 0) {
    yield '[]\n';
    return;
  }
  let before = '[\n';
  for (const item of items) {
    // As part of an array it is indented as such; the brackets are ours.
    yield before + json([item], 2).slice('[\n'.length, -'\n]'.length);
    before = ',\n';
  }
  yield '\n]\n';
}

function plainText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function csvCell(value: unknown): string {
  return typeof value === 'number' ? String(value) : escapeFormula(plainText(value));
}
