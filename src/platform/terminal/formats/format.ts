import type { View } from '../projection.ts';
import type { Rows } from '../rows.ts';

/** A form that results are printed in. The rest of the program asks for these properties, never for a name. */
export interface OutputFormat<Name extends string = string> {
  /** The name by which a user chooses the format. */
  readonly name: Name;
  /** For the documentation, after the name. */
  readonly description: string;
  /** True for a layout that people read: it may use words and leave columns out. */
  readonly forPeople: boolean;
  /** True where nested values keep their structure. Elsewhere lists are joined to a text. Errors are then JSON, too. */
  readonly structured: boolean;
  /** True where each row is written as it arrives. */
  readonly streams: boolean;
  /**
   * Writes rows, and resolves to their number. When the source fails, the rows before the failure are written where
   * they are of use alone, and its error is thrown on.
   */
  writeList(target: Target, view: View, rows: Rows): Promise<number>;
  /** Writes the only row of a result. */
  writeItem(target: Target, view: View, row: unknown): Promise<void>;
}

/** The stream that a format writes to, and how a result is to look there. */
export interface Target {
  /** Dotted paths of the fields to show; undefined for the default. */
  readonly fields: readonly string[] | undefined;
  /** A terminal obeys control characters that a file only holds. */
  readonly isTerminal: boolean;
  /** Columns that a line has to fit in; undefined where a line may have any length. */
  readonly width: number | undefined;
  readonly color: boolean;
  /** The time, for words such as `2 days ago`; milliseconds since 1970. */
  readonly now: number;
  /** Makes what is printed out of the whole result, a list or a single row; only for JSON. */
  readonly query: ((result: unknown) => unknown) | undefined;
  /** Keeps the chosen fields of a row, nested as before. */
  select(row: unknown): unknown;
  /**
   * Writes the text of each block of rows as it arrives, and resolves to the number of rows. What `toText` returns is
   * written as it is: control characters are to be escaped before.
   */
  writeBlocks<T>(rows: Rows<T>, toText: (block: readonly T[]) => string): Promise<number>;
  /** Lines with their ends, of which the log of a job obeys nothing. */
  lines(texts: readonly string[]): string;
  /** JSON text of which neither a terminal nor the log of a job obeys anything. */
  json(value: unknown, indent?: number): string;
  /** The same for several values, one a line. */
  jsonLines(values: readonly unknown[]): string;
}
