import type { Columns } from '../columns.ts';
import type { Row, Source } from '../row.ts';

/** A form that lists of changes may have. The input says itself which one it is. */
export interface InputFormat {
  /** For people, such as `CSV`. */
  readonly name: string;
  /** An input in this format. Tests detect it, and read its rows. */
  readonly example: string;
  /** Recognises the format. @param head the beginning of the input, without a byte order mark; its first line at least */
  detect(head: string): boolean;
  /** Reads the rows. Faults of a row are part of it; reading goes on after them. @param head as above */
  rows(source: Source, columns: Columns, head: string): AsyncGenerator<Row>;
}
