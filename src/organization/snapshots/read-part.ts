import { createHash, type Hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { AppError } from '../../platform/core/errors.ts';
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
 * The objects of a part. Its hashes are compared before any of them is returned. The content is never in memory as a whole: beside
 * the objects of both long lists, it would be a quarter of what a command takes.
 *
 * @throws failure that names the file, where it is missing or damaged
 */
export async function readPart<T extends object>(
  snapshot: StoredSnapshot,
  name: PartName,
  { containing, compact }: ReadOptions<T> = {},
): Promise<T[]> {
  const { place, bytes } = await fileOf(snapshot, name);
  const { content_sha256, count } = snapshot.manifest.parts[name];
  const hash = createHash('sha256');
  const rows: T[] = [];
  let lines = 0;
  let failure: { error: unknown } | undefined;
  function take(block: Buffer): void {
    if (containing !== undefined && !block.includes(containing)) return;
    for (const line of block.toString().split('\n')) {
      lines += 1;
      if (containing !== undefined && !line.includes(containing)) continue;
      const row = objectIn<T>(line, lines, place);
      rows.push(compact === undefined ? row : compact(row));
    }
  }
  for await (const block of blocksOfLines(unpacking(bytes, place, hash))) {
    try {
      if (failure === undefined) take(block);
    } catch (error) {
      failure = { error };
    }
  }
  mustBeContent(hash.digest('hex'), content_sha256, place);
  if (failure !== undefined) throw failure.error;
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
export async function contentOf(snapshot: StoredSnapshot, name: PartName): Promise<Content> {
  const { place, bytes } = await fileOf(snapshot, name);
  const { content_sha256, count } = snapshot.manifest.parts[name];
  const content = unpacked(bytes, place);
  mustBeContent(hashOf(content), content_sha256, place);
  return { place, content, count };
}

/** The file of a part, compressed: its hash is that of the manifest. */
async function fileOf(
  { dir, manifest }: StoredSnapshot,
  name: PartName,
): Promise<{ place: string; bytes: Buffer }> {
  const { file, sha256 } = manifest.parts[name];
  const place = path.join(dir, file);
  const bytes = await readFile(place).catch((error: unknown) => {
    if (isNotFound(error)) throw unusable(place, 'there is no such file');
    return fsErrorHandler('read', place)(error);
  });
  if (hashOf(bytes) !== sha256) throw unusable(place, 'it was changed after it was written');
  return { place, bytes };
}

function mustBeContent(hash: string, expected: string, place: string): void {
  if (hash !== expected) throw unusable(place, 'its lines are not those of the manifest');
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
    throw notGzip(place);
  }
}

/** The same in chunks, each of which is added to the hash. */
async function* unpacking(bytes: Buffer, place: string, hash: Hash): AsyncGenerator<Buffer> {
  const chunks = createGunzip({ chunkSize: blockBytes });
  chunks.end(bytes);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  } catch {
    throw notGzip(place);
  }
}

function notGzip(place: string): AppError {
  return unusable(place, 'it cannot be decompressed');
}

/** The lines in blocks, without the line end behind each block. */
async function* blocksOfLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let open: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineEnd);
    if (end >= 0) {
      yield Buffer.concat([...open, chunk.subarray(0, end)]);
      open = [];
    }
    if (end + 1 < chunk.length) open.push(chunk.subarray(end + 1));
  }
  if (open.length > 0) yield Buffer.concat(open);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
