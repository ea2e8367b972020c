import { loadStyle, type Style } from './color.ts';

import { gap, layoutOf, type Sizes } from './layout.ts';
import { loadMeasure, longestWord, type Measure, wrap } from './text-width.ts';
import type { Column, Look } from './view.ts';

/** Limits of what the library draws. */
const maxDrawnRows = 100;
const maxDrawnLength = 1_000;
/** A cell that is longer is cut. */
const maxLines = 3;

// biome-ignore format: one list
const borders = [
  'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right',
  'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid',
] as const;

export interface TableRow {
  readonly cells: readonly string[];
  /** The same in shorter words, where the columns have them. */
  readonly short: readonly string[];
}

export interface TableOptions {
  /** Columns of the terminal; undefined where a line may have any length. */
  width: number | undefined;
  color: boolean;
  showsIds?: boolean | undefined;
  /** True to leave out no column. */
  isExact?: boolean | undefined;
  /** True for a block of lines for each row. */
  isBlocks?: boolean | undefined;
}

type Heads = readonly Pick<Column, 'heading' | 'look' | 'isId' | 'isOptional' | 'mayCut'>[];

/**
 * Lines of a table: the head, then the rows, columns aligned. Where a terminal is too narrow for it, a block of lines for
 * each row. Without a width nothing is cut.
 */
export async function tableLines(
  heads: Heads,
  rows: readonly TableRow[],
  options: TableOptions,
): Promise<Iterable<string>> {
  const measure = await loadMeasure();
  const style = await loadStyle(options.color);
  const { width, showsIds = false, isExact = false } = options;
  const layout = options.isBlocks
    ? 'blocks'
    : layoutOf(sizesOf(heads, rows, measure), { width, showsIds, isExact });
  if (layout === 'blocks') return blockLines(heads, rows, options, measure, style);
  const { default: CliTable } = await import('cli-table3');
  const { columns, widths, isShort } = layout;
  const chars = { ...Object.fromEntries(borders.map((name) => [name, ''])), middle: gap };
  const look = { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true };

  // cli-table3 counts marks and newer emoji wrongly, and its time grows with the square of the rows. So each row is a
  // table of its own, whose cells are cut and padded here. What it takes for one is too much for many, and for long ones:
  // these are joined, which comes to the same.
  function line(cells: readonly string[], isOneOfMany = false): string {
    const length = cells.reduce((sum, cell) => sum + cell.length, 0);
    if (isOneOfMany || length > maxDrawnLength) return withoutBlanksAtEnd(cells.join(gap));
    const table = new CliTable({ chars, style: look });
    table.push([...cells]);
    return withoutBlanksAtEnd(table.toString());
  }

  function padded(text: string, width: number, looks: Look | undefined): string {
    const blanks = ' '.repeat(Math.max(0, width - measure(text)));
    return (looks === undefined ? text : style[looks](text)) + blanks;
  }

  function* lines(): Generator<string> {
    yield line(columns.map((index, at) => padded(heads[index]?.heading ?? '', widths[at] ?? 0, 'bold')));
    for (const [number, row] of rows.entries()) {
      const texts = isShort ? row.short : row.cells;
      const cells = columns.map((index, at) =>
        wrap(texts[index] ?? '', widths[at] ?? 0, measure, { maxLines, longWords: 'cut' }),
      );
      const looks = columns.map((index) => lookOf(heads[index], texts[index] ?? ''));
      const height = cells.reduce((most, { length }) => Math.max(most, length), 1);
      for (let index = 0; index < height; index += 1) {
        const drawn = cells.map((parts, at) => padded(parts[index] ?? '', widths[at] ?? 0, looks[at]));
        yield line(drawn, number >= maxDrawnRows);
      }
    }
  }
  return lines();
}

function lookOf(head: Heads[number] | undefined, text: string): Look | undefined {
  return text === '' ? undefined : head?.look?.(text);
}

/** In time that grows with the length alone, as that of a pattern would not. */
function withoutBlanksAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  return line.slice(0, end);
}

function sizesOf(heads: Heads, rows: readonly TableRow[], measure: Measure): Sizes[] {
  return heads.map(({ heading, isId = false, isOptional = false, mayCut = false }, index) => {
    const longest = (of: 'cells' | 'short', size: Measure) =>
      rows.reduce((most, row) => Math.max(most, size(row[of][index] ?? '')), 0);
    const full = longest('cells', measure);
    return {
      full,
      short: longest('short', measure),
      heading: measure(heading),
      longestWord: (isShort) => longest(isShort ? 'short' : 'cells', (text) => longestWord(text, measure)),
      isId,
      isOptional,
      mayCut,
    };
  });
}

/** A block of lines for each row: its first text, then the others under their headings. */
function* blockLines(
  heads: Heads,
  rows: readonly TableRow[],
  { width, showsIds, isExact }: TableOptions,
  measure: Measure,
  style: Style,
): Generator<string> {
  const shown = heads.flatMap(({ isId }, index) => (isId && !showsIds && !isExact ? [] : [index]));
  const all = shown.length > 0 ? shown : [...heads.keys()];
  for (const [number, { cells }] of rows.entries()) {
    if (number > 0) yield '';
    const [first, ...others] = isExact ? all : all.filter((index) => cells[index] !== '');
    if (first === undefined) continue;
    const title = cells[first] ?? '';
    for (const part of width === undefined ? [title] : wrap(title, width, measure)) yield style.bold(part);
    const pairs = others.map((index) => {
      const head = heads[index];
      return { heading: head?.heading ?? '', lines: [cells[index] ?? ''], look: head?.look };
    });
    yield* pairLines(pairs, { width, indent: gap, measure, style });
  }
}

export interface Pair {
  heading: string;
  lines: readonly string[];
  look?: Column['look'] | undefined;
}

/** Lines of `heading  text`, the texts aligned and wrapped. A text whose words are too long for that stands below. */
export function* pairLines(
  pairs: readonly Pair[],
  options: { width: number | undefined; indent?: string; measure: Measure; style: Style },
): Generator<string> {
  const { width, indent = '', measure, style } = options;
  const headings = pairs.reduce((most, { heading }) => Math.max(most, measure(heading)), 0);
  const blank = ' '.repeat(headings);
  const room = width === undefined ? undefined : width - indent.length - headings - gap.length;
  for (const { heading, lines, look } of pairs) {
    const painted = (text: string) => {
      const found = look?.(text);
      return found === undefined ? text : style[found](text);
    };
    const isTooLong = room !== undefined && lines.some((line) => longestWord(line, measure) > room);
    if (isTooLong) {
      yield indent + style.bold(heading);
      const below = indent + gap;
      const parts = lines.flatMap((line) => wrap(line, Math.max(1, (width ?? 0) - below.length), measure));
      for (const part of parts) yield below + painted(part);
      continue;
    }
    const parts = lines.flatMap((line) => (room === undefined ? [line] : wrap(line, room, measure)));
    const head = style.bold(heading) + blank.slice(measure(heading));
    for (const [index, part] of (parts.length > 0 ? parts : ['']).entries()) {
      yield withoutBlanksAtEnd(indent + (index === 0 ? head : blank) + gap + painted(part));
    }
  }
}
