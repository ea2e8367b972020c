import { type ColumnPolicy, isInstructed } from './columns.ts';
import type { RawRecord } from './row.ts';
import { looksLikeUser } from './values.ts';

/** Turns the records of a list without a header into rows of one column. */
export async function* listRecords(
  records: AsyncIterable<RawRecord>,
  column: string,
  policy: ColumnPolicy,
): AsyncGenerator<RawRecord> {
  let isList: boolean | undefined;
  for await (const record of records) {
    if ('item' in record) {
      yield { line: record.line, cells: [{ title: column, text: record.item }] };
      continue;
    }
    const texts =
      'titles' in record ? record.titles : 'cells' in record ? record.cells.map(({ text }) => text) : [];
    isList ??= 'titles' in record && texts.some((text) => looksLikeUser(text) && !isInstructed(text, policy));
    if (!isList || 'problem' in record) {
      yield record;
      continue;
    }
    const [text = '', ...others] = texts;
    const hasMore = others.some((other) => other.trim() !== '');
    const problem = 'more than one value, but no header names the columns';
    yield hasMore ? { line: record.line, problem } : { line: record.line, cells: [{ title: column, text }] };
  }
}
