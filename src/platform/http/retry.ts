/** The end of one attempt: an HTTP status, or no response. */
export type Attempt = { status: number; retryAfter?: string | null } | { status: undefined };

export interface RetryRules {
  /** True when the request may be sent again although it may have taken effect, as a GET may. */
  repeatable: boolean;
  /** Attempts after the first. */
  maxRetries: number;
}

/** Longer waits end the request with an error instead. */
export const maxRetryAfterMs = 60_000;
const firstBackoffMs = 500;
const maxBackoffMs = 8_000;

/**
 * The wait before the next attempt in milliseconds; undefined when there is none.
 *
 * A 429 refuses a request before it takes effect, so any request may be repeated. A lost connection or a server error
 * leaves the effect open, so only repeatable requests are repeated. `Retry-After` (RFC 9110, section 10.2.3) is obeyed up
 * to {@link maxRetryAfterMs}; without it the wait grows exponentially, with full jitter.
 *
 * @param tries attempts so far, this one included
 * @param now milliseconds since 1970
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
  const isServerError = status === undefined || status === 408 || status >= 500;
  if (!refusedUnseen && !(isServerError && rules.repeatable && status !== 501)) return undefined;
  const asked = status === undefined ? undefined : parseRetryAfter(outcome.retryAfter, now);
  if (asked !== undefined) return asked > maxRetryAfterMs ? undefined : asked;
  return random * Math.min(maxBackoffMs, firstBackoffMs * 2 ** (tries - 1));
}

/** Parses `Retry-After`, seconds or an HTTP date, to milliseconds from now; undefined when absent or invalid. */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  // RFC 9110 does not limit the digits.
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  // All three forms of an HTTP date have a time. `Date.parse` would accept much other text as a date.
  const date = /\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Retries that all requests of a run share, so that a broken service is not flooded. */
export interface RetryBudget {
  /** Takes one retry; false when none is left. */
  spend(): boolean;
  /** Call it after each response that is no server error. */
  refund(): void;
}

/** Starts with `maxRetries`; every second good response gives one back. */
export function createRetryBudget(maxRetries = 30): RetryBudget {
  let left = maxRetries;
  return {
    spend() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    refund() {
      left = Math.min(maxRetries, left + 0.5);
    },
  };
}
