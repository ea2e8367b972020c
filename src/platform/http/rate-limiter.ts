import { notSentError } from './client.ts';
import { maxRetryAfterMs as longestRetryAfter } from './retry.ts';
import type { HttpOptions, RateLimiter } from './types.ts';

/** What a pace knows. Times are in milliseconds, rates in requests a second. */
export interface RateLimiterState {
  /** Undefined while nothing has shown that there is a limit. */
  rate: number | undefined;
  /** What got through when the last 429 came: near it the pace quickens slowly. */
  ceiling: number;
  /** Before this time nothing is sent: a 429 said so. */
  notBeforeMs: number;
  /** When the last request was sent, or should have been. */
  sentAt: number;
  /** When the last few answers that were no 429 came. */
  responsesAt: number[];
  /** When the rate was last lowered: one burst of 429s counts once. */
  slowedAt: number;
  /** How many waits there have been since anything got through. */
  waits: number;
}

/** How far back the rate is measured, and how long a burst of 429s may last; milliseconds. */
const window = 2_000;

/** The first wait after a 429 that does not say how long; each one after it is twice as long. */
const firstWait = 1_000;
const longestWait = 30_000;
const probeEvery = 250;

/** Timers are late by some milliseconds. */
const mostLate = 50;

/** So long a turn is waited for although there is hurry, so that what has begun need not be left half done. */
const longestInHurry = 2_000;

/** A 429 lowers the rate to this part of what got through. */
const slower = 0.95;

/** So long after a 429 the rate is again what it was then; milliseconds. */
const backAfter = 10_000;

/** @param rate what --rate says; it is never exceeded */
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

/** After a 429. @param after how long it says to wait */
export function onThrottle(
  state: RateLimiterState,
  after: number | undefined,
  now: number,
): RateLimiterState {
  const sameBurst = now < state.notBeforeMs && state.waits > 0;
  const waits = sameBurst ? state.waits : state.waits + 1;
  const doubled = Math.min(longestWait, firstWait * 2 ** (waits - 1));
  // Who is told to wait for too long gives up; the others are to be told the same, and not to sit and wait.
  const told = after !== undefined && after <= longestRetryAfter ? after : undefined;
  const wait = told !== undefined && waits === 1 ? told : Math.max(told ?? 0, doubled);
  const waiting = { ...state, waits, notBeforeMs: Math.max(state.notBeforeMs, now + wait) };
  const got = state.responsesAt.filter((at) => at > now - window);
  // Where nothing got through, nothing shows what would: it is only waited, and longer each time.
  if (now - state.slowedAt < window || got.length === 0) return waiting;
  const since = Math.max(now - (got[0] ?? 0), window / 8);
  const ceiling = Math.min(state.rate ?? Number.POSITIVE_INFINITY, (got.length * 1000) / since);
  return { ...waiting, ceiling, rate: ceiling * slower, slowedAt: now };
}

/**
 * After any other answer. As TCP's CUBIC does (RFC 9438), the rate comes back to the last limit quickly, stays near it for
 * long, and leaves it behind ever faster when nothing is refused there any more.
 *
 * @param most what --rate says
 */
export function onResponse(state: RateLimiterState, now: number, most: number | undefined): RateLimiterState {
  const responsesAt = [...state.responsesAt.filter((at) => at > now - window), now];
  const answered = { ...state, responsesAt, waits: 0 };
  if (state.rate === undefined || now - state.slowedAt < window) return answered;
  const away = (now - state.slowedAt) / backAfter - 1;
  const rate = state.ceiling * (1 + (1 - slower) * away ** 3);
  return { ...answered, rate: Math.min(rate, most ?? Number.POSITIVE_INFINITY) };
}

/** When the next request may be sent. While nothing gets through, one after the other tries its luck. */
export function nextSlotAt({ rate, sentAt, notBeforeMs, waits }: RateLimiterState): number {
  const gap = rate === undefined ? 0 : 1000 / rate;
  return Math.max(notBeforeMs, sentAt + (waits > 0 ? Math.max(gap, probeEvery) : gap));
}

/** A request is sent. One that is sent a little late does not hold up those after it. */
export function onSend(state: RateLimiterState, now: number): RateLimiterState {
  return { ...state, sentAt: Math.max(nextSlotAt(state), now - mostLate) };
}

/** Keeps all requests of a run at the rate that the server accepts, which it finds itself, or at a given one. */
export function createRateLimiter(
  rate: number | undefined,
  { signal, skipWaits: hurry }: Pick<HttpOptions, 'signal' | 'skipWaits'>,
): RateLimiter {
  // Not the time of day, which may be put back.
  const now = () => performance.now();
  let state = initialState(rate);
  let timer: NodeJS.Timeout | undefined;
  const queue: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  function release(): void {
    clearTimeout(timer);
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const wait = nextSlotAt(state) - now();
      if (wait > 0) {
        if (hurry?.aborted && wait > longestInHurry) refuse(notSentError);
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
  hurry?.addEventListener('abort', release);
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
