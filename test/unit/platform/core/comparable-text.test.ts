import { expect, test } from 'vitest';
import { comparableText, hasAllWords } from '../../../../src/platform/core/comparable-text.ts';

test.each([
  ['José'.normalize('NFC'), 'JOSÉ'.normalize('NFD')],
  ['straße', 'STRASSE'],
  ['karl', '\u212aARL'],
  ['ad\u200ba', 'Ada'],
])('%j and %j are the same', (one, other) => {
  expect(comparableText(one)).toBe(comparableText(other));
});

test.each<[texts: (string | null | undefined)[], search: string, found: boolean]>([
  [['Ada Lovelace', 'ada@example.com'], 'lovelace ADA', true],
  [['Ada', undefined, null, 'Lovelace'], ' ada  love ', true],
  [['Ada', 'Lovelace'], 'ada king', false],
  [['Ada'], '', true],
  [[undefined], 'a', false],
])('whether %j has all words of %j: %s', (texts, search, found) => {
  expect(hasAllWords(texts, search)).toBe(found);
});
