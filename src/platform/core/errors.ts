/** Exit codes by kind of error. The names and numbers are a contract with scripts: `docs/commands.md`, "Exit codes". */
export const exitCodes = {
  failure: 1,
  usage: 2,
  partial: 3,
  auth: 4,
  forbidden: 5,
  'not-found': 6,
  conflict: 7,
  temporary: 8,
  guard: 9,
  differences: 10,
  'unknown-outcome': 11,
  undecided: 12,
  cancelled: 130,
} as const;

export type ErrorKind = keyof typeof exitCodes;

/**
 * Effect of the failed request, as far as it is known: it never left, it may have taken effect, or a response refused it.
 * Journals and retries decide by this alone, never by the words of an error.
 */
export type RequestOutcome = 'not-sent' | 'unknown' | 'refused';

/** A place in a text that a user wrote; `at` is an index of a character, or the length for the end. */
export interface Excerpt {
  text: string;
  at: number;
}

/** Facts about an error beyond its message. */
export interface ErrorDetails {
  /** Advice for the user, in one line. */
  hint?: string | undefined;
  /** Absent where no request failed, where it only read, and where cancelling the program came before it. */
  outcome?: RequestOutcome | undefined;
  /** The HTTP status of the response. */
  status?: number | undefined;
  /** The service's own error code, such as 25008. */
  code?: number | undefined;
  /** OAuth's name of the error, such as invalid_grant (RFC 6749, sections 4.1.2.1 and 5.2). */
  oauthError?: string | undefined;
  /** The service's page about that code. */
  moreInfo?: string | undefined;
  /** The service's id of the request, for its support. */
  requestId?: string | undefined;
  /** The wait before the next attempt, as the service asks. */
  retryAfterMs?: number | undefined;
  /** The parts of a message that lists several things. A terminal shows the lines first, then the summary. */
  listed?: { summary: string; lines: readonly string[] } | undefined;
  /** The text in which the mistake is, and its place: people see it with a mark below. */
  excerpt?: Excerpt | undefined;
  cause?: unknown;
}

/** An expected failure, shown as a message and a hint without a stack trace. Anything else thrown is a bug. */
export class AppError extends Error {
  override name = 'AppError';
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly outcome: RequestOutcome | undefined;
  readonly status: number | undefined;
  readonly code: number | undefined;
  readonly oauthError: string | undefined;
  readonly moreInfo: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly listed: ErrorDetails['listed'];
  readonly excerpt: Excerpt | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = kind;
    this.hint = details.hint;
    this.outcome = kind === 'unknown-outcome' ? 'unknown' : details.outcome;
    this.status = details.status;
    this.code = details.code;
    this.oauthError = details.oauthError;
    this.moreInfo = details.moreInfo;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
    this.listed = details.listed;
    this.excerpt = details.excerpt;
  }

  withMessage(message: string): AppError {
    return new AppError(this.kind, message, { ...this, cause: this.cause });
  }

  withHint(hint: string): AppError {
    return new AppError(this.kind, this.message, { ...this, cause: this.cause, hint });
  }
}

export function usageError(message: string, hint?: string, excerpt?: Excerpt): AppError {
  return new AppError('usage', message, { hint, excerpt });
}

/** True when the reader of the output has closed it, as `| head` does. */
export function isBrokenPipe(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPIPE';
}
