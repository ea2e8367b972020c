import { isObeyedLog, jsonWithoutLogCommands, terminalSafeJson, withoutLogCommands } from './escape.ts';
import type { OutputFormat, Target } from './formats/format.ts';
import { type FormatName, formatNamed } from './formats/index.ts';
import { checkFields, project, type View } from './projection.ts';
import type { Rows } from './rows.ts';
import { createWriter } from './writer.ts';

export type { View } from './projection.ts';

/** The result of a command, on stdout. A write that fails rejects with the stream's error, such as EPIPE. */
export interface Output {
  readonly format: OutputFormat<FormatName>;
  /** Refuses `--fields` the view does not know, as a usage error that lists the known ones. To be called before any request. */
  checkFields(view: View): void;
  /**
   * Prints rows, and resolves to their number. When the source fails, the rows before the failure are printed and its
   * error is thrown on; a format that has to be whole prints nothing then.
   */
  list(view: View, rows: Rows): Promise<number>;
  /** Prints one row: in table form, a line for each of its fields. */
  item(view: View, row: unknown): Promise<void>;
  /** Prints text as it is, with a line break at its end. */
  text(text: string): Promise<void>;
}

export interface OutputOptions {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Tells what reads stdout. */
  env: Readonly<Record<string, string | undefined>>;
  format: FormatName;
  /** The dotted paths of `--fields`, if it was given. */
  fields?: readonly string[] | undefined;
  color: boolean;
}

export function createOutput({ stdout, env, format: name, fields, color }: OutputOptions): Output {
  const format = formatNamed(name);
  const writer = createWriter(stdout);
  const isLog = isObeyedLog(env);
  const inLog = isLog ? withoutLogCommands : String;
  const isTerminal = stdout.isTTY === true;

  const target: Target = {
    fields,
    isTerminal,
    // Read for each result: a window may be resized meanwhile.
    get width() {
      return isTerminal ? stdout.columns || 80 : undefined;
    },
    color,
    select: fields === undefined ? (row) => row : project(fields),
    async writeRows(rows, toText) {
      let count = 0;
      try {
        for await (const row of rows) {
          const pause = writer.write(toText(row));
          if (pause !== undefined) await pause;
          count += 1;
        }
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
    list: (view, rows) => format.writeList(target, view, rows),
    item: (view, row) => format.writeItem(target, view, row),
    async text(text) {
      await target.writeRows(text.replace(/\n$/, '').split('\n'), target.line);
    },
  };
}
