import { describe, expect, it, test } from 'vitest';
import { parseRetention, prunable } from '../../../../src/organization/snapshots/prune.ts';

const id = (day: string) => `${day.replaceAll('-', '')}-010000000-0000`;
const now = Date.parse('2026-11-27T10:00Z');

describe('the retention of snapshots', () => {
  test.each([
    ['90d,24m', { days: 90, months: 24 }],
    ['12m, 7d', { days: 7, months: 12 }],
    ['30d', { days: 30, months: 0 }],
    ['', undefined],
    ['90', undefined],
    ['3d,4d', undefined],
    ['90d,', undefined],
  ])('reads %s', (text, expected) => {
    expect(parseRetention(text)).toEqual(expected);
  });

  it('keeps all of the last days, the last of each month, and the last of all', () => {
    const ids = [
      '2024-01-01',
      '2026-09-01',
      '2026-09-30',
      '2026-10-05',
      '2026-10-06',
      '2026-11-25',
      '2026-11-26',
      '2026-11-27',
    ].map(id);
    expect(prunable(ids, { days: 2, months: 2 }, now)).toEqual(
      ['2024-01-01', '2026-09-01', '2026-09-30', '2026-10-05', '2026-11-25'].map(id),
    );
    expect(prunable(ids, { days: 90, months: 240 }, now)).toEqual([]);
    expect(prunable([id('2020-01-01')], { days: 0, months: 0 }, now)).toEqual([]);
  });
});
