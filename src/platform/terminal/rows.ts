/** Rows one by one, or a page at a time. */
export type Rows<Row = unknown> = Iterable<Row> | AsyncIterable<Row> | Pages<Row>;

/** Rows as they arrive: one wait for each page costs a tenth of a wait for each row. */
export interface Pages<Row = unknown> {
  readonly pages: Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>;
}

/** Rows in a block, at most, so that their texts stay short. */
const maxBlockSize = 200;

/**
 * Calls `visit` for blocks of rows in turn, and waits only where it returns a promise. Work on a block costs a fraction of the same
 * work on each row. Rows that arrive one by one are blocks of their own.
 */
export async function eachBlock<Row>(
  rows: Rows<Row>,
  visit: (block: readonly Row[]) => Promise<void> | undefined,
): Promise<void> {
  if ('pages' in rows) {
    for await (const page of rows.pages) await eachBlock(page, visit);
  } else if (isShortList(rows)) {
    const pause = rows.length > 0 ? visit(rows) : undefined;
    if (pause !== undefined) await pause;
  } else if (Symbol.asyncIterator in rows) {
    for await (const row of rows) {
      const pause = visit([row]);
      if (pause !== undefined) await pause;
    }
  } else {
    for (const block of blocksOf(rows)) {
      const pause = visit(block);
      if (pause !== undefined) await pause;
    }
  }
}

function isShortList<Row>(rows: Rows<Row>): rows is readonly Row[] {
  return Array.isArray(rows) && rows.length <= maxBlockSize;
}

/** The rows in blocks. Those before a failure of the source come before its error. */
function* blocksOf<Row>(rows: Iterable<Row>): Generator<readonly Row[]> {
  let block: Row[] = [];
  let failure: { error: unknown } | undefined;
  try {
    for (const row of rows) {
      if (block.push(row) < maxBlockSize) continue;
      yield block;
      block = [];
    }
  } catch (error) {
    failure = { error };
  }
  if (block.length > 0) yield block;
  if (failure !== undefined) throw failure.error;
}

/**
 * The first rows. Calls `onMore` where more follow, for which it asks for one row or page more.
 *
 * @param limit undefined for all rows
 */
export function firstRows(rows: Rows, limit: number | undefined, onMore: () => void): Rows {
  if (limit === undefined) return rows;
  return 'pages' in rows ? { pages: firstOfPages(rows.pages, limit, onMore) } : firstOf(rows, limit, onMore);
}

async function* firstOf(
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  limit: number,
  onMore: () => void,
): AsyncGenerator<unknown> {
  let count = 0;
  for await (const row of rows) {
    if (count++ === limit) return onMore();
    yield row;
  }
}

async function* firstOfPages(
  pages: Pages['pages'],
  limit: number,
  onMore: () => void,
): AsyncGenerator<readonly unknown[]> {
  let left = limit;
  for await (const page of pages) {
    if (page.length > left) {
      if (left > 0) yield page.slice(0, left);
      return onMore();
    }
    left -= page.length;
    yield page;
  }
}

/** The rows as `change` makes them, without those for which it returns undefined. */
export function changeRows(rows: Rows, change: (row: unknown) => unknown): Rows {
  if ('pages' in rows) return { pages: changedPages(rows.pages, change) };
  return Symbol.asyncIterator in rows ? changedAsync(rows, change) : changed(rows, change);
}

function* changed(rows: Iterable<unknown>, change: (row: unknown) => unknown): Generator<unknown> {
  for (const row of rows) {
    const result = change(row);
    if (result !== undefined) yield result;
  }
}

async function* changedAsync(
  rows: AsyncIterable<unknown>,
  change: (row: unknown) => unknown,
): AsyncGenerator<unknown> {
  for await (const row of rows) yield* changed([row], change);
}

async function* changedPages(
  pages: Pages['pages'],
  change: (row: unknown) => unknown,
): AsyncGenerator<readonly unknown[]> {
  for await (const page of pages) yield [...changed(page, change)];
}

/** Every row, and the error that ended the source early, if one did. */
export async function collectRows(
  rows: Rows,
): Promise<{ collected: unknown[]; failure?: { error: unknown } }> {
  const collected: unknown[] = [];
  try {
    await eachBlock(rows, (block) => {
      collected.push(...block);
      return undefined;
    });
  } catch (error) {
    return { collected, failure: { error } };
  }
  return { collected };
}
