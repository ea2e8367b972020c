import type { ColumnPolicy, Columns } from '../../src/changes/input/columns.ts';
import { detectFormat } from '../../src/changes/input/formats/index.ts';
import { readRows } from '../../src/changes/input/rows.ts';

/** Reads a text as an input, in the pieces that it arrives in. */
export async function readInput(
  text: string,
  columns: Columns,
  { policy = {}, pieces = [text] }: { policy?: ColumnPolicy; pieces?: readonly string[] } = {},
) {
  async function* source() {
    yield* pieces;
  }
  const from = { text: source, isUtf8: true };
  const rows = [];
  for await (const row of readRows(detectFormat(text).records(from, text), columns, policy, from)) {
    rows.push({
      line: row.line,
      cells: Object.fromEntries(row.cells),
      errors: row.faults.map(({ line, column, problem }) =>
        column === undefined ? { line, problem } : { line, column, problem },
      ),
    });
  }
  return rows;
}

/** The faults of an input, a line for each, as people read them. */
export async function faultsOf(text: string, columns: Columns, policy: ColumnPolicy = {}): Promise<string[]> {
  const rows = await readInput(text, columns, { policy });
  return rows.flatMap(({ errors }) =>
    errors.map(
      ({ line, column, problem }) => `line ${line}${column === undefined ? '' : `, ${column}`}: ${problem}`,
    ),
  );
}
