import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerptLines } from '../../../../src/platform/terminal/excerpt.ts';
import { loadMeasure } from '../../../../src/platform/terminal/text-width.ts';

describe('an excerpt', () => {
  test.each<[text: string, at: number, lines: string[]]>([
    ['a == b', 2, ['  a == b', '    ^']],
    ['', 0, ['  ', '  ^']],
    ['a =', 3, ['  a =', '     ^']],
    ['日本 x', 3, ['  日本 x', '       ^']],
    ['a\n\u001b[0m b', 7, ['  a\\n\\x1b[0m b', '             ^']],
  ])('of %j has a mark below character %i', async (text, at, lines) => {
    expect(await excerptLines({ text, at })).toEqual(lines);
  });

  test('of a long text is the part around the place', async () => {
    const text = `${'a'.repeat(100)}X${'b'.repeat(100)}`;
    expect(await excerptLines({ text, at: 100 }, 30)).toEqual([
      `  …${'a'.repeat(12)}X${'b'.repeat(11)}…`,
      `${' '.repeat(15)}^`,
    ]);
  });

  test('fits the terminal, and the mark stands below a character', async () => {
    const measure = await loadMeasure();
    const place = fc
      .string({ unit: 'grapheme', maxLength: 300 })
      .chain((text) => fc.record({ text: fc.constant(text), at: fc.nat(text.length) }));
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 23, max: 200 }), async (excerpt, columns) => {
        const lines = await excerptLines(excerpt, columns);
        return lines.length === 2 && lines.every((line) => measure(line) <= columns && !line.includes('\n'));
      }),
    );
  });
});
