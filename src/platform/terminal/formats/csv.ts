import { csvRecordWriter, escapeFormula } from '../csv.ts';
import { escapeControl } from '../escape.ts';
import { textAt, valueAt } from '../projection.ts';
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
    const record = await csvRecordWriter(paths.length);
    const show = target.isTerminal ? escapeControl : String;
    // Headings are data, too: those of a saved plan come from its file.
    let head = record(paths.map((path) => show(escapeFormula(path))));
    const count = await target.writeRows<unknown>(rows, (row) => {
      const text = head + record(paths.map((path) => show(cell(row, path))));
      head = '';
      return text;
    });
    if (head !== '') await target.writeRows([head], String);
    return count;
  },
  async writeItem(target, view, row) {
    await csv.writeList(target, view, [row]);
  },
};

/** A number can't be a formula, whatever its sign. */
function cell(row: unknown, path: string): string {
  const value = valueAt(row, path);
  return typeof value === 'number' ? String(value) : escapeFormula(textAt(row, path));
}
