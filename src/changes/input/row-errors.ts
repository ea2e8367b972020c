import { AppError } from '../../platform/core/errors.ts';

/** Something wrong with the input, and where. */
export interface RowError {
  line: number;
  column?: string | undefined;
  problem: string;
}

/** What an error says of a value, if it throws one. */
export function messageOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** How many faults are shown; a whole column that is wrong is seen from fewer. */
const shownFaults = 1000;

/** Refuses an input with all that is wrong with it, a line for each fault. */
export function throwIfInvalid(name: string, faults: readonly RowError[]): void {
  if (faults.length === 0) return;
  const what = `${name} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}, so nothing was changed`;
  const lines = faultLines(faults);
  throw new AppError('usage', `${what}: ${lines.join('; ')}`, {
    hint: 'Correct what is wrong, then run the same command again',
    ...(faults.length > 1 && { listed: { summary: what, lines } }),
  });
}

function faultLines(faults: readonly RowError[]): string[] {
  const inOrder = [...faults].sort((a, b) => a.line - b.line);
  const lines = inOrder.slice(0, shownFaults).map(({ line, column, problem }) => {
    return `line ${line}${column === undefined ? '' : `, ${shortened(column)}`}: ${shortened(problem)}`;
  });
  const more = faults.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** Both may hold what the input has there, and where a quote is missing that is a lot. */
function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 200)}…` : text;
}
