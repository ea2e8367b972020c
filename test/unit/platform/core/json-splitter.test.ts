import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitArray } from '../../../../src/platform/core/json-splitter.ts';

/** Splits the text in chunks of these lengths, over and over. */
function split(text: string, lengths: readonly number[] = [1]): { elements: string[]; rest: string } {
  const splitter = splitArray('Resources');
  const bytes = Buffer.from(text);
  const elements: string[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    elements.push(...splitter.push(bytes.subarray(at, at + length)));
    at += length;
  }
  return { elements, rest: splitter.rest() };
}

describe('splitting an array off an object', () => {
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
          expect(elements.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(resources)));
          expect(JSON.parse(rest)).toEqual(JSON.parse(JSON.stringify({ ...others, Resources: [] })));
        },
      ),
    );
  });

  it.each([
    ['a member of that name deeper down', '{"meta":{"Resources":[1]},"totalResults":0}', []],
    ['the name as a value', '{"kind":"Resources","others":[1,2]}', []],
    ['something other than an array', '{"Resources":null}', []],
    ['an object at the top', '[{"Resources":[1]}]', []],
  ])('takes nothing out of %s', (_, text, expected) => {
    const { elements, rest } = split(text);
    expect(elements).toEqual(expected);
    expect(rest).toBe(text);
  });

  it.each(['{"Resources":[1,]}', '{"Resources":[1,,2]}', '{"Resources":[1 2]}', '{"Resources":[,]}'])(
    'leaves the mistake in %s to parsing',
    (text) => {
      const { elements, rest } = split(text);
      expect(JSON.parse(rest)).toEqual({ Resources: [] });
      expect(() => elements.map((element) => JSON.parse(element))).toThrow(SyntaxError);
    },
  );

  it('leaves the end that is missing in the rest', () => {
    const { elements, rest } = split('{"Resources":[1,{"a":');
    expect(elements).toEqual(['1']);
    expect(() => JSON.parse(rest)).toThrow(SyntaxError);
  });
});
