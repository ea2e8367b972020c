import { AppError } from '../../platform/core/errors.ts';
import { shellQuote } from '../../platform/core/text.ts';

/** An error in the input, and its place. */
export interface RowError {
  /** Undefined for an error of another file, such as a template. */
  line?: number;
  file?: string | undefined;
  column?: string | undefined;
  problem: string;
  /** The program's name of the column, where the cell is damaged: further errors in it are left out. */
  damaged?: string;
  /** Titles of columns that nothing uses. */
  unknown?: readonly string[];
  /** The title of a column that is probably misspelt. */
  misspelt?: string;
  /** The title of a column for which --map reads another one. */
  superfluous?: string;
  /** Advice that is printed once, however many rows have the error. */
  advice?: string | undefined;
}

/** The message of the error that a check throws; undefined when it throws none. */
export function messageOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** More errors are only counted: a whole wrong column shows in fewer. */
const maxShownErrors = 1000;

/** Throws `usage` with all errors of an input, a line for each. */
export function throwIfInvalid(name: string, found: readonly RowError[]): void {
  if (found.length === 0) return;
  const damaged = new Set(
    found.flatMap((error) => (error.damaged === undefined ? [] : `${error.line} ${error.damaged}`)),
  );
  const errors = found.filter(
    (error) => error.damaged !== undefined || !damaged.has(`${error.line} ${error.column}`),
  );
  const files = [...new Set(errors.map(({ file }) => file ?? name))].join(' and ');
  const has = files.includes(' and ') ? 'have' : 'has';
  const what = `${files} ${has} ${errors.length === 1 ? 'an error' : `${errors.length} errors`}, so nothing was changed`;
  const lines = errorLines(errors);
  throw new AppError('usage', `${what}: ${lines.join('; ')}`, {
    hint: hintFor(errors),
    ...(errors.length > 1 && { listed: { summary: what, lines } }),
  });
}

/** Names all ways on where the input has columns that nothing uses. */
function hintFor(errors: readonly RowError[]): string {
  const correct = [
    'Correct the input, then run the same command again',
    ...new Set(errors.flatMap((error) => error.advice ?? [])),
  ].join('. ');
  const titles = (of: (error: RowError) => readonly string[] | string | undefined) => [
    ...new Set(errors.flatMap((error) => of(error) ?? [])),
  ];
  const unknown = titles((error) => error.unknown);
  const misspelt = titles((error) => error.misspelt);
  const superfluous = titles((error) => error.superfluous);
  const skipped = [...unknown, ...misspelt, ...superfluous];
  const [first] = [...unknown, ...misspelt];
  if (skipped.length === 0) return correct;
  const canSkipAll = unknown.length > 0 || superfluous.length > 0;
  return [
    errors.every((error) => error.unknown !== undefined || error.superfluous !== undefined)
      ? undefined
      : correct,
    `To skip columns: --ignore-columns ${shellQuote(skipped.join(','))}${canSkipAll ? ', or --ignore-unknown for all that nothing uses' : ''}`,
    first === undefined
      ? undefined
      : `To read a column as one of the known: --map ${shellQuote(`${first}=NAME`)}`,
  ]
    .filter(Boolean)
    .join('. ');
}

function errorLines(errors: readonly RowError[]): string[] {
  const inOrder = [...errors].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const lines = inOrder.slice(0, maxShownErrors).map(({ line, file, column, problem }) => {
    return `${file ?? `line ${line}`}${column === undefined ? '' : `, ${shortened(column)}`}: ${shortened(problem)}`;
  });
  const more = errors.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** A column or a problem may repeat the input, which is long where a quote is missing. */
function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 200)}…` : text;
}
