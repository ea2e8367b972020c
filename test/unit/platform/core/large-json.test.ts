import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseByElement } from '../../../../src/platform/core/large-json.ts';

/** The bytes of a text, in chunks of this size. */
function chunksOf(text: string | Uint8Array, size: number): Uint8Array[] {
  const bytes = Buffer.from(text as string);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
}

const spaces = fc.constantFrom(undefined, 1, '\t');
const sizes = fc.integer({ min: 1, max: 40 });

test('objects with lists are parsed as JSON.parse does, however the bytes are cut', () => {
  const objects = fc.dictionary(
    fc.string({ unit: 'binary' }),
    fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
    { maxKeys: 3 },
  );
  fc.assert(
    fc.property(objects, spaces, sizes, (object, space, size) => {
      const text = JSON.stringify(object, undefined, space);
      expect(parseByElement(chunksOf(text, size))).toStrictEqual(JSON.parse(text));
    }),
    { numRuns: 50 },
  );
});

test('a text with any byte changed is parsed as JSON.parse does, or left to it', () => {
  const text = '{"total": 3, "a\\"[": [ {"b":[1,{"c":"],"}]}, "é😀\\\\", [] ], "e": [ ], "f": {"g": [2]}}';
  const bytes = Buffer.from(text);
  const signs = fc.constantFrom(...Buffer.from('[]{}",:\\ 0a\n\u00a0é'));
  const at = fc.nat({ max: bytes.length - 1 });
  fc.assert(
    fc.property(at, signs, sizes, (position, sign, size) => {
      const changed = Buffer.from(bytes);
      changed[position] = sign;
      expect([undefined, parsed(changed.toString('utf8'))]).toContainEqual(
        parseByElement(chunksOf(changed, size)),
      );
    }),
    { numRuns: 400 },
  );
});

test.each([
  '',
  ' ',
  '[1]',
  '[[1]]',
  '1',
  '{"a":[1,]}',
  '{"a":[,]}',
  '{"a":[,1]}',
  '{"a":[1}}',
  '{"a":[1',
  '{"a":[\u00a0]}',
  '{"a":[1]]',
  '{"a":[1]}}',
  '\ufeff{"a":[1]}',
])('%j is left to JSON.parse', (text) => {
  expect(parseByElement(chunksOf(text, 3))).toBeUndefined();
});

test('a name that comes twice has its last value, and __proto__ is a name like any other', () => {
  const text = '{"a":[1],"a":[2],"b":[3],"b":4,"__proto__":[5]}';
  const value = parseByElement(chunksOf(text, 4));
  expect(value).toStrictEqual(JSON.parse(text));
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
