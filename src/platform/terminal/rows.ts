/** Rows one by one, or a page at a time. */
export type Rows<Row = unknown> = Iterable<Row> | AsyncIterable<Row> | Pages<Row>;

/** Rows as they arrive: one wait for each page costs a tenth of a wait for each row. */
export interface Pages<Row = unknown> {
  readonly pages: AsyncIterable<readonly Row[]>;
}

/** Calls `visit` for each row in turn, and waits only where it returns a promise. */
export async function eachRow<Row>(
  rows: Rows<Row>,
  visit: (row: Row) => Promise<void> | undefined,
): Promise<void> {
  if ('pages' in rows) {
    for await (const page of rows.pages) await eachRow(page, visit);
  } else if (Symbol.asyncIterator in rows) {
    for await (const row of rows) {
      const pause = visit(row);
      if (pause !== undefined) await pause;
    }
  } else {
    for (const row of rows) {
      const pause = visit(row);
      if (pause !== undefined) await pause;
    }
  }
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
    await eachRow(rows, (row) => {
      collected.push(row);
      return undefined;
    });
  } catch (error) {
    return { collected, failure: { error } };
  }
  return { collected };
}
