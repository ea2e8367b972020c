import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { csvRecordWriter, escapeFormula, unescapeFormula } from '../../../../../src/platform/terminal/csv.ts';
import { readInput } from '../../../../support/input.ts';

const columns = { names: { email: [], givenName: [] }, required: ['email'] };

function read(text: string, pieces = [text]) {
  return readInput(text, columns, { pieces });
}

describe('a CSV input', () => {
  it.each([',', ';', '\t'])('is divided by the most frequent separator of its header: %j', async (mark) => {
    expect(await read(`email${mark}givenName\na@x.com${mark}Ada\n`)).toEqual([
      { line: 2, cells: { email: 'a@x.com', givenName: 'Ada' }, errors: [] },
    ]);
  });

  it('counts lines within quotes, whatever ends them', async () => {
    const rows = await read('email,givenName\r\na@x.com,"Ada\r\nAugusta"\r\nb@x.com,Bo\r\n');
    expect(rows.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('undoes what an export does to formulas', async () => {
    const [row] = await read("email,givenName\na@x.com,'=Ada\n");
    expect(row?.cells.givenName).toBe('=Ada');
  });

  it('says which required column is missing, and reads no further', async () => {
    expect(await read('givenName\nAda\n')).toEqual([
      { line: 1, cells: {}, errors: [{ line: 1, problem: 'there is no column email' }] },
    ]);
  });

  it('quotes an unknown column and goes on with the rows', async () => {
    const [header, row] = await read('email,Manager\na@x.com,Bo\n');
    expect(header?.errors).toEqual([
      { line: 1, problem: 'unknown column "Manager". Known columns: email, givenName' },
    ]);
    expect(row?.cells).toEqual({ email: 'a@x.com' });
  });

  it('reports a row of more cells than the header and reads the next', async () => {
    const rows = await read('email,givenName\na@x.com,Ada,Augusta\nb@x.com,Bo\n');
    expect(rows[0]?.errors).toEqual([{ line: 2, problem: '3 cells, but the header has 2' }]);
    expect(rows[1]?.cells).toEqual({ email: 'b@x.com', givenName: 'Bo' });
  });

  it.each([
    ['shorter, as Excel drops trailing separators', 'email,givenName\na@x.com\n'],
    ['longer by empty cells', 'email,givenName\na@x.com,,,\n'],
    ['under a line that names the separator', 'sep=;\r\nemail;givenName\r\na@x.com;\r\n'],
    ['under a line that names an unusual separator', 'sep=|\nemail|givenName\na@x.com|\n'],
    ['under the version of a template', 'version:v1.0,\nemail,givenName\na@x.com,\n'],
    ['under a version without separators', 'version:v1.0\nemail;givenName\na@x.com;\n'],
  ])('reads a row that is %s', async (_, text) => {
    expect((await read(text)).map(({ cells, errors }) => ({ cells, errors }))).toEqual([
      { cells: { email: 'a@x.com' }, errors: [] },
    ]);
  });

  it('names the line of a quote that is not closed', async () => {
    const rows = await read('email,givenName\na@x.com,Ada\nb@x.com,"Bo\n');
    expect(rows.at(-1)?.errors).toEqual([{ line: 3, problem: 'a quote is not closed' }]);
  });

  it('may arrive in pieces that end anywhere', async () => {
    const text = 'email,givenName\r\na@x.com,"A, ""d"" a"\r\n';
    expect(await read(text, [...text])).toEqual(await read(text));
  });
});

const nameColumns = {
  names: { email: [], givenName: [], familyName: [] },
  required: ['email'],
  untrimmed: ['givenName', 'familyName'],
};

/** Texts as people have them in cells: words, blanks, quotes, separators and line ends within. */
const piece = fc.constantFrom(
  'Ada',
  'Zoë',
  'O’Neil',
  ' ',
  '"',
  ',',
  ';',
  '\t',
  '|',
  "'",
  '=1',
  '-',
  '\r\n',
  '\n',
  '山',
  '0017',
);
const text = fc
  .array(piece, { maxLength: 5 })
  .map((pieces) => pieces.join(''))
  .filter((cell) => cell === '' || cell.trim() !== '');
const person = fc.record({ givenName: text, familyName: text });

/** A file as Excel writes it. */
const style = fc.record({
  separator: fc.constantFrom(',', ';', '\t'),
  end: fc.constantFrom('\r\n', '\n', '\r'),
  mark: fc.constantFrom('', '\ufeff'),
  note: fc.boolean(),
  dropsTrailing: fc.boolean(),
  added: fc.nat(3),
  quotesAll: fc.boolean(),
  endsLastLine: fc.boolean(),
});

type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;

function asExcelWrites(rows: readonly string[][], how: Style): string {
  const { separator, end } = how;
  const quoted = (cell: string) =>
    how.quotesAll || /["\r\n,;\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const lines = rows.map((cells, index) => {
    const kept =
      how.dropsTrailing && index > 0 ? cells.slice(0, 1 + cells.findLastIndex((cell) => cell !== '')) : cells;
    return kept.map(quoted).join(separator) + separator.repeat(how.dropsTrailing ? 0 : how.added);
  });
  const note = how.note ? `sep=${separator}${end}` : '';
  return how.mark + note + lines.join(end) + (how.endsLastLine ? end : '');
}

/** An apostrophe before a formula is taken off, as exports put it there; a cell of blanks alone is empty. */
function meantBy(cell: string): string {
  const meant = unescapeFormula(cell);
  return meant.trim() === '' ? '' : meant;
}

test('rows are read back equal, however Excel writes them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 6 }), style, async (people, how) => {
      const rows = people.map(({ givenName, familyName }, index) => [
        `p${index}@example.com`,
        givenName,
        familyName,
      ]);
      const file = asExcelWrites([['email', 'givenName', 'familyName'], ...rows], how).replace(/^\ufeff/, '');
      const read = await readInput(file, nameColumns);
      expect(read.flatMap(({ errors }) => errors)).toEqual([]);
      expect(read.map(({ cells }) => [cells.email, cells.givenName ?? '', cells.familyName ?? ''])).toEqual(
        rows.map((cells) => cells.map(meantBy)),
      );
    }),
    { numRuns: 300 },
  );
});

test('an export is read back equal', async () => {
  const record = await csvRecordWriter(3);
  await fc.assert(
    fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 6 }), async (people) => {
      const rows = people.map(({ givenName, familyName }, index) => [
        `p${index}@example.com`,
        givenName,
        familyName,
      ]);
      const file = [['email', 'givenName', 'familyName'], ...rows]
        .map((cells) => record(cells.map(escapeFormula)))
        .join('');
      const read = await readInput(file, nameColumns);
      expect(read.map(({ cells }) => [cells.email, cells.givenName ?? '', cells.familyName ?? ''])).toEqual(
        rows,
      );
    }),
    { numRuns: 200 },
  );
});

test('a formula that keeps zeros is explained, in quotes or not', async () => {
  const text = 'email,id\na@x.com,="00123"\nb@x.com,"=""00123"""\n';
  const rows = await readInput(text, { names: { email: [], id: [] }, required: [] });
  const problems = rows.flatMap(({ errors }) => errors.map(({ problem }) => problem));
  expect(problems).toHaveLength(2);
  for (const problem of problems) expect(problem).toMatch(/="00123" is a formula, .* write 00123 alone/);
});
