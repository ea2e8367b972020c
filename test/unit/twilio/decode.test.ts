import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/platform/core/errors.ts';
import { equalsIgnoreCase, parseStringFields, pathSegment } from '../../../src/twilio/decode.ts';

const parse = (value: unknown) => parseStringFields('a thing', value, ['sid'], ['note']);

test('an object with the named texts is returned as it is, other members too', () => {
  const thing = { sid: 'IX1', note: null, more: [1] };
  expect(parse(thing)).toBe(thing);
  expect(parse({ sid: 'IX1' })).toEqual({ sid: 'IX1' });
});

test.each([
  ['a missing member', {}, 'sid'],
  ['a member that is no text', { sid: 1 }, 'sid'],
  ['a member that is null', { sid: null }, 'sid'],
  ['an optional member that is no text', { sid: 'IX1', note: 1 }, 'note'],
])('%s is refused by name', (_, value, member) => {
  expect(() => parse(value)).toThrow(new RegExp(`a thing.*"${member}"`));
});

test.each([null, [], 'text', 1, undefined])('%j is no object and is refused', (value) => {
  expect(() => parse(value)).toThrow(AppError);
});

test('a SID is used in a path only if it can lead to no other resource', () => {
  expect(pathSegment('a user', 'US1')).toBe('US1');
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (/^\w+$/.test(text)) expect(pathSegment('a user', text)).toBe(text);
      else expect(() => pathSegment('a user', text)).toThrow(AppError);
    }),
  );
});

test.each(['', '..', 'US1/..', 'US1?x', 'US%31', 'US1\n'])('%j is refused in a path', (text) => {
  expect(() => pathSegment('a user', text)).toThrow(AppError);
});

test('names are equal in any case, and only to texts', () => {
  expect(equalsIgnoreCase('Ada', 'aDA')).toBe(true);
  expect(equalsIgnoreCase('Ada', 'Ada ')).toBe(false);
  expect(equalsIgnoreCase('undefined', undefined)).toBe(false);
});

test('texts are equal in any case exactly where they are equal in lower case', () => {
  const characters = fc.constantFrom(...'aAbBzZ09 @[`{_éÉßẞıİKkΣσς😀\u0307');
  const texts = fc.oneof(
    fc.string({ unit: characters, maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const pairs = fc.oneof(
    fc.tuple(texts, texts),
    texts.map((text) => [text, text.toUpperCase()] as const),
    fc.tuple(texts, texts).map(([text, end]) => [text, text.toLowerCase() + end] as const),
  );
  fc.assert(
    fc.property(pairs, ([one, other]) => {
      expect(equalsIgnoreCase(one, other)).toBe(one.toLowerCase() === other.toLowerCase());
    }),
    { numRuns: 2_000 },
  );
});
