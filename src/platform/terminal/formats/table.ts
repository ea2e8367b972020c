import { loadStyle } from '../color.ts';
import { escapeControl } from '../escape.ts';
import { textAt, type View, valueAt } from '../projection.ts';
import { collectRows } from '../rows.ts';
import { keyValueLines, tableLines } from '../table.ts';
import type { OutputFormat } from './format.ts';

/** Aligned columns. They fit the width of a terminal; elsewhere they are never cut. */
export const table: OutputFormat<'table'> = {
  name: 'table',
  description: 'for people; the default on a terminal, cut to its width',
  forPeople: true,
  structured: false,
  streams: false,
  async writeList(target, view, rows) {
    const { width, color } = target;
    const { collected, failure } = await collectRows(rows);
    const paths = target.fields ?? view.columns;
    const cells = collected.map((row) => paths.map((path) => escapeControl(textAt(row, path))));
    if (cells.length > 0) {
      const lines = await tableLines(paths.map(escapeControl), cells, { width, color });
      await target.writeRows(lines, target.line);
    }
    if (failure !== undefined) throw failure.error;
    return cells.length;
  },
  async writeItem(target, view, row) {
    const pairs = (target.fields ?? presentFields(view, row)).map(
      (path) => [escapeControl(path), escapeControl(textAt(row, path))] as const,
    );
    const { bold } = await loadStyle(target.color);
    await target.writeRows(keyValueLines(pairs, bold), target.line);
  },
};

/** The fields that a row has, without those that other fields of the view show part by part. */
function presentFields(view: View, row: unknown): string[] {
  const whole = view.fields.filter((field) => !view.fields.some((other) => other.startsWith(`${field}.`)));
  return whole.filter((field) => valueAt(row, field) !== undefined);
}
