import type { Writable } from 'node:stream';
import { isObeyedLog, jsonWithoutLogCommands, terminalSafeJson, withoutLogCommands } from './escape.ts';
import type { OutputFormat, Target } from './formats/format.ts';
import { type FormatName, formatNamed } from './formats/index.ts';
import { checkFields, project, type View } from './projection.ts';
import { eachRow, type Rows } from './rows.ts';
import { createWriter } from './writer.ts';

export type { View } from './projection.ts';

/** Prints the result of a command on stdout. A failed write rejects with the stream's error, such as EPIPE. */
export interface Output {
  readonly format: OutputFormat<FormatName>;
  /** Throws `usage` for unknown `--fields`, with a list of the known ones. Call it before any request. */
  checkFields(view: View): void;
  /**
   * Prints rows, and resolves to their number. When the source fails, the rows before the failure are printed and its
   * error is thrown. A format that is valid only as a whole then prints nothing.
   *
   * @param mayPage true for a list that is only read: a long one goes through the person's pager
   */
  list(view: View, rows: Rows, options?: { mayPage?: boolean }): Promise<number>;
  /** Prints one row. The table form has a line for each field. */
  item(view: View, row: unknown): Promise<void>;
  /** Prints text unchanged, and ends it with a line break. */
  text(text: string): Promise<void>;
}

export interface OutputOptions {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Shows whether a CI log reads stdout. */
  env: Readonly<Record<string, string | undefined>>;
  format: FormatName;
  /** Dotted paths of the fields to show; undefined for the default. */
  fields?: readonly string[] | undefined;
  /** Makes what is printed out of the result; only with JSON. */
  query?: ((result: unknown) => unknown) | undefined;
  color: boolean;
  /** The clock for words such as `2 days ago`. */
  now?: (() => number) | undefined;
  /** Begins the output with a byte order mark, without which Excel reads UTF-8 as another encoding. */
  byteOrderMark?: boolean;
  /** Called before anything is written. */
  beforeWrite?: (() => void) | undefined;
  /** Makes the stream of a list for a pager; absent without one. */
  pager?: (() => Promise<Writable>) | undefined;
}

export function createOutput(options: OutputOptions): Output {
  const { stdout, env, format: name, fields, color, now = Date.now, beforeWrite } = options;
  const format = formatNamed(name);
  let writer = createWriter(stdout, beforeWrite);
  let mark = options.byteOrderMark ? '\uFEFF' : '';
  const isLog = isObeyedLog(env);
  const inLog = isLog ? withoutLogCommands : String;
  const isTerminal = stdout.isTTY === true;

  const target: Target = {
    fields,
    query: options.query,
    isTerminal,
    // Read for each result, because a window can be resized in between.
    get width() {
      return isTerminal ? stdout.columns || 80 : undefined;
    },
    color,
    get now() {
      return now();
    },
    select: fields === undefined ? (row) => row : project(fields),
    async writeRows(rows, toText) {
      let count = 0;
      try {
        await eachRow(rows, (row) => {
          const pause = writer.write(mark + toText(row));
          mark = '';
          count += 1;
          return pause;
        });
      } catch (error) {
        // The first error is the one to report.
        await writer.flush().catch(() => undefined);
        throw error;
      }
      await writer.flush();
      return count;
    },
    line: (text) => `${inLog(text)}\n`,
    json(value, indent) {
      const text = terminalSafeJson(JSON.stringify(value, null, indent) ?? 'null');
      return isLog ? jsonWithoutLogCommands(text) : text;
    },
  };

  return {
    format,
    checkFields: (view) => (fields === undefined ? undefined : checkFields(view, fields)),
    async list(view, rows, { mayPage = false } = {}) {
      const pages = mayPage ? await options.pager?.() : undefined;
      if (pages === undefined) return format.writeList(target, view, rows);
      const direct = writer;
      writer = createWriter(pages, beforeWrite);
      try {
        return await format.writeList(target, view, rows);
      } finally {
        writer = direct;
        await ended(pages);
      }
    },
    item: (view, row) => format.writeItem(target, view, row),
    async text(text) {
      await target.writeRows(text.replace(/\n$/, '').split('\n'), target.line);
    },
  };
}

/** Ends the stream, and waits for it. A stream that failed before has told its writer. */
function ended(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.errored) return resolve();
    stream.end((error?: Error | null) => (error ? reject(error) : resolve()));
  });
}
