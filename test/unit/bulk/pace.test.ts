import { describe, expect, test } from 'vitest';
import { afterAnswer, afterRefusal, createPace, nextSlot, startPace } from '../../../src/bulk/pace.ts';

/** A service that takes `limit` requests a second, with a bucket of as many, and a client that keeps to its pace; `seconds` of it. */
function simulated(limit: number, seconds: number, retryAfter: boolean, most?: number) {
  let state = startPace(most);
  let bucket = limit;
  let filledAt = 0;
  let [sent, refused] = [0, 0];
  for (let now = 0; now < seconds * 1000; ) {
    const slot = nextSlot(state, now);
    // At most eight are under way, each taking 10 ms: without a pace, 800 a second.
    now = Math.max(slot.at, now + 1.25);
    state = slot.state;
    bucket = Math.min(limit, bucket + ((now - filledAt) * limit) / 1000);
    filledAt = now;
    sent += 1;
    if (bucket < 1) {
      refused += 1;
      state = afterRefusal(state, retryAfter ? 1000 : undefined, now);
    } else {
      bucket -= 1;
      state = afterAnswer(state, now, most);
    }
  }
  return { rate: (sent - refused) / seconds, refusedPart: refused / sent };
}

describe('the pace that is found without --rate', () => {
  test.each([
    [20, true],
    [20, false],
    [5, true],
    [100, true],
  ])(
    'is at least 90 %% of what a service of %i a second takes, with at most 5 %% refused (Retry-After: %s)',
    (limit, retryAfter) => {
      const { rate, refusedPart } = simulated(limit, 60, retryAfter);
      expect(rate).toBeGreaterThan(limit * 0.9);
      expect(refusedPart).toBeLessThan(0.05);
    },
  );

  test('is no pace at all where nothing is refused', () => {
    expect(simulated(100_000, 2, true).rate).toBeGreaterThan(700);
  });

  test('quickens again when the service takes more', () => {
    let state = afterRefusal(afterAnswer(startPace(undefined), 0, undefined), 1000, 1000);
    const slow = state.rate ?? 0;
    for (let now = 4000; now < 60_000; now += 10) state = afterAnswer(state, now, undefined);
    expect(state.rate).toBeGreaterThan(slow * 1.5);
  });
});

test('--rate is never exceeded', () => {
  expect(simulated(100, 10, true, 10).rate).toBeLessThanOrEqual(10.2);
});

test('several refusals at once slow down once', () => {
  let state = startPace(undefined);
  for (let now = 0; now < 1000; now += 50) state = afterAnswer(state, now, undefined);
  const first = afterRefusal(state, 500, 1000);
  expect(afterRefusal(first, 500, 1010).rate).toBe(first.rate);
  expect(first.rate).toBeGreaterThan(15);
});

test('a wait ends when the program is to end', async () => {
  const stop = new AbortController();
  const pace = createPace(1, { now: () => 0, signal: stop.signal });
  await pace.ready();
  const waiting = pace.ready();
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
