import { notSentError } from './client.ts';
import { maxRetryAfterMs } from './retry.ts';
import type { HttpOptions, RateLimiter, SendPermit } from './types.ts';

/** State of the rate limiter. Times are in milliseconds, rates in requests per second. */
export interface RateLimiterState {
  /** The user's limit, which is never exceeded. */
  maxRate: number;
  /** The rate at `resumedAt`, from where it grows. Undefined until a 429 shows a limit. */
  baseRate: number | undefined;
  resumedAt: number;
  /** No request is sent before this time, which a 429 set. */
  notBeforeMs: number;
  /** Time of the first request. */
  startedAt: number | undefined;
  /** Time of the last request. */
  sentAt: number;
  /** Times of recent responses other than 429. */
  responsesAt: readonly number[];
  /** Time of the last 429 that counted. A 429 to a request sent earlier belongs to the same burst. */
  slowedAt: number;
  /** Time over which the first rate was measured, until the next 429. Late responses of its burst add to the rate. */
  measuredMs: number | undefined;
  /** Waits since the last response other than 429. */
  waits: number;
  /** True from a first rate that too few responses show, to the next 429. */
  isStarting: boolean;
  /** Refusals that the run may cause before it has to slow down its search for more. */
  credit: number;
  /** The time before the rate grows, as the last 429 has decided: a later change would make the rate jump. */
  holdMs: number;
}

/** The usual period of a limit. The rate is measured over it. */
const windowMs = 1_000;
/** Responses are remembered this long, for the first measurement. */
const memoryMs = 2 * windowMs;
/** The period of a measurement has about this many responses, so at low rates it is longer than a window. */
const minMeasured = 5;

/** A 429 lowers the rate by this fraction. */
const slowdown = 0.07;

/**
 * Growth after a 429, in requests per second, and the time in which it grows by a factor of e. A limit is regained after 2 to
 * 4 seconds, and one that was raised fivefold is found after 8. Each process adds the same, so a slower one catches up.
 */
const growth = 0.25;
const growthMs = 1_400;
/** The time before the rate grows: the same for each process, as a slower one would otherwise grow later and stay slower. */
const usualHoldMs = 2_000;
/** At low limits that refuses too many requests. Without credit, the rate grows after this many at the earliest. */
const holdRequests = 20;
const maxCredit = 2;
/** Responses that earn the credit for a refusal. */
const responsesPerRefusal = 25;

/** With fewer responses than this, the first rate says little: another process has probably taken most of the limit. */
const enoughMeasured = 10;
/** Such a rate doubles in this time. */
const doublingMs = 1_000;

/** The first wait while no request gets through. Each one after it is twice as long. */
const firstWaitMs = 500;
const maxWaitMs = 30_000;
/** The interval of requests while none gets through. */
const probeEveryMs = 250;

/** Allowance for late timers. */
const maxLatenessMs = 50;

/** The longest wait while waits are skipped, so that an item that has begun can be finished. */
const maxSkippedWaitMs = 2_000;

/** @param maxRate the user's limit */
export function initialState(maxRate = Number.POSITIVE_INFINITY): RateLimiterState {
  return {
    maxRate,
    baseRate: undefined,
    resumedAt: 0,
    notBeforeMs: Number.NEGATIVE_INFINITY,
    startedAt: undefined,
    sentAt: Number.NEGATIVE_INFINITY,
    responsesAt: [],
    slowedAt: Number.NEGATIVE_INFINITY,
    measuredMs: undefined,
    waits: 0,
    isStarting: false,
    credit: maxCredit,
    holdMs: usualHoldMs,
  };
}

/** The rate grows slowly at first, near the last limit, and then ever faster until a 429, as the limit may have been raised. */
export function rateAt(state: RateLimiterState, now: number): number {
  const { baseRate, maxRate, resumedAt, isStarting, holdMs } = state;
  if (baseRate === undefined) return maxRate;
  const sinceMs = Math.max(0, now - resumedAt);
  if (isStarting) return Math.min(maxRate, baseRate * 2 ** (sinceMs / doublingMs));
  const growing = Math.max(0, sinceMs - holdMs);
  return Math.min(maxRate, baseRate + growth * Math.expm1(growing / growthMs));
}

/**
 * The state after a 429.
 *
 * A single one at a known rate ends an attempt to find more: the rate falls back to what got through, at once. One second of
 * `Retry-After`, the least that it can say, doesn't stop the run then; the refused request itself waits for it. A second 429
 * soon after, or a longer `Retry-After`, stops all requests.
 *
 * @param sentAt when the refused request was sent
 * @param after the wait that the response asks for
 */
export function onThrottle(
  state: RateLimiterState,
  sentAt: number,
  after: number | undefined,
  now: number,
): RateLimiterState {
  // After a longer wait its request gives up. The others should learn that soon instead of waiting.
  const told = after !== undefined && after > windowMs && after <= maxRetryAfterMs ? after : 0;
  const stopUntil = (wait: number) => Math.max(state.notBeforeMs, now + wait);
  const credit = Math.max(-maxCredit, state.credit - 1);
  if (sentAt < state.slowedAt) {
    const longest = Math.max(state.holdMs, holdAfter({ ...state, credit }));
    return { ...state, credit, holdMs: longest, notBeforeMs: stopUntil(told) };
  }
  const isQuiet = state.waits === 0 && now - state.slowedAt > windowMs;
  const isSingle = state.baseRate !== undefined && isQuiet && told === 0;
  const waits = isSingle ? state.waits : state.waits + 1;
  const wait = isSingle
    ? slowdown * windowMs
    : Math.max(told, Math.min(maxWaitMs, firstWaitMs * 2 ** (waits - 1)));
  const notBeforeMs = stopUntil(wait);
  const isStarting = state.baseRate === undefined && responsesSince(state, now - memoryMs) < enoughMeasured;
  const slowed = { ...loweredRate({ ...state, credit }, now), isStarting, credit, waits };
  const hold = holdAfter(slowed);
  return { ...state, ...slowed, holdMs: hold, notBeforeMs, slowedAt: now, resumedAt: notBeforeMs };
}

function holdAfter({ baseRate, credit }: Pick<RateLimiterState, 'baseRate' | 'credit'>): number {
  if (credit > 0 || baseRate === undefined) return usualHoldMs;
  return Math.max(usualHoldMs, (holdRequests * 1000) / baseRate);
}

function loweredRate(
  state: RateLimiterState,
  now: number,
): Pick<RateLimiterState, 'baseRate' | 'measuredMs'> {
  const { baseRate, startedAt = now, waits, resumedAt } = state;
  const unchanged = { baseRate, measuredMs: undefined };
  if (baseRate === undefined) {
    const count = responsesSince(state, now - memoryMs);
    if (count === 0) return unchanged;
    // The pause restores a bucket, but not a window: count half of it.
    const measuredMs = Math.max(windowMs, Math.min(memoryMs, now - startedAt) + firstWaitMs);
    return { baseRate: Math.min(state.maxRate, (count * 1000) / measuredMs), measuredMs };
  }
  // Without any success since the last one there is nothing to measure, so only the wait grows.
  if (waits > 0) return unchanged;
  const rate = rateAt(state, now);
  const periodMs = Math.max(windowMs, (minMeasured * 1000) / rate);
  // A pause says nothing about the limit, and a few responses after it say little.
  const spanMs = Math.min(periodMs, now - resumedAt);
  const isMeasurable = periodMs <= memoryMs && (rate * spanMs) / 1000 >= enoughMeasured;
  const measured = isMeasurable ? (responsesSince(state, now - spanMs) * 1000) / spanMs : rate;
  if (measured === 0) return unchanged;
  return { baseRate: Math.min(rate, measured) * (1 - slowdown), measuredMs: undefined };
}

function responsesSince({ responsesAt }: RateLimiterState, time: number): number {
  return responsesAt.filter((at) => at > time).length;
}

/** The state after any other response. @param sentAt when its request was sent */
export function onResponse(state: RateLimiterState, sentAt: number, now: number): RateLimiterState {
  const { responsesAt: all, baseRate, measuredMs, slowedAt, maxRate } = state;
  const recent = (all[0] ?? now) > now - 2 * memoryMs ? all : all.filter((at) => at > now - memoryMs);
  const credit = Math.min(maxCredit, state.credit + 1 / responsesPerRefusal);
  const answered = { ...state, responsesAt: [...recent, now], credit };
  if (sentAt > slowedAt) return { ...answered, waits: 0 };
  if (baseRate === undefined || measuredMs === undefined) return answered;
  return { ...answered, baseRate: Math.min(maxRate, baseRate + 1000 / measuredMs) };
}

/** The time of the next request. While none gets through, requests are sent one by one as probes. */
export function nextSlotAt(state: RateLimiterState, now: number): number {
  const { sentAt, notBeforeMs, waits } = state;
  const gap = 1000 / rateAt(state, now);
  return Math.max(notBeforeMs, sentAt + (waits > 0 ? Math.max(gap, probeEveryMs) : gap));
}

/** The state after a request is sent. One that is a little late does not delay those after it. */
export function onSend(state: RateLimiterState, now: number): RateLimiterState {
  const sentAt = Math.max(nextSlotAt(state, now), now - maxLatenessMs);
  return { ...state, sentAt, startedAt: state.startedAt ?? now };
}

/** A request that waits to be sent. */
interface Waiting {
  resolve: (sentAt: number) => void;
  reject: (reason: unknown) => void;
  permit: SendPermit | undefined;
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
  const queue: Waiting[] = [];
  function release(): void {
    clearTimeout(timer);
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      if (next.permit?.isValid() === false) {
        queue.shift();
        next.reject(notSentError);
        continue;
      }
      const time = now();
      const wait = nextSlotAt(state, time) - time;
      if (wait > 0) {
        if (skipWaits?.aborted && wait > maxSkippedWaitMs) refuse(notSentError);
        else timer = setTimeout(release, wait);
        return;
      }
      state = onSend(state, time);
      queue.shift();
      next.resolve(time);
    }
  }
  function refuse(reason: unknown): void {
    clearTimeout(timer);
    for (const { reject } of queue.splice(0)) reject(reason);
  }
  signal.addEventListener('abort', () => refuse(signal.reason));
  skipWaits?.addEventListener('abort', release);
  return {
    acquire(permit) {
      return new Promise<number>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        queue.push({ resolve, reject, permit });
        release();
      });
    },
    onThrottled(sentAt, after) {
      state = onThrottle(state, sentAt, after, now());
      release();
    },
    onSuccess(sentAt) {
      state = onResponse(state, sentAt, now());
      release();
    },
  };
}
