import { expect, test } from 'vitest';
import { glob } from '../../../../src/platform/core/glob.ts';

test.each([
  ['ceo@example.com', 'CEO@Example.Com', true],
  ['c?o@*', 'ceo@example.com', true],
  ['*@example.com', 'ceo@example.com', true],
  ['*@example.com', 'ceo@example.community', false],
  ['ceo@*', 'the-ceo@example.com', false],
  ['*o*@*e', 'ceo@example', true],
  ['a.b@example.com', 'axb@example.com', false],
  ['a+(b@*', 'A+(B@example.com', true],
  // The same to whoever reads it, in other characters.
  ['jos\u00e9@example.com', 'JOSE\u0301@example.com', true],
  ['stra\u00dfe@example.com', 'STRASSE@example.com', true],
  ['karl@example.com', '\u212aarl@example.com', true],
  ['ceo@example.com\u200b', 'ceo@exam\u00adple.com', true],
  ['?@example.com', '\u{1f600}@example.com', true],
  ['ceo*@example.com', 'ceo\n\u2028@example.com', true],
])('whether the pattern %j matches %j: %s', (pattern, name, expected) => {
  expect(glob(pattern)(name)).toBe(expected);
});

test('a pattern of many stars is fast on any name', () => {
  const started = performance.now();
  expect(glob('*a*a*a*a*a*a*a*b')(`${'a'.repeat(10_000)}c`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(60_000);
});
