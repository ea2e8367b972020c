import { describe, expect, it, test } from 'vitest';
import { expiryOf, formatExpiry, isFresh, refusedAtOnce } from '../../../../src/login/oauth/expiry.ts';

const now = Date.parse('2026-01-31T12:00:00Z');
const hour = 3_600_000;

describe('the expiry of a token', () => {
  it.each([
    [3600, hour],
    ['3600', hour],
    [' 1.5 ', 1_500],
  ])('is what expires_in says: %j', (expiresIn, lifetime) => {
    expect(expiryOf(expiresIn, now)).toEqual({ expiresAt: now + lifetime, lifetime });
  });

  it.each([undefined, null, 0, -5, '', 'soon', '1e3', Number.NaN, 1e300, {}])(
    'is an hour from now, as a guess, for %j',
    (expiresIn) => {
      expect(expiryOf(expiresIn, now)).toEqual({ expiresAt: now + hour, lifetime: 'unknown' });
    },
  );
});

test('a token is fresh until a minute before it expires', () => {
  const token = { expiresAt: now + hour, lifetime: hour };
  expect(isFresh(token, now + hour - 60_001)).toBe(true);
  expect(isFresh(token, now + hour - 60_000)).toBe(false);
});

test('a short-lived token is fresh for nine tenths of its life', () => {
  const token = { expiresAt: now + 10_000, lifetime: 10_000 };
  expect(isFresh(token, now + 8_999)).toBe(true);
  expect(isFresh(token, now + 9_000)).toBe(false);
});

test('a refusal counts as immediate for a minute, or half of a shorter life', () => {
  expect(refusedAtOnce({ expiresAt: 0, lifetime: hour })).toBe(60_000);
  expect(refusedAtOnce({ expiresAt: 0, lifetime: 10_000 })).toBe(5_000);
  expect(refusedAtOnce({ expiresAt: 0, lifetime: 'unknown' })).toBe(60_000);
});

test('an expiry is printed in the form of the API, and as unknown where it is a guess', () => {
  expect(formatExpiry({ expiresAt: now + 42, lifetime: hour })).toBe('2026-01-31T12:00:00Z');
  expect(formatExpiry({ expiresAt: now })).toBe('2026-01-31T12:00:00Z');
  expect(formatExpiry({ expiresAt: now, lifetime: 'unknown' })).toBe('unknown');
  expect(formatExpiry({ expiresAt: 1e300, lifetime: hour })).toBe('unknown');
});
