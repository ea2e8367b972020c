/** Space between two columns. */
export const gap = '  ';
/** Below this width of a terminal each row is a block of lines. */
const minTableWidth = 60;
/** A column may ask for this much room before the others have theirs. */
const fairWidth = 40;
/** Longer words are cut where there is no room. */
const maxWordWidth = 64;
/** Words that may be cut keep this much. */
const readableWidth = 16;
const minWidth = 3;

/** A column as the layout sees it; widths are in columns of the terminal. */
export interface Sizes {
  /** Width of the longest cell; 0 where all are empty. */
  full: number;
  /** The same in short words. */
  short: number;
  heading: number;
  /** Width of the longest word; called only where there is no room. */
  longestWord: (isShort: boolean) => number;
  isId: boolean;
  isOptional: boolean;
  mayCut: boolean;
}

/** The columns to draw, by their index; or none, for a block of lines for each row. */
export type Layout = 'blocks' | { columns: number[]; widths: number[]; isShort: boolean };

export interface LayoutOptions {
  /** Columns of the terminal; undefined where a line may have any length. */
  width: number | undefined;
  showsIds: boolean;
  /** True to leave out no column. */
  isExact: boolean;
}

/**
 * Chooses the columns. Columns without any text are left out. Without enough room, SIDs go first, then words get shorter,
 * then optional columns go, then cells are wrapped.
 */
export function layoutOf(sizes: readonly Sizes[], { width, showsIds, isExact }: LayoutOptions): Layout {
  const used = [...sizes.keys()].filter((index) => isExact || (sizes[index]?.full ?? 0) > 0);
  // SIDs are last.
  const all = isExact
    ? used
    : [...used.filter((index) => !sizes[index]?.isId), ...used.filter((index) => sizes[index]?.isId)];
  const inFull = all.map((index) => natural(sizes[index], false));
  if (width === undefined) return { columns: all, widths: inFull, isShort: false };
  if (width < minTableWidth && all.length > 1) return 'blocks';
  const isId = (index: number) => sizes[index]?.isId === true;
  const mayDropIds = !showsIds && !isExact && !all.every(isId);
  const isOptional = (index: number) => !isExact && sizes[index]?.isOptional === true;
  const longer = fewerAndFewer(all, (index) => mayDropIds && isId(index));
  const fewest = longer.at(-1) ?? all;
  const attempts = [
    ...longer.map((columns) => ({ columns, isShort: false })),
    ...fewerAndFewer(fewest, isOptional).map((columns) => ({ columns, isShort: true })),
  ];
  for (const { columns, isShort } of attempts) {
    const widths = columns.map((index) => fair(sizes[index], isShort));
    if (sum(widths) <= room(width, columns)) {
      return {
        columns,
        isShort,
        widths: grown(
          widths,
          columns.map((index) => natural(sizes[index], isShort)),
          room(width, columns),
        ),
      };
    }
  }
  const columns = attempts.at(-1)?.columns ?? all;
  const wanted = columns.map((index) => fair(sizes[index], true));
  const floors = columns.map((index) => floor(sizes[index]));
  // Names and commands give way before others are wrapped.
  const first = columns.map((index, at) => (sizes[index]?.mayCut ? (floors[at] ?? 0) : (wanted[at] ?? 0)));
  const wrapped = shrunk(shrunk(wanted, first, room(width, columns)), floors, room(width, columns));
  if (sum(wrapped) <= room(width, columns)) return { columns, widths: wrapped, isShort: true };
  if (columns.length > 1) return 'blocks';
  return {
    columns,
    isShort: true,
    widths: shrunk(
      wrapped,
      wrapped.map(() => minWidth),
      room(width, columns),
    ),
  };
}

/** The columns, then without the last of those that may go, then without the last two, and so on. */
function fewerAndFewer(columns: number[], mayGo: (index: number) => boolean): number[][] {
  const attempts = [columns];
  let left = columns;
  for (const index of columns.filter(mayGo).toReversed()) {
    left = left.filter((other) => other !== index);
    attempts.push(left);
  }
  return attempts;
}

function room(width: number, columns: readonly number[]): number {
  return width - gap.length * (columns.length - 1);
}

function natural(sizes: Sizes | undefined, isShort: boolean): number {
  if (sizes === undefined) return 0;
  return Math.max(sizes.heading, isShort ? sizes.short : sizes.full);
}

/** The width that a column asks for: a very long text is wrapped before others give anything up for it. */
function fair(sizes: Sizes | undefined, isShort: boolean): number {
  const width = natural(sizes, isShort);
  if (sizes === undefined || width <= fairWidth) return width;
  const word = sizes.mayCut ? 0 : Math.min(sizes.longestWord(isShort), maxWordWidth);
  return Math.min(width, Math.max(fairWidth, word));
}

/** The width that a column needs at least, so that words stay whole. */
function floor(sizes: Sizes | undefined): number {
  if (sizes === undefined) return minWidth;
  return Math.min(
    fair(sizes, true),
    Math.max(sizes.heading, Math.min(sizes.longestWord(true), sizes.mayCut ? readableWidth : fairWidth)),
  );
}

/** Takes columns from the widest until all fit, or each is down to its floor. */
function shrunk(widths: readonly number[], floors: readonly number[], limit: number): number[] {
  const result = [...widths];
  for (let excess = sum(result) - limit; excess > 0; excess -= 1) {
    const above = [...result.keys()].filter((index) => (result[index] ?? 0) > (floors[index] ?? 0));
    const [first, ...others] = above;
    if (first === undefined) break;
    const widest = others.reduce(
      (best, index) => ((result[index] ?? 0) > (result[best] ?? 0) ? index : best),
      first,
    );
    result[widest] = (result[widest] ?? 0) - 1;
  }
  return result;
}

/** Gives the room that is left to the columns that asked for less than they could use. */
function grown(widths: readonly number[], wanted: readonly number[], limit: number): number[] {
  let left = limit - sum(widths);
  return widths.map((width, index) => {
    const more = Math.min(left, (wanted[index] ?? 0) - width);
    left -= more;
    return width + more;
  });
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}
