import type { Writable } from 'node:stream';
import { type DocumentName, findDocumentFormat } from './documents.ts';
import { isObeyedLog, jsonWithoutLogCommands, terminalSafeJson, withoutLogCommands } from './escape.ts';
import type { OutputFormat, Target } from './formats/format.ts';
import { type FormatName, formatNamed } from './formats/index.ts';
import { checkFields, project, type View } from './projection.ts';
import { eachBlock, type Rows } from './rows.ts';
import { createWriter } from './writer.ts';

export type { View } from './projection.ts';

/** Prints the result of a command on stdout. A failed write rejects with the stream's error, such as EPIPE. */
export interface Output {
  readonly format: OutputFormat<FormatName>;
  /** The document that is wanted in place of rows; undefined for all commands but those that declare it. */
  readonly document: DocumentName | undefined;
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
  /** Prints the document that is wanted. */
  printDocument(text: string): Promise<void>;
}

export interface OutputOptions {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Shows whether a CI log reads stdout. */
  env: Readonly<Record<string, string | undefined>>;
  format: FormatName;
  document?: DocumentName | undefined;
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
  function safeJson(json: string): string {
    const text = terminalSafeJson(json);
    return isLog ? jsonWithoutLogCommands(text) : text;
  }
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
    async writeBlocks(rows, toText) {
      let count = 0;
      try {
        await eachBlock(rows, (block) => {
          const pause = writer.write(mark + toText(block));
          mark = '';
          count += block.length;
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
    lines: (texts) => `${(isLog ? texts.map(withoutLogCommands) : texts).join('\n')}\n`,
    json: (value, indent) => safeJson(jsonText(value, indent)),
    jsonLines: (values) => safeJson(values.map((value) => `${jsonText(value)}\n`).join('')),
  };

  return {
    format,
    document: options.document,
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
      await target.writeBlocks(text.replace(/\n$/, '').split('\n'), target.lines);
    },
    async printDocument(text) {
      const whole = text.endsWith('\n') ? text : `${text}\n`;
      const printable = findDocumentFormat(options.document ?? '')?.printable(whole, isLog) ?? whole;
      await target.writeBlocks([printable], (parts) => parts.join(''));
    },
  };
}

function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent) ?? 'null';
}

/** Ends the stream, and waits for it. A stream that failed before has told its writer. */
function ended(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.errored) return resolve();
    stream.end((error?: Error | null) => (error ? reject(error) : resolve()));
  });
}
