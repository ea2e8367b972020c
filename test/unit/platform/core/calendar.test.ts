import { expect, test } from 'vitest';
import { dayIn, isCalendarDay, timeZoneNamed } from '../../../../src/platform/core/calendar.ts';

test.each([
  ['2026-12-31', true],
  ['2024-02-29', true],
  ['2026-02-29', false],
  ['2026-02-30', false],
  ['2026-13-01', false],
  ['2026-00-10', false],
  ['2026-1-1', false],
  ['12/31/2026', false],
  ['31.12.2026', false],
  ['20261231', false],
  ['2026-12-31T00:00:00Z', false],
  ['2026-12-31 ', false],
  ['46387', false],
  ['', false],
])('whether %j is a day of the calendar: %s', (text, expected) => {
  expect(isCalendarDay(text)).toBe(expected);
});

test.each([
  ['Europe/Paris', 'Europe/Paris'],
  ['europe/paris', 'Europe/Paris'],
  ['UTC', 'UTC'],
  ['Europe/Pariss', undefined],
  ['+02:00', undefined],
  ['', undefined],
  ['Europe/Paris ', undefined],
])('the time zone %j is %s', (text, expected) => {
  expect(timeZoneNamed(text)).toBe(expected);
});

test.each([
  ['UTC', '2026-06-30T23:59:59Z', '2026-06-30'],
  ['Europe/Paris', '2026-06-30T21:59:59Z', '2026-06-30'],
  ['Europe/Paris', '2026-06-30T22:00:00Z', '2026-07-01'],
  ['America/Los_Angeles', '2026-07-01T06:59:59Z', '2026-06-30'],
  ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2027-01-01'],
])('the day in %s at %s is %s', (zone, now, day) => {
  expect(dayIn(zone, Date.parse(now))).toBe(day);
});
