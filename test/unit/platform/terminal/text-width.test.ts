import { describe, expect, test } from 'vitest';
import { cut, loadMeasure, longestWord, wrap } from '../../../../src/platform/terminal/text-width.ts';

const measure = await loadMeasure();

describe('wrap', () => {
  test.each([
    ['fits as it is', 20, ['fits as it is']],
    ['breaks at a space, not in words', 12, ['breaks at a', 'space, not', 'in words']],
    ['exactly here it breaks', 12, ['exactly here', 'it breaks']],
    ['averyveryverylongword', 10, ['averyveryv', 'erylongwor', 'd']],
    ['  led by blanks', 8, ['  led by', 'blanks']],
    ['田中雪株式会社', 6, ['田中雪', '株式会', '社']],
    ['e\u0301te\u0301 e\u0301te\u0301', 3, ['e\u0301te\u0301', 'e\u0301te\u0301']],
    ['', 5, ['']],
  ])('%j in %i columns', (text, width, lines) => {
    expect(wrap(text, width, measure)).toEqual(lines);
  });

  test('keeps every character, and no line is wider', () => {
    const text = '👩‍👩‍👧 the whole family 田中 雪 together, e\u0301te\u0301 and so on to the end of it';
    for (let width = 2; width < 60; width += 1) {
      const lines = wrap(text, width, measure);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      for (const line of lines) expect(measure(line)).toBeLessThanOrEqual(width);
    }
  });

  test('cuts the last allowed line, and long words where they are to be cut', () => {
    expect(wrap('one two three four', 5, measure, { maxLines: 2 })).toEqual(['one', 'two …']);
    expect(wrap('x'.repeat(100), 5, measure, { longWords: 'cut' })).toEqual(['xxxx…']);
  });
});

test('a cut text says so, and the longest word counts in columns', () => {
  expect(cut('田中雪', 5, measure)).toBe('田中…');
  expect(cut('fits', 4, measure)).toBe('fits');
  expect(longestWord('a 田中 bcd', measure)).toBe(4);
});

test('a text of Latin letters is as wide as the library says', async () => {
  const { default: widthOf } = await import('fast-string-truncated-width');
  for (let code = 0x20; code < 0x300; code += 1) {
    if (code >= 0x7f && code < 0xa0) continue;
    const letter = String.fromCharCode(code);
    for (const text of [letter, `a${letter}`, `${letter}${letter}b`]) {
      expect([text, measure(text)]).toEqual([text, widthOf(text).width]);
    }
  }
});
