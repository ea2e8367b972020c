import { csvRecordsWriter, escapeFormula } from '../csv.ts';
import { escapeAll } from '../escape.ts';
import { textOf, valuesAt } from '../projection.ts';
import type { OutputFormat } from './format.ts';

/** RFC 4180 with a header, for spreadsheets: cells that one would run as a formula are escaped. */
export const csv: OutputFormat<'csv'> = {
  name: 'csv',
  description:
    'RFC 4180 with a header; a cell that a spreadsheet would run as a formula gets an apostrophe in front',
  forPeople: false,
  structured: false,
  streams: true,
  async writeList(target, view, rows) {
    const paths = target.fields ?? view.columns;
    const records = await csvRecordsWriter(paths.length);
    const shown = (cells: readonly string[]) => (target.isTerminal ? escapeAll(cells) : cells);
    // Headings are data, too: those of a saved plan come from its file.
    let head = records(paths.map((path) => shown([escapeFormula(view.headings?.[path] ?? path)])));
    const count = await target.writeBlocks<unknown>(rows, (block) => {
      const text = head + records(paths.map((path) => shown(cellsAt(block, path))));
      head = '';
      return text;
    });
    if (head !== '') await target.writeBlocks([head], ([text = '']) => text);
    return count;
  },
  async writeItem(target, view, row) {
    await csv.writeList(target, view, [row]);
  },
};

/** A number can't be a formula, whatever its sign. */
function cellsAt(rows: readonly unknown[], path: string): string[] {
  return valuesAt(rows, path).map((value) =>
    typeof value === 'number' ? String(value) : escapeFormula(textOf(value)),
  );
}
