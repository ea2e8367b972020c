import type { RawRecord, Source } from '../row.ts';

/** A form that lists of changes may have. The input says itself which one it is. */
export interface InputFormat {
  /** For people, such as `CSV`. */
  readonly name: string;
  /** An input in this format. Tests detect it, and read its rows. */
  readonly example: string;
  /** Recognises the format. @param head the beginning of the input, without a byte order mark; its first line at least */
  detect(head: string): boolean;
  /** Reads the records. Faults are part of them; reading goes on after one. @param head as above */
  records(source: Source, head: string): AsyncGenerator<RawRecord>;
}
