import { notSentError } from './client.ts';
import { maxRetryAfterMs } from './retry.ts';
import type { HttpOptions, RateLimiter } from './types.ts';

/** State of the rate limiter. Times are in milliseconds, rates in requests per second. */
export interface RateLimiterState {
  /** Undefined until a 429 shows a limit. */
  rate: number | undefined;
  /** The rate that got through before the last 429. Near it the rate rises slowly. */
  ceiling: number;
  /** No request is sent before this time, which a 429 set. */
  notBeforeMs: number;
  /** Time of the last request. */
  sentAt: number;
  /** Times of recent responses other than 429. */
  responsesAt: number[];
  /** Time when the rate was last lowered. One burst of 429s counts once. */
  slowedAt: number;
  /** Waits since the last response other than 429. */
  waits: number;
}

/** The time over which the rate is measured, and the longest burst of 429s. */
const windowMs = 2_000;

/** The first wait after a 429 without Retry-After. Each one after it is twice as long. */
const firstWaitMs = 1_000;
const maxWaitMs = 30_000;
/** The interval of requests while none gets through. */
const probeEveryMs = 250;

/** Allowance for late timers. */
const maxLatenessMs = 50;

/** The longest wait while waits are skipped, so that an item that has begun can be finished. */
const maxSkippedWaitMs = 2_000;

/** A 429 lowers the rate to this fraction of the rate that got through. */
const slowdown = 0.95;

/** The time after a 429 until the rate is back at its ceiling. */
const recoveryMs = 10_000;

/** @param rate the user's limit, which is never exceeded */
export function initialState(rate: number | undefined): RateLimiterState {
  return {
    rate,
    ceiling: rate ?? 0,
    notBeforeMs: Number.NEGATIVE_INFINITY,
    sentAt: Number.NEGATIVE_INFINITY,
    responsesAt: [],
    slowedAt: Number.NEGATIVE_INFINITY,
    waits: 0,
  };
}

/** The state after a 429. @param after the wait that it asks for */
export function onThrottle(
  state: RateLimiterState,
  after: number | undefined,
  now: number,
): RateLimiterState {
  const sameBurst = now < state.notBeforeMs && state.waits > 0;
  const waits = sameBurst ? state.waits : state.waits + 1;
  const doubled = Math.min(maxWaitMs, firstWaitMs * 2 ** (waits - 1));
  // After a longer wait its request gives up. The others should learn that soon instead of waiting.
  const told = after !== undefined && after <= maxRetryAfterMs ? after : undefined;
  const wait = told !== undefined && waits === 1 ? told : Math.max(told ?? 0, doubled);
  const waiting = { ...state, waits, notBeforeMs: Math.max(state.notBeforeMs, now + wait) };
  const got = state.responsesAt.filter((at) => at > now - windowMs);
  // Without any success there is no rate to measure, so only the wait grows.
  if (now - state.slowedAt < windowMs || got.length === 0) return waiting;
  const since = Math.max(now - (got[0] ?? 0), windowMs / 8);
  const ceiling = Math.min(state.rate ?? Number.POSITIVE_INFINITY, (got.length * 1000) / since);
  return { ...waiting, ceiling, rate: ceiling * slowdown, slowedAt: now };
}

/**
 * The state after any other response. As in TCP's CUBIC (RFC 9438), the rate quickly returns to the last limit, stays near
 * it, and rises ever faster beyond it while no request is refused.
 *
 * @param maxRate the user's limit
 */
export function onResponse(
  state: RateLimiterState,
  now: number,
  maxRate: number | undefined,
): RateLimiterState {
  const responsesAt = [...state.responsesAt.filter((at) => at > now - windowMs), now];
  const answered = { ...state, responsesAt, waits: 0 };
  if (state.rate === undefined || now - state.slowedAt < windowMs) return answered;
  const away = (now - state.slowedAt) / recoveryMs - 1;
  const rate = state.ceiling * (1 + (1 - slowdown) * away ** 3);
  return { ...answered, rate: Math.min(rate, maxRate ?? Number.POSITIVE_INFINITY) };
}

/** The time of the next request. While none gets through, requests are sent one by one as probes. */
export function nextSlotAt({ rate, sentAt, notBeforeMs, waits }: RateLimiterState): number {
  const gap = rate === undefined ? 0 : 1000 / rate;
  return Math.max(notBeforeMs, sentAt + (waits > 0 ? Math.max(gap, probeEveryMs) : gap));
}

/** The state after a request is sent. One that is a little late does not delay those after it. */
export function onSend(state: RateLimiterState, now: number): RateLimiterState {
  return { ...state, sentAt: Math.max(nextSlotAt(state), now - maxLatenessMs) };
}

/** Keeps all requests of a run at the rate that the service accepts. It finds that rate by itself. @param rate the user's limit */
export function createRateLimiter(
  rate: number | undefined,
  { signal, skipWaits }: Pick<HttpOptions, 'signal' | 'skipWaits'>,
): RateLimiter {
  // The time of day may be set back.
  const now = () => performance.now();
  let state = initialState(rate);
  let timer: NodeJS.Timeout | undefined;
  const queue: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  function release(): void {
    clearTimeout(timer);
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const wait = nextSlotAt(state) - now();
      if (wait > 0) {
        if (skipWaits?.aborted && wait > maxSkippedWaitMs) refuse(notSentError);
        else timer = setTimeout(release, wait);
        return;
      }
      state = onSend(state, now());
      queue.shift();
      next.resolve();
    }
  }
  function refuse(reason: unknown): void {
    clearTimeout(timer);
    for (const { reject } of queue.splice(0)) reject(reason);
  }
  signal.addEventListener('abort', () => refuse(signal.reason));
  skipWaits?.addEventListener('abort', release);
  return {
    acquire() {
      return new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        queue.push({ resolve, reject });
        release();
      });
    },
    onThrottled(after) {
      state = onThrottle(state, after, now());
      release();
    },
    onSuccess() {
      state = onResponse(state, now(), rate);
      release();
    },
  };
}
