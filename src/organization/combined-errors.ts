import { AppError } from '../platform/core/errors.ts';

/** Runs each check, and throws all that was wrong as one error. */
export function checkAll(checks: readonly (() => unknown)[]): void {
  const faults: AppError[] = [];
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      faults.push(error);
    }
  }
  throwAll(faults);
}

/** One error that names them all, of the first one's kind; a single one as it is. */
export function throwAll(errors: readonly AppError[]): void {
  const [first, ...others] = errors;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const unique = (texts: readonly (string | undefined)[]) => [...new Set(texts.filter(Boolean))];
  const hint = unique(errors.map((error) => error.hint)).join('. ');
  throw new AppError(first.kind, unique(errors.map(({ message }) => message)).join('; '), { hint });
}
