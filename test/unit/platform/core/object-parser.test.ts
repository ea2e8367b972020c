import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { objectParser } from '../../../../src/platform/core/object-parser.ts';

/** The bytes of a text, in chunks of this size. */
function chunksOf(text: string | Uint8Array, size: number): Uint8Array[] {
  const bytes = Buffer.from(text as string);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
}

/** The object in the chunks; undefined for anything else, and for a mistake. */
function parseByElement(chunks: readonly Uint8Array[]): unknown {
  const parser = objectParser();
  try {
    for (const chunk of chunks) parser.push(chunk);
    return parser.end();
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return undefined;
  }
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

/** The elements of the list `Resources`, and the rest, of a text that arrives in chunks of these lengths, over and over. */
function split(text: string, lengths: readonly number[] = [1]) {
  const elements: unknown[] = [];
  const parser = objectParser({ member: 'Resources', take: (element) => elements.push(element) });
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    parser.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { elements, rest: () => parser.end() };
}

describe('taking the elements of a list', () => {
  it('gives the same elements and the same rest as parsing the whole, however the bytes arrive', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const members = fc.dictionary(fc.string(), json, { maxKeys: 4 });
    fc.assert(
      fc.property(
        members,
        fc.array(json),
        members,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.constantFrom(undefined, 2),
        (before, resources, after, lengths, indent) => {
          const { Resources: _, ...others } = { ...before, ...after };
          const whole = { ...before, Resources: resources, ...after };
          whole.Resources = resources;
          const { elements, rest } = split(JSON.stringify(whole, undefined, indent), lengths);
          expect(elements).toEqual(JSON.parse(JSON.stringify(resources)));
          expect(rest()).toEqual(JSON.parse(JSON.stringify({ ...others, Resources: [] })));
        },
      ),
    );
  });

  it.each([
    ['a member of that name deeper down', '{"meta":{"Resources":[1]},"totalResults":0}'],
    ['the name as a value', '{"kind":"Resources","others":[1,2]}'],
    ['a name that ends alike', '{"a,\\"Resources":[1]}'],
    ['something other than an array', '{"Resources":null}'],
  ])('takes nothing out of %s', (_, text) => {
    const { elements, rest } = split(text);
    expect(elements).toEqual([]);
    expect(rest()).toEqual(JSON.parse(text));
  });

  it('takes nothing out of a list', () => {
    const { elements, rest } = split('[{"Resources":[1]}]');
    expect(elements).toEqual([]);
    expect(rest()).toBeUndefined();
  });

  it.each(['{"Resources":[1,]}', '{"Resources":[1,,2]}', '{"Resources":[1 2]}', '{"Resources":[,]}'])(
    'refuses the mistake in %s',
    (text) => {
      expect(() => split(text)).toThrow(SyntaxError);
    },
  );

  it('refuses an object whose end is missing, after its elements', () => {
    const { elements, rest } = split('{"Resources":[1,{"a":');
    expect(elements).toEqual([1]);
    expect(rest).toThrow(SyntaxError);
  });
});
