import { AppError } from '../../platform/core/errors.ts';
import { joinSentences, pluralize } from '../../platform/core/text.ts';
import type { FileProblem, Position } from './model.ts';

/** More problems are only counted. */
const maxShown = 1000;

/** The place as compilers print it, so that editors can jump to it. */
function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

export function formatProblem({ at, message, advice }: FileProblem): string {
  return `${formatPosition(at)}: ${joinSentences([message, advice].filter((text) => text !== undefined))}`;
}

/** In the order of files, lines and columns. */
export function inFileOrder(problems: readonly FileProblem[]): FileProblem[] {
  return [...problems].sort(({ at: a }, { at: b }) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    return a.line - b.line || a.column - b.column;
  });
}

const correctFiles =
  'Correct the files, then run the same command again. `twilio-org access schema` describes them';

/** @throws usage with every problem of every file, a line for each */
export function refuseProblems(
  directory: string,
  problems: readonly FileProblem[],
  hint = correctFiles,
): void {
  if (problems.length === 0) return;
  const shown = inFileOrder(problems).slice(0, maxShown).map(formatProblem);
  const more = problems.length - shown.length;
  const lines = more > 0 ? [...shown, `and ${more} more`] : shown;
  const summary = `${pluralize(problems.length, 'error')} in ${directory}, so nothing was changed`;
  const [only = ''] = lines;
  throw new AppError('usage', problems.length === 1 ? only : `${summary}: ${lines.join('; ')}`, {
    hint,
    ...(problems.length > 1 && { listed: { summary, lines } }),
  });
}
