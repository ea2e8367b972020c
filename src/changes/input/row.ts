import type { RowError } from './row-errors.ts';

/** A row of the input. */
export interface Row {
  /** The line where it begins, from 1. */
  line: number;
  /** By the program's names of the columns; empty cells are left out. */
  cells: Map<string, string>;
  /** The cells as in the input, by its own names. */
  given: Record<string, string>;
  /** Errors of form. */
  faults: RowError[];
  /** True for a row that can't be read, so that it is not checked further. */
  malformed?: boolean;
  /** True for the errors of columns that nothing uses: all rows are read, so that their errors can come together with these. */
  ofColumns?: boolean;
}

/** True for a part of the input that can't be read, so that more may be wrong than is known. */
export function isUnread({ malformed, ofColumns }: Row): boolean {
  return malformed === true && ofColumns !== true;
}

/** Errors of columns that nothing uses. */
export function columnErrors(line: number, errors: readonly RowError[]): Row {
  return { ...malformedRow(line, ...errors), ofColumns: true };
}

/** A row that can't be read. */
export function malformedRow(line: number, ...faults: (string | RowError)[]): Row {
  const given: Row['given'] = Object.create(null);
  const located = faults.map((fault) => (typeof fault === 'string' ? { line, problem: fault } : fault));
  return { line, cells: new Map(), given, faults: located, malformed: true };
}

/** A cell as a format reads it, under the input's own title of its column. */
export interface RawCell {
  title: string;
  text: string;
  /** A fault of form; the cell then has no value. */
  problem?: string;
  /** The value that is no text, such as a list. It is a fault only where the column is used. */
  notText?: string;
  /** The text of a list. */
  list?: string;
}

/** A part of the input as a format reads it: the titles of all rows, a row, or a part that can't be read. */
export type RawRecord =
  | { line: number; titles: readonly string[] }
  | { line: number; cells: readonly RawCell[] }
  /** A value alone, without a column. */
  | { line: number; item: string }
  | { line: number; problem: string };

/** The text that rows are read from, as often as it is needed. */
export interface Source {
  text(): AsyncIterable<string>;
  /** If false, bytes that are not UTF-8 appear as `unreadable`. */
  isUtf8: boolean;
}

export const notAnObject = 'not a JSON object; each row must be one';

export const unreadable = '\uFFFD';

export const notUtf8 = 'not UTF-8: save the file as "CSV UTF-8", or convert it with iconv';

/** The reason why a text can't be stored as it is. */
export function encodingProblem(text: string, { isUtf8 }: Pick<Source, 'isUtf8'>): string | undefined {
  if (!isUtf8 && text.includes(unreadable)) return notUtf8;
  return text.includes('\0') ? 'contains a NUL character' : undefined;
}
