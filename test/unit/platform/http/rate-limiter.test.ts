import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createRateLimiter,
  initialState,
  nextSlotAt,
  onResponse,
  onSend,
  onThrottle,
  rateAt,
} from '../../../../src/platform/http/rate-limiter.ts';
import { retryDelay } from '../../../../src/platform/http/retry.ts';
import { fixedWindow, tokenBucket } from '../../../../src/sandbox/http/rate-limit.ts';
import { seededRandom } from '../../../../src/sandbox/state/random.ts';
import {
  overallRate,
  rateBetween,
  refusedFraction,
  type Server,
  type SimulatedClient,
  simulate,
  slidingWindow,
} from '../../../support/rate-simulation.ts';

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
    const sentAt = await pace.acquire();
    seen.sent += 1;
    await wait(25);
    const refusal = limit(Date.now());
    await wait(25);
    if (Date.now() > end) return;
    if (refusal === undefined) {
      pace.onSuccess(sentAt);
      if (Date.now() > end - 10_000) seen.late += 1;
      return;
    }
    seen.refused += 1;
    pace.onThrottled(sentAt, refusal === null ? undefined : refusal * 1000);
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

/** Several seeds of a simulation: the least, the median and the greatest of a number that describes a run. */
function spread(
  numberOf: (seed: number) => number,
  seeds = 7,
): { least: number; median: number; greatest: number } {
  const numbers = Array.from({ length: seeds }, (_, index) => numberOf(index + 1)).sort((a, b) => a - b);
  return { least: numbers[0] ?? 0, median: numbers[(seeds - 1) / 2] ?? 0, greatest: numbers.at(-1) ?? 0 };
}

const servers: Record<string, (seed: number) => Server> = {
  'a token bucket': () => tokenBucket(0),
  // Its seconds begin at another time than ours.
  'a fixed window': (seed) => {
    const accept = fixedWindow();
    return (now, limit) => accept(now + seed * 137, limit);
  },
  'a sliding window': slidingWindow,
};

describe.each(Object.entries(servers))('against %s', (kind, serverOf) => {
  const leastMedian = { 'a token bucket': 0.97, 'a fixed window': 0.92, 'a sliding window': 0.88 }[kind] ?? 1;

  test.each([
    [20, true, 5],
    [20, false, 5],
    [20, true, 50],
    [20, false, 50],
    [20, false, 200],
    [100, true, 5],
    [100, true, 50],
    [100, false, 5],
    [100, false, 50],
  ])('uses nearly all of %i a second (Retry-After: %s, latency %i ms)', (rate, retryAfter, latency) => {
    const limit = () => rate;
    const clients: SimulatedClient[] = [];
    const used = spread((seed) => {
      const options = { server: serverOf(seed), limit, retryAfter, seed, latency, count: rate * 20 };
      const [client] = simulate(options);
      if (client === undefined) throw new Error('There is no client');
      clients.push(client);
      return overallRate(client) / rate;
    });
    // The refused requests of a window wait for a second and keep most of the eight workers.
    const blocksWorkers = kind === 'a fixed window' && rate === 100 && retryAfter && latency === 50;
    expect(used.median).toBeGreaterThan(blocksWorkers ? 0.86 : leastMedian);
    expect(used.least).toBeGreaterThan(blocksWorkers ? 0.82 : leastMedian - 0.04);
    const refused = spread((seed) => refusedFraction(clients[seed - 1] as SimulatedClient));
    expect(refused.median).toBeLessThan(0.04);
    expect(refused.greatest).toBeLessThan(0.05);
    expect(clients.map(({ failed }) => failed)).toEqual(clients.map(() => 0));
  });

  test.each([
    [20, 100],
    [100, 20],
  ])('finds a limit that changes from %i to %i within ten seconds', (before, after) => {
    const limit = (now: number) => (now < 20_000 ? before : after);
    for (const retryAfter of [true, false]) {
      const found = spread((seed) => {
        const options = { server: serverOf(seed), limit, retryAfter, seed, latency: 20, seconds: 40 };
        const [client] = simulate(options);
        return client === undefined ? 0 : rateBetween(client, 30, 40) / after;
      });
      expect(found.median).toBeGreaterThan(kind === 'a sliding window' ? 0.85 : 0.9);
      expect(found.least).toBeGreaterThan(0.8);
    }
  });

  test.each([
    [20, 10, 1.4],
    [20, 300, 1.4],
    [20, 15_000, 1.6],
    [100, 10, 1.4],
    [100, 300, 1.6],
    [100, 15_000, 2],
  ])('two processes share %i a second, also where one starts %i ms later', (rate, start, mostUnfair) => {
    const shares = Array.from({ length: 9 }, (_, index) => {
      const seed = index + 1;
      const options = { server: serverOf(seed), limit: () => rate, retryAfter: seed % 2 === 0, seed };
      const seconds = start / 1000;
      const clients = simulate({ ...options, latency: 20, starts: [0, start], seconds: seconds + 60 });
      return clients.map((client) => rateBetween(client, seconds + 2, seconds + 60) / rate);
    });
    const together = spread((seed) => shares[seed - 1]?.reduce((sum, share) => sum + share, 0) ?? 0, 9);
    expect(together.median).toBeGreaterThan({ 'a token bucket': 0.97, 'a fixed window': 0.92 }[kind] ?? 0.86);
    const unfairness = spread((seed) => {
      const ofEach = shares[seed - 1] ?? [];
      return Math.max(...ofEach) / Math.min(...ofEach);
    }, 9);
    expect(unfairness.median).toBeLessThan(mostUnfair);
    expect(unfairness.greatest).toBeLessThan(6);
  });
});

test.each([1, 5])('a low limit of %i a second is found without a failed request', (rate) => {
  const options = { server: tokenBucket(0), limit: () => rate, retryAfter: false, seed: 1 };
  const [client] = simulate({ ...options, seconds: 120 });
  if (client === undefined) throw new Error('There is no client');
  expect(rateBetween(client, 20, 120)).toBeGreaterThan(rate * 0.8);
  expect(client.failed).toBe(0);
});

describe('a refused request', () => {
  const paced = () => {
    let state = initialState();
    for (let now = 0; now < 1000; now += 50) state = onResponse(onSend(state, now), now, now + 10);
    return state;
  };

  test('slows to the accepted rate, once for several at the same time', () => {
    const first = onThrottle(paced(), 990, 1500, 1000);
    expect(first.baseRate).toBeCloseTo(20 / 1.5, 0);
    expect(nextSlotAt(first, 1000)).toBe(2500);
    const second = onThrottle(first, 995, 1900, 1010);
    expect([second.baseRate, nextSlotAt(second, 1010)]).toEqual([first.baseRate, 2910]);
    // Responses of the same burst may arrive after the refusal.
    expect(onResponse(first, 995, 1010).baseRate).toBeCloseTo(21 / 1.5, 0);
  });

  test('at a known rate lowers it without a stop, unless another follows or it asks for a longer wait', () => {
    let state = onThrottle(paced(), 990, undefined, 1000);
    for (let now = 2000; now < 6000; now += 100) state = onResponse(onSend(state, now), now, now + 10);
    const rate = rateAt(state, 6000);
    const single = onThrottle(state, 5990, 1000, 6000);
    expect(nextSlotAt(single, 6000)).toBeLessThan(6100);
    expect(single.baseRate).toBeLessThan(rate);
    const again = onThrottle(onSend(single, 6080), 6080, 1000, 6100);
    expect(nextSlotAt(again, 6100)).toBe(6600);
    expect(nextSlotAt(onThrottle(state, 5990, 5000, 6000), 6000)).toBe(11_000);
  });

  test('doubles the wait while nothing is accepted', () => {
    let state = paced();
    let now = 1000;
    const waits = [1, 2, 3, 4, 5, 6, 7].map(() => {
      state = onThrottle(state, now, undefined, now);
      const wait = nextSlotAt(state, now) - now;
      now = nextSlotAt(state, now) + 10;
      return wait;
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
    state = onResponse(state, now, now);
    expect(onThrottle(state, now, undefined, now).waits).toBe(0);
  });
});

test('the rate does not jump when a response earns the credit for a refusal', () => {
  const state = { ...initialState(), baseRate: 2, credit: 0, holdMs: 10_000, resumedAt: 0, slowedAt: 0 };
  const answered = onResponse(state, 1, 9_000);
  expect(answered.credit).toBeGreaterThan(0);
  expect(rateAt(answered, 9_000)).toBe(2);
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

test('a request whose permit was withdrawn leaves the queue when waits are skipped, and the others keep their order', async () => {
  const skipping = new AbortController();
  const pace = createRateLimiter(2, { signal: new AbortController().signal, skipWaits: skipping.signal });
  let isStopped = false;
  const permit = { isValid: () => !isStopped, onUse: () => undefined };
  const order: string[] = [];
  const wait = (name: string, given?: typeof permit) =>
    pace.acquire(given).then(
      () => order.push(`${name} sent`),
      ({ outcome }: { outcome: string }) => order.push(`${name} ${outcome}`),
    );
  const all = [
    wait('first', permit),
    ...Array.from({ length: 7 }, (_, index) => wait(`${index}`, permit)),
    wait('a read'),
    wait('last', permit),
  ];
  // Half a second, of which timers may be late by a tenth.
  await vi.advanceTimersByTimeAsync(400);
  isStopped = true;
  skipping.abort();
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all(all);
  const unsent = ['0', '1', '2', '3', '4', '5', '6'].map((name) => `${name} not-sent`);
  expect(order).toEqual(['first sent', ...unsent, 'a read sent', 'last not-sent']);
  await expect(pace.acquire(permit)).rejects.toMatchObject({ kind: 'cancelled', outcome: 'not-sent' });
});

test('without patience only a slot that comes soon is waited for', async () => {
  const skipping = new AbortController();
  const pace = createRateLimiter(10, { signal: new AbortController().signal, skipWaits: skipping.signal });
  const sentAt = await pace.acquire();
  const soon = pace.acquire();
  skipping.abort();
  await vi.advanceTimersByTimeAsync(100);
  await expect(soon).resolves.toBeTypeOf('number');
  const late = pace.acquire();
  pace.onThrottled(sentAt, 30_000);
  await expect(late).rejects.toMatchObject({ kind: 'cancelled' });
  await expect(pace.acquire()).rejects.toMatchObject({ kind: 'cancelled' });
});
