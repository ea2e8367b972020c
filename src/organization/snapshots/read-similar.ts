import { keyOf, type SnapshotObject } from './diff.ts';
import type { PartName } from './manifest.ts';
import { contentOf, lineEnd, mustHaveLines, objectIn } from './read-part.ts';
import type { StoredSnapshot } from './store.ts';

/** A part with its bytes, to read the same part of another snapshot by. */
export interface PartLines {
  rows: readonly SnapshotObject[];
  content: Buffer;
  /** The offset of the first byte of each line; the last one is where a further line would start. */
  starts: readonly number[];
}

/**
 * Reads a part as {@link readPart} does. A line that is in the similar part as well is not parsed again: both parts have the
 * same object. Parsing takes most of the time of reading, and two snapshots share nearly all lines, in nearly the same order.
 */
export async function readSimilarPart(
  snapshot: StoredSnapshot,
  name: PartName,
  similar: PartLines | undefined,
): Promise<PartLines> {
  const { place, content, count } = await contentOf(snapshot, name);
  const starts = lineStarts(content);
  const rows: SnapshotObject[] = [];
  let indexes: ReadonlyMap<string, number> | undefined;
  /** The line of the similar part that is expected to be the same. */
  let next = 0;
  for (let index = 0; index + 1 < starts.length; index += 1) {
    const lines = { content, starts };
    if (similar !== undefined && isSameLine(similar, next, lines, index)) {
      rows.push(similar.rows[next] as SnapshotObject);
      next += 1;
      continue;
    }
    const row = objectIn<SnapshotObject>(textOf(lines, index), index + 1, place);
    rows.push(row);
    if (similar === undefined) continue;
    indexes ??= new Map(similar.rows.map((one, at) => [keyOf(one), at]));
    const at = indexes.get(keyOf(row));
    // Other lines are missing before a known object; one that is not known was added.
    if (at !== undefined) next = at + 1;
  }
  mustHaveLines(rows, count, place);
  return { rows, content, starts };
}

type Lines = Pick<PartLines, 'content' | 'starts'>;

function lineStarts(content: Buffer): number[] {
  const starts = [0];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(lineEnd, start);
    start = (end < 0 ? content.length : end) + 1;
    starts.push(start);
  }
  return starts;
}

/** Start and end of a line without its line end; undefined where there is none. */
function boundsOf({ starts }: Lines, index: number): [number, number] | undefined {
  const [start, next] = [starts[index], starts[index + 1]];
  return start === undefined || next === undefined ? undefined : [start, next - 1];
}

function textOf(lines: Lines, index: number): string {
  return lines.content.toString('utf8', ...(boundsOf(lines, index) ?? [0, 0]));
}

function isSameLine(some: Lines, index: number, others: Lines, otherIndex: number): boolean {
  const [one, other] = [boundsOf(some, index), boundsOf(others, otherIndex)];
  if (one === undefined || other === undefined || one[1] - one[0] !== other[1] - other[0]) return false;
  return some.content.compare(others.content, ...other, ...one) === 0;
}
