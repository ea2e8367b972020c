import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createRateLimiter,
  initialState,
  nextSlotAt,
  onResponse,
  onThrottle,
} from '../../../../src/platform/http/rate-limiter.ts';
import { retryDelay } from '../../../../src/platform/http/retry.ts';
import { seededRandom } from '../../../../src/sandbox/state/random.ts';

/**
 * The decision of a service about a request at that time: undefined when it accepts, else the seconds of `Retry-After`,
 * or null.
 */
type Limit = (now: number) => undefined | null | number;

/** Allows `rate` requests a second, and a burst of as many. */
function bucket(rate: number, after: number | null): Limit {
  let left = rate;
  let filledAt = 0;
  return (now) => {
    left = Math.min(rate, left + ((now - filledAt) * rate) / 1000);
    filledAt = now;
    if (left < 1) return after;
    left -= 1;
    return undefined;
  };
}

/** So many in each period, counted from its beginning. */
function quota(count: number, seconds: number, says: boolean): Limit {
  const taken = new Map<number, number>();
  return (now) => {
    const period = Math.floor(now / (seconds * 1000));
    const before = taken.get(period) ?? 0;
    taken.set(period, before + 1);
    if (before < count) return undefined;
    return says ? Math.ceil((period + 1) * seconds - now / 1000) : null;
  };
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Eight workers, requests of 50 ms, tries as `exchange` makes them: what came of it, in all and in the last ten seconds. */
async function simulated(limit: Limit, seconds: number, most?: number) {
  const pace = createRateLimiter(most, { signal: new AbortController().signal });
  const random = seededRandom(1);
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const end = Date.now() + seconds * 1000;
  const seen = { sent: 0, refused: 0, late: 0, failed: 0 };
  async function request(tries: number): Promise<void> {
    await pace.acquire();
    seen.sent += 1;
    await wait(25);
    const refusal = limit(Date.now());
    await wait(25);
    if (Date.now() > end) return;
    if (refusal === undefined) {
      pace.onSuccess();
      if (Date.now() > end - 10_000) seen.late += 1;
      return;
    }
    seen.refused += 1;
    pace.onThrottled(refusal === null ? undefined : refusal * 1000);
    const retryAfter = refusal === null ? null : String(refusal);
    const rules = { repeatable: false, maxRetries: 4 };
    const delay = retryDelay({ status: 429, retryAfter }, tries, rules, Date.now(), random());
    if (delay === undefined) seen.failed += 1;
    else await wait(delay).then(() => request(tries + 1));
  }
  const worker = async (): Promise<void> => {
    while (Date.now() < end) await request(1);
  };
  for (let count = 0; count < 8; count++) void worker();
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  return {
    ...seen,
    rate: (seen.sent - seen.refused) / seconds,
    lateRate: seen.late / 10,
    refusedPart: seen.refused / seen.sent,
  };
}

describe('the rate that is found without --rate', () => {
  test.each<[number, number | null, number]>([
    [20, 1, 0.05],
    [20, null, 0.05],
    [100, 1, 0.05],
    [100, null, 0.05],
    // Here the eight that are under way when nothing is known yet are many.
    [5, 1, 0.1],
  ])(
    'is nine tenths or more of %i a second that a service takes, where 429 says %s, and few are refused',
    async (rate, after, mostRefused) => {
      const found = await simulated(bucket(rate, after), 60);
      expect(found.rate).toBeGreaterThan(rate * 0.9);
      expect(found.refusedPart).toBeLessThan(mostRefused);
      expect(found.failed).toBe(0);
    },
  );

  test.each([true, false])(
    'uses a quota of 100 in ten seconds, without a failed request (Retry-After: %s)',
    async (says) => {
      const found = await simulated(quota(100, 10, says), 60);
      expect(found.rate).toBeGreaterThan(9);
      expect(found.failed).toBe(0);
    },
  );

  test('is unlimited while nothing is refused', async () => {
    expect((await simulated(() => undefined, 10)).rate).toBeGreaterThan(155);
  });

  test('recovers within half a minute from ten seconds of refusals', async () => {
    const found = await simulated((now) => (now > 20_000 && now < 30_000 ? null : undefined), 70);
    expect(found.lateRate).toBeGreaterThan(150);
  });

  test('lets every caller learn soon of a wait of an hour', async () => {
    const found = await simulated(quota(100, 3600, true), 10);
    expect(found.failed).toBeGreaterThanOrEqual(10);
  });

  test('increases when the service accepts ten times as much', async () => {
    const [first, then] = [bucket(5, null), bucket(50, null)];
    const found = await simulated((now) => (now < 20_000 ? first(now) : then(now)), 90);
    expect(found.lateRate).toBeGreaterThan(45);
  });
});

test('the rate of --rate is never exceeded, and reached when timers are late', async () => {
  const { rate } = await simulated(() => undefined, 30, 10);
  expect(rate).toBeGreaterThan(9.8);
  expect(rate).toBeLessThanOrEqual(10.1);
  // It is a limit, not a promise: what the service takes is less.
  expect((await simulated(bucket(5, 1), 60, 10)).rate).toBeGreaterThan(4.5);
});

describe('a refused request', () => {
  const paced = () => {
    let state = initialState(undefined);
    for (let now = 0; now < 1000; now += 50) state = onResponse(state, now, undefined);
    return state;
  };

  test('slows to the accepted rate, once for several at the same time', () => {
    const before = paced();
    const first = onThrottle(before, 500, 1000);
    expect(first.rate).toBeCloseTo(19, 0);
    expect(nextSlotAt(first)).toBe(1500);
    const second = onThrottle(first, 900, 1010);
    expect([second.rate, nextSlotAt(second)]).toEqual([first.rate, 1910]);
    // Told to come back at once, and refused again, it does not believe that twice.
    const impatient = onThrottle(before, 0, 1000);
    expect(nextSlotAt(onThrottle(impatient, 0, 1300))).toBe(3300);
  });

  test('without Retry-After doubles the wait while nothing is accepted', () => {
    let state = paced();
    let now = 1000;
    const waits = [1, 2, 3, 4, 5, 6].map(() => {
      state = onThrottle(state, undefined, now);
      const wait = nextSlotAt(state) - now;
      now = nextSlotAt(state) + 10;
      return wait;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
    expect(nextSlotAt(onThrottle(onResponse(state, now, undefined), undefined, now)) - now).toBe(1000);
  });
});

test('the wait for a slot ends with the program', async () => {
  const stop = new AbortController();
  const pace = createRateLimiter(1, stop);
  await pace.acquire();
  const waiting = pace.acquire();
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(pace.acquire()).rejects.toThrow('enough');
});

test('without patience only a slot that comes soon is waited for', async () => {
  const skipping = new AbortController();
  const pace = createRateLimiter(10, { signal: new AbortController().signal, skipWaits: skipping.signal });
  await pace.acquire();
  const soon = pace.acquire();
  skipping.abort();
  await vi.advanceTimersByTimeAsync(100);
  await expect(soon).resolves.toBeUndefined();
  const late = pace.acquire();
  pace.onThrottled(30_000);
  await expect(late).rejects.toMatchObject({ kind: 'cancelled' });
  await expect(pace.acquire()).rejects.toMatchObject({ kind: 'cancelled' });
});
