import { loadStyle, type Style } from './color.ts';
import { ColumnTexts, rowsOf } from './column-texts.ts';
import { gap, layoutOf, type Sizes } from './layout.ts';
import type { Rows } from './rows.ts';
import { loadMeasure, longestWord, type Measure, wrap } from './text-width.ts';
import type { Column, Look } from './view.ts';

/** Limits of what the library draws, as one table: its time grows with the square of the rows. */
const maxDrawnLines = 50;
const maxDrawnLength = 200;
/** A cell that is longer is cut, unless its column is to be whole. */
const maxLines = 3;

// biome-ignore format: one list
const borders = [
  'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right',
  'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid',
] as const;

/** The texts of a table by column, without characters that a terminal obeys. */
export interface TableTexts {
  readonly cells: readonly ColumnTexts[];
  /** The same in shorter words, where the columns have them. */
  readonly short: readonly ColumnTexts[];
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

type Heads = readonly Pick<Column, 'heading' | 'look' | 'isId' | 'isOptional' | 'isWhole' | 'mayCut'>[];

/**
 * Lines of a table: the head, then the rows, columns aligned. Where a terminal is too narrow for it, a block of lines
 * for each row. Without a width nothing is cut.
 */
export async function tableLines(
  heads: Heads,
  texts: TableTexts,
  options: TableOptions,
): Promise<Rows<string>> {
  const measure = await loadMeasure();
  const style = await loadStyle(options.color);
  const { width, showsIds = false, isExact = false } = options;
  const layout = options.isBlocks
    ? 'blocks'
    : layoutOf(sizesOf(heads, texts, measure), { width, showsIds, isExact });
  if (layout === 'blocks') return blockLines(heads, texts, options, measure, style);
  const { default: CliTable } = await import('cli-table3');
  const columns = layout.columns.map((index, at) => ({
    head: heads[index],
    texts: (layout.isShort ? texts.short : texts.cells)[index] ?? new ColumnTexts(),
    width: layout.widths[at] ?? 0,
    isLast: at === layout.columns.length - 1,
  }));
  type DrawnColumn = (typeof columns)[number];
  const cellsAt = columns.map((column) =>
    column.texts.blocksAs((text, isPlain) => cellOf(column, text, isPlain)),
  );

  function padded(
    text: string,
    { width, isLast }: DrawnColumn,
    looks: Look | undefined,
    length = measure(text),
  ): string {
    const shown = looks === undefined ? text : style[looks](text);
    return isLast || length >= width ? shown : shown + ' '.repeat(width - length);
  }

  /** The cell if it fits on one line. */
  function cellOf(column: DrawnColumn, text: string, isPlain: boolean): string | undefined {
    const length = isPlain ? text.length : measure(text);
    return length > column.width ? undefined : padded(text, column, lookOf(column.head, text), length);
  }

  /** The cells of the lines of a row whose texts are wrapped. */
  function wrappedCellsOf(texts: readonly string[]): string[][] {
    const wrapped = columns.map(({ width, head }, at) =>
      wrap(texts[at] ?? '', width, measure, head?.isWhole ? {} : { maxLines, longWords: 'cut' }),
    );
    const looks = columns.map(({ head }, at) => lookOf(head, texts[at] ?? ''));
    const height = wrapped.reduce((most, { length }) => Math.max(most, length), 1);
    return Array.from({ length: height }, (_, line) =>
      columns.map((column, at) => padded(wrapped[at]?.[line] ?? '', column, looks[at])),
    );
  }

  /** The cells of each line of a block. */
  function cellsOf(block: number): string[][] {
    const cells = cellsAt.map((of) => of(block));
    const lines: string[][] = [];
    for (const row of cells[0]?.keys() ?? []) {
      const ofRow = cells.map((column) => column[row]);
      if (areWhole(ofRow)) lines.push(ofRow);
      else lines.push(...wrappedCellsOf(columns.map(({ texts }) => texts.block(block)[row] ?? '')));
    }
    return lines;
  }

  /** The lines of a block. Making an array of each row takes half as long again. */
  function linesOf(block: number): string[] {
    const [first = [], ...others] = cellsAt.map((of) => of(block));
    const last = others.at(-1) ?? first;
    const lines: string[] = [];
    for (let row = 0; row < first.length; row += 1) {
      let line = first[row];
      for (const cells of others) {
        const cell = cells[row];
        line = line === undefined || cell === undefined ? undefined : line + gap + cell;
      }
      if (line === undefined) return cellsOf(block).map(joined);
      lines.push(endsWithBlank(last[row]) ? withoutBlanksAtEnd(line) : line);
    }
    return lines;
  }

  function* lines(): Generator<readonly string[]> {
    const count = columns[0]?.texts.blockCount ?? 0;
    const first = [columns.map((column) => padded(column.head?.heading ?? '', column, 'bold'))];
    let block = 0;
    while (block < count && first.length < maxDrawnLines) first.push(...cellsOf(block++));
    yield drawn(first.slice(0, maxDrawnLines), CliTable);
    yield first.slice(maxDrawnLines).map(joined);
    for (; block < count; block += 1) yield linesOf(block);
  }
  return { pages: lines() };
}

/**
 * Lines that cli-table3 draws, wherever it counts the columns of their texts as we do: it counts marks and newer emoji
 * wrongly. The others are joined, which comes to the same.
 */
function drawn(cells: readonly (readonly string[])[], CliTable: typeof import('cli-table3')): string[] {
  if (!cells.flat().every(isDrawable)) return cells.map(joined);
  const chars = { ...Object.fromEntries(borders.map((name) => [name, ''])), middle: gap };
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true };
  const table = new CliTable({ chars, style });
  for (const row of cells) table.push([...row]);
  const lines = table.toString().split('\n');
  // The library leaves out empty lines.
  return lines.length === cells.length ? lines.map(withoutBlanksAtEnd) : cells.map(joined);
}

/** ASCII, and the sequences of colours. The time of the library grows with the square of the length. */
function isDrawable(cell: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a sequence begins with one
  return cell.length <= maxDrawnLength && /^(?:[\x20-\x7e]|\x1b\[\d+m)*$/.test(cell);
}

/** True where a line with this cell at its end may have blanks there. */
function endsWithBlank(cell: string | undefined): boolean {
  return !cell || cell.endsWith(' ');
}

function areWhole(cells: readonly (string | undefined)[]): cells is string[] {
  return !cells.includes(undefined);
}

function joined(cells: readonly string[]): string {
  return withoutBlanksAtEnd(cells.join(gap));
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

function sizesOf(heads: Heads, texts: TableTexts, measure: Measure): Sizes[] {
  return heads.map(({ heading, isId = false, isOptional = false, mayCut = false }, index) => {
    const [cells, short] = [texts.cells[index], texts.short[index]];
    const full = cells?.widest(measure) ?? 0;
    return {
      full,
      short: short === cells ? full : (short?.widest(measure) ?? 0),
      heading: measure(heading),
      longestWord: (isShort) => (isShort ? short : cells)?.longest((text) => longestWord(text, measure)) ?? 0,
      isId,
      isOptional,
      mayCut,
    };
  });
}

/** A block of lines for each row: its first text, then the others under their headings. */
function* blockLines(
  heads: Heads,
  { cells: columns }: TableTexts,
  { width, showsIds, isExact }: TableOptions,
  measure: Measure,
  style: Style,
): Generator<string> {
  const shown = heads.flatMap(({ isId }, index) => (isId && !showsIds && !isExact ? [] : [index]));
  const all = shown.length > 0 ? shown : [...heads.keys()];
  let isFirst = true;
  for (const cells of rowsOf(columns)) {
    if (!isFirst) yield '';
    isFirst = false;
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
