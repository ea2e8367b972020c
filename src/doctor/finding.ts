import { AppError } from '../platform/core/errors.ts';
import { systemFailure } from '../platform/core/system-errors.ts';

/** `unknown` is what could not be tried, or can't be known at all; only a `problem` is a failure. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown';

export interface Verdict {
  state: CheckStatus;
  /** What was found, in one line without secrets. */
  found: string;
  /** What to do about it. */
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

/** The result of one check; one that fails says so in its own line and stops no other. */
export async function runCheck(check: string, examine: () => Verdict | Promise<Verdict>): Promise<Finding> {
  try {
    return { check, ...(await examine()) };
  } catch (error) {
    return { check, ...fromError(error) };
  }
}

/** A failure as it is said in the line of its check. */
export function fromError(error: unknown, state: CheckStatus = 'problem'): Verdict {
  // Ctrl-C ends the whole program.
  if (error instanceof AppError && error.kind === 'cancelled') throw error;
  if (error instanceof AppError) return { state, found: error.message, remedy: error.hint ?? null };
  const failure = systemFailure(error);
  if (failure !== undefined) return { state, found: failure.message, remedy: failure.hint ?? null };
  // What an unforeseen error says may hold anything, and this goes into tickets.
  const what = error instanceof Error ? error.name : typeof error;
  return {
    state,
    found: `The check itself failed (${what})`,
    remedy: 'This is a bug in twilio-org: report it',
  };
}
