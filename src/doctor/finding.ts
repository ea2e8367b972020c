import { AppError } from '../platform/core/errors.ts';
import { systemFailure } from '../platform/core/system-errors.ts';

/** `unknown`: could not be checked. Only a `problem` is a failure. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown';

export interface Verdict {
  state: CheckStatus;
  /** The result, in one line without secrets. */
  found: string;
  /** The action to take, if any. */
  remedy: string | null;
}

export interface Finding extends Verdict {
  check: string;
}

export function ok(found: string): Verdict {
  return { state: 'ok', found, remedy: null };
}

export function warning(found: string, remedy: string): Verdict {
  return { state: 'warning', found, remedy };
}

export function problem(found: string, remedy: string): Verdict {
  return { state: 'problem', found, remedy };
}

export function unknown(found: string, remedy: string | null = null): Verdict {
  return { state: 'unknown', found, remedy };
}

/** Runs a check. If it throws, its finding says so, and the other checks continue. */
export async function runCheck(check: string, examine: () => Verdict | Promise<Verdict>): Promise<Finding> {
  try {
    return { check, ...(await examine()) };
  } catch (error) {
    return { check, ...fromError(error) };
  }
}

/** The verdict for a check that failed. */
export function fromError(error: unknown, state: CheckStatus = 'problem'): Verdict {
  // Ctrl-C ends the whole program.
  if (error instanceof AppError && error.kind === 'cancelled') throw error;
  if (error instanceof AppError) return { state, found: error.message, remedy: error.hint ?? null };
  const failure = systemFailure(error);
  if (failure !== undefined) return { state, found: failure.message, remedy: failure.hint ?? null };
  // The text of an unexpected error may contain anything, and this goes into tickets.
  const what = error instanceof Error ? error.name : typeof error;
  return {
    state,
    found: `The check itself failed (${what})`,
    remedy: 'This is a bug in twilio-org. Please report it',
  };
}
