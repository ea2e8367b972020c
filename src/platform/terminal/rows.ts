export type Rows = Iterable<unknown> | AsyncIterable<unknown>;

/** Every row, and the error that ended the source early, if one did. */
export async function collectRows(
  rows: Rows,
): Promise<{ collected: unknown[]; failure?: { error: unknown } }> {
  const collected: unknown[] = [];
  try {
    for await (const row of rows) collected.push(row);
  } catch (error) {
    return { collected, failure: { error } };
  }
  return { collected };
}
