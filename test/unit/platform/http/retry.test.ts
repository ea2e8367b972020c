import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  createRetryBudget,
  maxRetryAfterMs,
  parseRetryAfter,
  retryDelay,
} from '../../../../src/platform/http/retry.ts';

const now = Date.parse('Wed, 01 May 2024 12:00:00 GMT');

describe('a retry', () => {
  const lost: Attempt = { status: undefined };
  const is = (status: number): Attempt => ({ status });
  test.each<[string, Attempt, { read: boolean; write: boolean }]>([
    ['no answer', lost, { read: true, write: false }],
    ['408', is(408), { read: true, write: false }],
    ['429', is(429), { read: true, write: true }],
    ['500', is(500), { read: true, write: false }],
    ['501', is(501), { read: false, write: false }],
    ['502', is(502), { read: true, write: false }],
    ['503', is(503), { read: true, write: false }],
    ['504', is(504), { read: true, write: false }],
    ['200', is(200), { read: false, write: false }],
    ['302', is(302), { read: false, write: false }],
    ['400', is(400), { read: false, write: false }],
    ['401', is(401), { read: false, write: false }],
    ['403', is(403), { read: false, write: false }],
    ['404', is(404), { read: false, write: false }],
    ['409', is(409), { read: false, write: false }],
    ['412', is(412), { read: false, write: false }],
  ])('after %s', (_, outcome, { read, write }) => {
    const again = (repeatable: boolean) =>
      retryDelay(outcome, 1, { repeatable, maxRetries: 4 }, now, 0.5) !== undefined;
    expect({ read: again(true), write: again(false) }).toEqual({ read, write });
  });
});

describe('the wait before a retry', () => {
  const rules = { repeatable: true, maxRetries: 4 };
  const waitTold = (retryAfter: string | null, tries = 1) =>
    retryDelay({ status: 429, retryAfter }, tries, rules, now, 0.5);

  test('doubles with each attempt without Retry-After, up to 8 seconds, with jitter', () => {
    const many = { repeatable: true, maxRetries: 99 };
    const waits = [1, 2, 3, 4, 5, 6, 50].map((tries) => retryDelay({ status: 503 }, tries, many, now, 1));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(retryDelay({ status: 503 }, 3, many, now, 0.25)).toBe(500);
    expect(retryDelay({ status: 503 }, 3, many, now, 0)).toBe(0);
  });

  test.each<[string, string | null, number | undefined]>([
    ['seconds', '7', 7000],
    ['no seconds', '0', 0],
    ['a date to come', 'Wed, 01 May 2024 12:00:20 GMT', 20_000],
    ['a date that has passed', 'Wed, 01 May 2024 11:00:00 GMT', 0],
    ['the longest it obeys', '60', maxRetryAfterMs],
    ['more than that: it gives up and says so', '61', undefined],
    ['a day', '86400', undefined],
    ['more digits than any time has', '10000000000', undefined],
    ['a number that JavaScript takes for infinite', '9'.repeat(400), undefined],
    ['zeros in front', '0000000000007', 7000],
    ['a date tomorrow', 'Thu, 02 May 2024 12:00:00 GMT', undefined],
    ['nothing', null, 250],
    ['an empty text', ' ', 250],
    ['rubbish', 'soon', 250],
    ['rubbish with a number, which JavaScript takes for a date', 'soon 5', 250],
    ['a day without its time', 'may 5', 250],
    ['a negative number', '-5', 250],
    ['a fraction', '1.5', 250],
  ])('is as told: %s', (_, retryAfter, wait) => {
    expect(waitTold(retryAfter)).toBe(wait);
  });

  test('follows a server error with a time', () => {
    expect(retryDelay({ status: 503, retryAfter: '3' }, 1, rules, now, 0.5)).toBe(3000);
  });

  test('ends with the last allowed attempt', () => {
    expect(waitTold('1', 4)).toBe(1000);
    expect(waitTold('1', 5)).toBeUndefined();
    expect(retryDelay({ status: 429 }, 1, { repeatable: true, maxRetries: 0 }, now, 0.5)).toBeUndefined();
  });
});

test('Retry-After is read as milliseconds from now', () => {
  expect(parseRetryAfter(' 2 ', now)).toBe(2000);
  expect(parseRetryAfter('Wednesday, 01-May-24 12:00:03 GMT', now)).toBe(3000);
  expect(parseRetryAfter('2024', now)).toBe(2_024_000);
  expect(parseRetryAfter(undefined, now)).toBeUndefined();
});

describe('any value of Retry-After', () => {
  test('is a time from now on, or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const ms = parseRetryAfter(text, now);
        expect(ms === undefined || ms >= 0).toBe(true);
      }),
    );
  });

  test('is read as seconds and as a date', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seconds) => {
        expect(parseRetryAfter(String(seconds), now)).toBe(seconds * 1000);
        expect(parseRetryAfter(new Date(now + seconds * 1000).toUTCString(), now)).toBe(seconds * 1000);
        expect(parseRetryAfter(new Date(now - seconds * 1000).toUTCString(), now)).toBe(0);
      }),
    );
  });

  test('never makes a wait longer than a minute, and no retry comes without one being told or drawn', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (text, tries, random) => {
          const rules = { repeatable: true, maxRetries: 4 };
          const wait = retryDelay({ status: 429, retryAfter: text }, tries, rules, now, random);
          expect(wait === undefined || (wait >= 0 && wait <= maxRetryAfterMs)).toBe(true);
        },
      ),
    );
  });
});

describe('the retry budget of a run', () => {
  test.each<[string, ('fault' | 'good')[], number]>([
    ['is used up by faults', Array(6).fill('fault'), 4],
    [
      'comes back by half with each good answer',
      ['fault', 'fault', 'fault', 'fault', 'good', 'good', 'fault', 'fault'],
      5,
    ],
    ['does not grow beyond what it was', [...Array(50).fill('good'), ...Array(6).fill('fault')], 4],
  ])('%s', (_, events, granted) => {
    const budget = createRetryBudget(4);
    let tries = 0;
    for (const event of events) {
      if (event === 'good') budget.refund();
      else if (budget.spend()) tries += 1;
    }
    expect(tries).toBe(granted);
  });
});
