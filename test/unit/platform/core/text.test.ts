import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSeconds, pluralize, shellQuote } from '../../../../src/platform/core/text.ts';
import { testWith } from '../../../support/requires.ts';

test.each([
  ['ada@example.com', 'ada@example.com'],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$(rm)', "'$(rm)'"],
  ['', "''"],
  ['*', "'*'"],
])('the word %j is quoted for a shell as %s', (word, quoted) => {
  expect(shellQuote(word)).toBe(quoted);
});

testWith('bash', 'a shell reads every quoted word as it was', async () => {
  const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  const words = fc.sample(word, { numRuns: 200, seed: 1 }).map((text) => text.replace(/\p{Surrogate}/gu, ''));
  const script = words.map((text) => `printf '%s\\0' ${shellQuote(text)}`).join('\n');
  const read = execFileSync('/bin/sh', { input: script, encoding: 'utf8' }).split('\0').slice(0, -1);
  expect(read).toEqual(words);
});

test.each([
  [1000, '1 second'],
  [500, '0.5 seconds'],
  [0, '0 seconds'],
  [60_000, '60 seconds'],
])('%i milliseconds are %s', (ms, text) => {
  expect(formatSeconds(ms)).toBe(text);
});

test.each([
  [0, '0 users'],
  [1, '1 user'],
  [2, '2 users'],
])('%i of something is %s', (count, text) => {
  expect(pluralize(count, 'user')).toBe(text);
});
