import { describe, expect, test } from 'vitest';
import { guardFlags, limitFlags, parseFraction, parsePattern } from '../../../src/cli/guard-flags.ts';

describe('parseFraction', () => {
  test.each([
    ['0', 0],
    ['0.2', 0.2],
    ['.5', 0.5],
    ['1', 1],
  ])('reads %s', (text, value) => {
    expect(parseFraction(text)).toBe(value);
  });

  test.each(['', '1.1', '-0.1', '20%', '1e-1', '0.'])('refuses "%s"', (text) => {
    expect(() => parseFraction(text)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

describe('parsePattern', () => {
  test.each(['ada@example.com', 'ceo@*', `US${'0'.repeat(32)}`])('takes %s', (text) => {
    expect(parsePattern(text)).toBe(text);
  });

  test.each(['', ' ', 'a@example.com,b@example.com'])('refuses "%s", which matches no user', (text) => {
    expect(() => parsePattern(text)).toThrow(`"${text}" matches no user`);
  });
});

test('all guards but what overrides them can be kept in a profile', () => {
  expect(Object.keys(guardFlags)).toEqual([...Object.keys(limitFlags), 'overrideGuards', 'includingMyself']);
});
