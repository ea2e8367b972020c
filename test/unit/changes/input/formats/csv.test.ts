import { describe, expect, it } from 'vitest';
import { csv } from '../../../../../src/changes/input/formats/csv.ts';

const columns = { names: { email: [], givenName: [] }, required: ['email'] };

async function read(text: string, pieces = [text]) {
  async function* source() {
    yield* pieces;
  }
  const rows = [];
  for await (const row of csv.rows({ text: source, isUtf8: true }, columns, text)) {
    rows.push({ line: row.line, cells: Object.fromEntries(row.cells), errors: row.faults });
  }
  return rows;
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

  it.each([
    ['fewer', 'a@x.com', 1],
    ['more', 'a@x.com,Ada,Augusta', 3],
  ])('reports a row of %s cells than the header and reads the next', async (_, row, count) => {
    const rows = await read(`email,givenName\n${row}\nb@x.com,Bo\n`);
    expect(rows[0]).toEqual({
      line: 2,
      cells: {},
      errors: [{ line: 2, problem: `${count} cells, but the header has 2` }],
    });
    expect(rows[1]?.cells).toEqual({ email: 'b@x.com', givenName: 'Bo' });
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
