import { loadStyle } from '../color.ts';
import { detailColumns, linesOf, listColumns, pathColumns } from '../columns.ts';
import { escapeControl } from '../escape.ts';
import { eachRow, type Rows } from '../rows.ts';
import { pairLines, type TableTexts, tableLines } from '../table.ts';
import { loadMeasure } from '../text-width.ts';
import type { Column } from '../view.ts';
import type { OutputFormat } from './format.ts';

/** Words for people in aligned columns. They fit the width of a terminal; elsewhere they are never cut. */
export const table: OutputFormat<'table'> = {
  name: 'table',
  description: 'for people; the default on a terminal, fitted to its width',
  forPeople: true,
  structured: false,
  streams: false,
  async writeList(target, view, rows) {
    const { width, color, fields, now } = target;
    const columns = (fields === undefined ? listColumns(view) : pathColumns(fields)).map(escaped);
    const { texts, failure } = await collectTexts(columns, rows, { now, usesShort: width !== undefined });
    if (texts.size > 0) {
      const { showsIds, isBlocks } = view.people ?? {};
      const isExact = fields !== undefined;
      const lines = await tableLines(columns, texts, {
        width,
        color,
        showsIds,
        isExact,
        isBlocks: isBlocks === true && !isExact,
      });
      try {
        await target.writeRows(lines, target.line);
      } catch (error) {
        // A pager that is quit must not hide that the list is incomplete.
        throw failure === undefined ? error : failure.error;
      }
    }
    if (failure !== undefined) throw failure.error;
    return texts.size;
  },
  async writeItem(target, view, row) {
    const { fields, now, width } = target;
    const columns = (fields === undefined ? detailColumns(view, row) : pathColumns(fields)).map(escaped);
    const pairs = columns.map((column) => ({
      heading: column.heading,
      lines: linesOf(column, row, now).map(escapeControl),
      look: column.look,
    }));
    // Columns that were asked for by name are shown even if they are empty.
    const shown = fields === undefined ? pairs.filter(({ lines }) => lines.length > 0) : pairs;
    const [measure, style] = [await loadMeasure(), await loadStyle(target.color)];
    await target.writeRows(pairLines(shown, { width, measure, style }), target.line);
  },
};

/** The texts of every row, and the error that ended the source early, if one did. The rows themselves are not kept. */
async function collectTexts(
  columns: readonly Column[],
  rows: Rows,
  { now, usesShort }: { now: number; usesShort: boolean },
): Promise<{ texts: TableTexts; failure?: { error: unknown } }> {
  const cells: string[][] = columns.map(() => []);
  const short = columns.map((column, at) =>
    usesShort && column.short !== undefined ? [] : (cells[at] ?? []),
  );
  const texts = { size: 0, cells, short };
  try {
    await eachRow(rows, (row) => {
      for (const [at, column] of columns.entries()) {
        cells[at]?.push(cellOf(column, row, now));
        if (usesShort && column.short !== undefined)
          short[at]?.push(escapeControl(column.short(row as never, now)));
      }
      texts.size += 1;
      return undefined;
    });
  } catch (error) {
    return { texts, failure: { error } };
  }
  return { texts };
}

/** Headings are data, too: those of a saved plan come from its file. */
function escaped(column: Column): Column {
  return { ...column, heading: escapeControl(column.heading) };
}

function cellOf(column: Column, row: unknown, now: number): string {
  return escapeControl(linesOf(column, row, now).join(', '));
}
