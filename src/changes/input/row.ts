import type { Columns } from './columns.ts';
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
}

/** A row that can't be read. */
export function malformedRow(line: number, ...faults: (string | RowError)[]): Row {
  const given: Row['given'] = Object.create(null);
  const located = faults.map((fault) => (typeof fault === 'string' ? { line, problem: fault } : fault));
  return { line, cells: new Map(), given, faults: located, malformed: true };
}

/** The text that rows are read from, as often as it is needed. */
export interface Source {
  text(): AsyncIterable<string>;
  /** If false, bytes that are not UTF-8 appear as `unreadable`. */
  isUtf8: boolean;
}

export const unreadable = '\uFFFD';

export const notUtf8 = 'not UTF-8: save the file as "CSV UTF-8", or convert it with iconv';

/** The reason why a text can't be stored as it is. */
export function encodingProblem(text: string, { isUtf8 }: Pick<Source, 'isUtf8'>): string | undefined {
  if (!isUtf8 && text.includes(unreadable)) return notUtf8;
  return text.includes('\0') ? 'contains a NUL character' : undefined;
}

/** The text of a cell; undefined for an empty one. Adds an error to the row when it is not text. */
export function readCell(
  { line, faults }: Row,
  { name, title, text }: { name: string | undefined; title: string; text: string },
  { untrimmed = [] }: Columns,
  source: Source,
): string | undefined {
  const problem = encodingProblem(text, source);
  if (problem !== undefined) faults.push({ line, column: title, problem });
  if (text.trim() === '') return undefined;
  return name !== undefined && untrimmed.includes(name) ? text : text.trim();
}
