import { collectRows } from '../rows.ts';
import type { OutputFormat, Target } from './format.ts';

/** One JSON array, or one object. Nothing is printed when the source fails, because half an array is unreadable. */
export const json: OutputFormat<'json'> = {
  name: 'json',
  description:
    "the API's own objects under the API's own names; a list is always an array, an empty one `[]`",
  forPeople: false,
  structured: true,
  streams: false,
  async writeList(target, _view, rows) {
    const { collected, failure } = await collectRows(rows);
    if (failure !== undefined) throw failure.error;
    if (target.query !== undefined) await writeResult(target, target.query(collected));
    else await target.writeBlocks(arrayParts(target, collected), joined);
    return collected.length;
  },
  async writeItem(target, _view, row) {
    await writeResult(target, target.query === undefined ? target.select(row) : target.query(row));
  },
};

/** A long list is written in parts, because a text has a greatest length. */
async function writeResult(target: Target, value: unknown): Promise<void> {
  const parts = Array.isArray(value) ? arrayParts(target, value) : [`${target.json(value, 2)}\n`];
  await target.writeBlocks(parts, joined);
}

function joined(parts: readonly string[]): string {
  return parts.join('');
}

function* arrayParts(target: Target, items: readonly unknown[]): Generator<string> {
  if (items.length === 0) {
    yield '[]\n';
    return;
  }
  let before = '[\n';
  for (const item of items) {
    // Printed as the only element of an array, so that it is indented as one; those brackets are cut off.
    yield before + target.json([target.select(item)], 2).slice('[\n'.length, -'\n]'.length);
    before = ',\n';
  }
  yield '\n]\n';
}
