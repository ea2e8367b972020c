import { loadStyle } from '../color.ts';
import { ColumnTexts } from '../column-texts.ts';
import { cellsOf, detailColumns, linesOf, listColumns, pathColumns, shortCellsOf } from '../columns.ts';
import { escapeControl } from '../escape.ts';
import { eachBlock, type Rows } from '../rows.ts';
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
    const { texts, size, failure } = await collectTexts(columns, rows, {
      now,
      usesShort: width !== undefined,
    });
    if (size > 0) {
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
        await target.writeBlocks(lines, target.lines);
      } catch (error) {
        // A pager that is quit must not hide that the list is incomplete.
        throw failure === undefined ? error : failure.error;
      }
    }
    if (failure !== undefined) throw failure.error;
    return size;
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
    await target.writeBlocks(pairLines(shown, { width, measure, style }), target.lines);
  },
};

/** The texts of every row, and the error that ended the source early, if one did. The rows themselves are not kept. */
async function collectTexts(
  columns: readonly Column[],
  rows: Rows,
  { now, usesShort }: { now: number; usesShort: boolean },
): Promise<{ texts: TableTexts; size: number; failure?: { error: unknown } }> {
  const collected = columns.map((column) => {
    const cells = new ColumnTexts();
    return { column, cells, short: usesShort && column.short ? new ColumnTexts() : cells };
  });
  const texts = {
    cells: collected.map(({ cells }) => cells),
    short: collected.map(({ short }) => short),
  };
  let size = 0;
  try {
    await eachBlock(rows, (block) => {
      for (const { column, cells, short } of collected) {
        cells.add(cellsOf(column, block, now));
        if (short !== cells) short.add(shortCellsOf(column, block, now));
      }
      size += block.length;
      return undefined;
    });
  } catch (error) {
    return { texts, size, failure: { error } };
  }
  return { texts, size };
}

/** Headings are data, too: those of a saved plan come from its file. */
function escaped(column: Column): Column {
  return { ...column, heading: escapeControl(column.heading) };
}
