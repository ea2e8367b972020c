import { expect, test } from 'vitest';
import { exactTime, relativeTime } from '../../../../src/platform/core/time-words.ts';

const now = Date.parse('2026-11-26T09:30:00Z');

test.each([
  ['2026-11-26T09:29:30Z', 'just now'],
  ['2026-11-26T09:29:00Z', '1 minute ago'],
  ['2026-11-26T08:31:00Z', '59 minutes ago'],
  ['2026-11-26T08:30:00.123456789Z', '59 minutes ago'],
  ['2026-11-25T10:00:00Z', '23 hours ago'],
  ['2026-11-24T09:30:00Z', '2 days ago'],
  ['2026-10-20T09:30:00Z', '1 month ago'],
  ['2023-01-10T08:00:00Z', '3 years ago'],
  ['2026-11-26T09:30:20Z', 'in less than a minute'],
  ['2026-11-26T10:22:00Z', 'in 52 minutes'],
  ['2026-11-26T12:30:00+02:00', 'in 1 hour'],
  ['unknown', undefined],
  ['', undefined],
])('%j is %s', (time, words) => {
  expect(relativeTime(time, now)).toBe(words);
});

test('an exact time has its date, its zone and its distance; another text stays', () => {
  expect(exactTime('2026-11-24T09:30:59.5Z', now)).toBe('2026-11-24 09:30 UTC (1 day ago)');
  expect(exactTime('unknown', now)).toBe('unknown');
});
