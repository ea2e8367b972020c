import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRecordWriter, escapeFormula, unescapeFormula } from '../../../../src/platform/terminal/csv.ts';

const starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

describe('formula cells', () => {
  test.each(starts)('a cell that begins with %j gets an apostrophe in front', (start) => {
    expect(escapeFormula(`${start}1+1`)).toBe(`'${start}1+1`);
  });

  test.each(['', 'a=1', "'", "''", "O'Neil", "'quoted'", '1', ' =1'])('%j stays as it is', (cell) => {
    expect(escapeFormula(cell)).toBe(cell);
    expect(unescapeFormula(cell)).toBe(cell);
  });

  test.each(["'=1", "''=1", "'-", '=', "=''"])('%j comes back after neutralising', (cell) => {
    expect(escapeFormula(cell)).toBe(`'${cell}`);
    expect(unescapeFormula(escapeFormula(cell))).toBe(cell);
  });

  test('every cell comes back exactly, and none is left to run', () => {
    const cell = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...starts, "'", 'a', '"', ',') }));
    fc.assert(
      fc.property(cell, (text) => {
        expect(unescapeFormula(escapeFormula(text))).toBe(text);
        expect(starts).not.toContain(escapeFormula(text)[0]);
      }),
    );
  });

  test('different cells stay different', () => {
    const cell = fc.string({ unit: fc.constantFrom('=', "'", 'a'), maxLength: 4 });
    fc.assert(fc.property(cell, cell, (a, b) => (a === b) === (escapeFormula(a) === escapeFormula(b))));
  });
});

describe('records', () => {
  test('cells with commas, quotes and line breaks are quoted, and the record ends with CRLF', async () => {
    const record = await csvRecordWriter(5);
    expect(record(['plain', 'a,b', 'say "hi"', 'two\nlines', ''])).toBe(
      'plain,"a,b","say ""hi""","two\nlines",\r\n',
    );
  });

  test('what other countries’ spreadsheets divide cells with is quoted too', async () => {
    expect((await csvRecordWriter(2))(['a;=1', 'a\tb'])).toBe('"a;=1","a\tb"\r\n');
  });

  test('whatever is in the cells, a reader of RFC 4180 finds it again', async () => {
    const unit = fc.constantFrom('a', ',', ';', '"', '\r', '\n', ' ', '=', "'", 'é');
    const rows = fc.array(fc.array(fc.string({ unit }), { minLength: 3, maxLength: 3 }), { minLength: 1 });
    const record = await csvRecordWriter(3);
    fc.assert(
      fc.property(rows, (cells) => {
        const text = cells.map((row) => record(row.map(escapeFormula))).join('');
        expect(readCsv(text).map((row) => row.map(unescapeFormula))).toEqual(cells);
      }),
    );
  });

  test('a record of one empty cell is not an empty line', async () => {
    expect((await csvRecordWriter(1))([''])).toBe('""\r\n');
  });
});

/** Reads a file as the grammar of RFC 4180, section 2 has it. */
function readCsv(text: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  const rows: string[][] = [[]];
  let read = 0;
  for (const [all, quoted, plain = '', end] of text.matchAll(cell)) {
    read += all.length;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
  }
  expect(read).toBe(text.length);
  return rows.slice(0, -1);
}

test('a record has the same bytes, whether the library is needed for it or not', async () => {
  const { stringify } = await import('csv-stringify/sync');
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'ab1.@-_: ,;"\t\r\n\u00e9\u00a0\u0416\u7530:') }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', '::add', ':', ' a', 'a ', 'a b'),
  );
  const writers = await Promise.all([1, 2, 3].map(csvRecordWriter));
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 3 }), (cells) => {
      const options = {
        record_delimiter: '\r\n',
        quoted_match: /[\r\n;\t]|^\s|\s$|^::/,
        quoted_empty: cells.length === 1,
      };
      expect(writers[cells.length - 1]?.(cells)).toBe(stringify([cells], options));
    }),
    { numRuns: 1000 },
  );
});
