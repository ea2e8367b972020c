import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isObject } from '../../platform/core/json.ts';
import { fsErrorHandler, isNotFound } from '../../platform/fs/errors.ts';
import { type PartName, unusable } from './manifest.ts';
import type { StoredSnapshot } from './store.ts';

export const lineEnd = 0x0a;
const blockBytes = 65_536;
/** Lists of a snapshot become five to ten times smaller. */
const mostCompressed = 20;
/** The least that zlib takes. */
const minChunkBytes = 64;

interface ReadOptions<T> {
  /** Only objects with this text in their line: a question about one person to many snapshots parses few lines. */
  containing?: string | undefined;
  /** Makes each object smaller as soon as it is parsed. */
  compact?: ((row: T) => T) | undefined;
}

/**
 * The objects of a part. Its hash is compared before any of them is used.
 *
 * @throws failure that names the file, where it is missing or damaged
 */
export async function readPart<T extends object>(
  snapshot: StoredSnapshot,
  name: PartName,
  { containing, compact }: ReadOptions<T> = {},
): Promise<T[]> {
  const { place, content, count } = await contentOf(snapshot, name);
  const rows: T[] = [];
  let lines = 0;
  for (const block of blocksOfLines(content)) {
    if (containing !== undefined && !block.includes(containing)) continue;
    for (const line of block.toString().split('\n')) {
      lines += 1;
      if (containing !== undefined && !line.includes(containing)) continue;
      const row = objectIn<T>(line, lines, place);
      rows.push(compact === undefined ? row : compact(row));
    }
  }
  if (containing === undefined) mustHaveLines(rows, count, place);
  return rows;
}

/** The content of a part: its hash is that of the manifest. */
interface Content {
  /** The path of its file. */
  place: string;
  content: Buffer;
  /** The number of lines that the manifest tells. */
  count: number;
}

/** @throws failure that names the file, where it is missing or damaged */
export async function contentOf({ dir, manifest }: StoredSnapshot, name: PartName): Promise<Content> {
  const { file, sha256, content_sha256, count } = manifest.parts[name];
  const place = path.join(dir, file);
  const bytes = await readFile(place).catch((error: unknown) => {
    if (isNotFound(error)) throw unusable(place, 'there is no such file');
    return fsErrorHandler('read', place)(error);
  });
  if (hashOf(bytes) !== sha256) throw unusable(place, 'it was changed after it was written');
  const content = unpacked(bytes, place);
  if (hashOf(content) !== content_sha256) throw unusable(place, 'its lines are not those of the manifest');
  return { place, content, count };
}

export function objectIn<T extends object>(line: string, number: number, place: string): T {
  const row: unknown = parsed(line);
  if (!isObject(row)) throw unusable(place, `line ${number} is not an object`);
  return row as T;
}

export function mustHaveLines(rows: readonly object[], count: number, place: string): void {
  if (rows.length !== count) throw unusable(place, `it has ${rows.length} lines instead of ${count}`);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unpacked(bytes: Buffer, place: string): Buffer {
  try {
    // The end of the file tells the size (RFC 1952): a single piece need not be copied together with others.
    const size = Math.min(bytes.readUInt32LE(bytes.length - 4), bytes.length * mostCompressed);
    return gunzipSync(bytes, { chunkSize: size + minChunkBytes });
  } catch {
    throw unusable(place, 'it cannot be decompressed');
  }
}

/** The lines in blocks, without the line end behind each: their text as a whole would take as much memory as the objects. */
function* blocksOfLines(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; ) {
    const found = content.indexOf(lineEnd, Math.min(start + blockBytes, content.length - 1));
    const end = found < 0 ? content.length : found;
    yield content.subarray(start, end);
    start = end + 1;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
