import { AppError } from '../platform/core/errors.ts';
import { joinSentences } from '../platform/core/text.ts';

/** Runs every check, then throws their errors as one. */
export function checkAll(checks: readonly (() => unknown)[]): void {
  const errors: AppError[] = [];
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** Throws one error with all messages, of the kind of the first; a single error as it is; nothing for none. */
export function throwAll(errors: readonly AppError[]): void {
  const [first, ...others] = errors;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const unique = (texts: readonly (string | undefined)[]) => [
    ...new Set(texts.flatMap((text) => text || [])),
  ];
  const hint = joinSentences(unique(errors.map((error) => error.hint)));
  throw new AppError(first.kind, unique(errors.map(({ message }) => message)).join('; '), { hint });
}
