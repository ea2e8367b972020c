import { loadStyle } from './color.ts';

const gap = '  ';
/** Free text keeps this many columns as long as other cells can be cut. */
const readableWidth = 8;
const minWidth = 3;
/** Limits of what the library draws. */
const maxDrawnRows = 100;
const maxDrawnLength = 1_000;

// biome-ignore format: one list
const borders = [
  'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right',
  'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid',
] as const;

type Measure = (text: string) => number;

/**
 * Lines of a table: the head, then a line a row, columns aligned. With a `width` in terminal columns, cells are cut to
 * fit it; without, never.
 */
export async function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { width: number | undefined; color: boolean },
): Promise<Iterable<string>> {
  const { default: CliTable } = await import('cli-table3');
  const { bold } = await loadStyle(options.color);
  const measure = await loadMeasure();
  const widths = columnWidths(head, rows, measure, options.width);
  const chars = { ...Object.fromEntries(borders.map((name) => [name, ''])), middle: gap };
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true };

  const fitted = (cells: readonly string[], look: (text: string) => string): string[] =>
    cells.map((cell, index) => {
      const width = widths[index] ?? 0;
      const text = cut(cell, width, measure);
      return look(text) + ' '.repeat(width - measure(text));
    });

  // cli-table3 counts marks and newer emoji wrongly, and its time grows with the square of the rows. So each row is a
  // table of its own, whose cells are cut and padded here. What it takes for one is too much for many, and for long ones:
  // these are joined, which comes to the same.
  function line(cells: readonly string[], isOneOfMany = false): string {
    const length = cells.reduce((sum, cell) => sum + cell.length, 0);
    if (isOneOfMany || length > maxDrawnLength) return withoutBlanksAtEnd(cells.join(gap));
    const table = new CliTable({ chars, style });
    table.push([...cells]);
    return withoutBlanksAtEnd(table.toString());
  }

  function* lines(): Generator<string> {
    yield line(fitted(head, bold));
    for (const [index, row] of rows.entries()) yield line(fitted(row, String), index >= maxDrawnRows);
  }
  return lines();
}

/** In time that grows with the length alone, as that of a pattern would not. */
function withoutBlanksAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  return line.slice(0, end);
}

const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** Lines of `name  value`, the values aligned. */
export function keyValueLines(
  pairs: readonly (readonly [name: string, value: string])[],
  bold: (text: string) => string,
): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) =>
    `${bold(name)}${' '.repeat(width - name.length)}${gap}${value}`.trimEnd(),
  );
}

async function loadMeasure(): Promise<Measure> {
  const { default: widthOf } = await import('fast-string-truncated-width');
  return (text) => (isPlain(text) ? text.length : widthOf(text).width);
}

/** The text, or as many whole characters of it as leave room for a mark that it was cut. */
function cut(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= measure(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

function columnWidths(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  measure: Measure,
  limit: number | undefined,
): number[] {
  const widths = head.map(measure);
  const ids = head.map(() => true);
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, measure(cell));
      if (cell !== '' && !isId(cell)) ids[index] = false;
    }
  }
  if (limit === undefined) return widths;
  const room = limit - gap.length * (head.length - 1);
  const all = [...head.keys()];
  const text = all.filter((index) => !ids[index]);
  return shrink(
    shrink(shrink(widths, text, readableWidth, room), all, readableWidth, room),
    all,
    minWidth,
    room,
  );
}

/**
 * A SID or the name of a run: one that is cut can't be copied into the next command, so it is the last to be cut. A date is
 * another date when it is cut.
 */
function isId(cell: string): boolean {
  return /^(?:[A-Za-z]{2}[0-9a-f]{32}|\d{8}-\d{9}-[0-9a-f]{4}|\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)$/.test(cell);
}

/** Takes columns from the widest of `which` until all fit in `room`, or each is down to `floor`. */
function shrink(widths: readonly number[], which: readonly number[], floor: number, room: number): number[] {
  const result = [...widths];
  let excess = result.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const widest = which.reduce(
      (best, index) => ((result[index] ?? 0) > (result[best] ?? 0) ? index : best),
      which[0] ?? -1,
    );
    const width = result[widest] ?? 0;
    if (width <= floor) break;
    result[widest] = width - 1;
    excess -= 1;
  }
  return result;
}
