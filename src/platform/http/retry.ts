/** What came of one try: an HTTP status, or no answer at all. */
export type Attempt = { status: number; retryAfter?: string | null } | { status: undefined };

export interface RetryRules {
  /** May the request be sent again although it may already have taken effect? True of GET; false of a write. */
  repeatable: boolean;
  /** How many tries there may be after the first. */
  maxRetries: number;
}

/** A wait longer than this is not worth sitting through: the caller is told instead. Milliseconds. */
export const maxRetryAfterMs = 60_000;
const firstBackoff = 500;
const longestBackoff = 8_000;

/**
 * How long to wait before the request is sent again, in milliseconds; undefined when it is not to be sent again.
 *
 * A 429 was refused before anything happened, so everything may be repeated after it. A lost connection or a server
 * fault leaves that open, so only what is repeatable is. `Retry-After` (RFC 9110, section 10.2.3) is obeyed up to
 * {@link maxRetryAfterMs}; without it the wait is exponential with full jitter.
 *
 * @param tries how many tries there have been, this one included
 * @param now the time in milliseconds since 1970
 * @param random a number from 0 to 1
 */
export function retryDelay(
  outcome: Attempt,
  tries: number,
  rules: RetryRules,
  now: number,
  random: number,
): number | undefined {
  if (tries > rules.maxRetries) return undefined;
  const { status } = outcome;
  const refusedUnseen = status === 429;
  const serverFault = status === undefined || status === 408 || status >= 500;
  if (!refusedUnseen && !(serverFault && rules.repeatable && status !== 501)) return undefined;
  const asked = status === undefined ? undefined : parseRetryAfter(outcome.retryAfter, now);
  if (asked !== undefined) return asked > maxRetryAfterMs ? undefined : asked;
  return random * Math.min(longestBackoff, firstBackoff * 2 ** (tries - 1));
}

/** `Retry-After` in milliseconds from now: seconds or an HTTP date; undefined when absent or not understood. */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  // RFC 9110 sets no end to the digits.
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  // All three forms of an HTTP date have a time; without one, `Date.parse` takes many a text for a day of old.
  const date = /\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** What all requests of a run have for being sent again after a fault, so that a broken service is not hammered. */
export interface RetryBudget {
  /** Takes one try; false when there is none left. */
  spend(): boolean;
  /** Told of each answer that was none of a fault. */
  refund(): void;
}

/** Starts with `most` tries; every second good answer gives one back. */
export function createRetryBudget(most = 30): RetryBudget {
  let left = most;
  return {
    spend() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    refund() {
      left = Math.min(most, left + 0.5);
    },
  };
}
