import type { Columns } from './columns.ts';
import type { RowError } from './row-errors.ts';

/** A row of the input. */
export interface Row {
  /** Where it begins, from 1. */
  line: number;
  /** By the names of the columns here; what is empty is left out. */
  cells: Map<string, string>;
  /** As they stand in the input, by its own names. */
  given: Record<string, string>;
  /** What is wrong with its form. */
  faults: RowError[];
  /** Whether it can't be read at all, so that nothing more can be said of it. */
  malformed?: boolean;
}

/** A row that can't be read. */
export function malformedRow(line: number, ...faults: (string | RowError)[]): Row {
  const given: Row['given'] = Object.create(null);
  const located = faults.map((fault) => (typeof fault === 'string' ? { line, problem: fault } : fault));
  return { line, cells: new Map(), given, faults: located, malformed: true };
}

/** The text that rows are read from. */
export interface Source {
  text(): AsyncIterable<string>;
  /** If not, what can't be read shows as `unreadable`. */
  isUtf8: boolean;
}

export const unreadable = '\uFFFD';

export const notUtf8 = 'it is not UTF-8: save the file as "CSV UTF-8", or convert it with iconv';

/** Why a text is none: it would be stored as something else. */
export function encodingProblem(text: string, { isUtf8 }: Pick<Source, 'isUtf8'>): string | undefined {
  if (!isUtf8 && text.includes(unreadable)) return notUtf8;
  return text.includes('\0') ? 'it holds a NUL character, which is no text' : undefined;
}

/** What is in a cell, if anything is. Says when it is not text. */
export function readCell(
  { line, faults }: Row,
  { name, title, text }: { name: string | undefined; title: string; text: string },
  { untrimmed: exact = [] }: Columns,
  source: Source,
): string | undefined {
  const problem = encodingProblem(text, source);
  if (problem !== undefined) faults.push({ line, column: title, problem });
  if (text.trim() === '') return undefined;
  return name !== undefined && exact.includes(name) ? text : text.trim();
}
