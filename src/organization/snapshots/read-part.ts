import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isObject } from '../../platform/core/json.ts';
import { fsErrorHandler, isNotFound } from '../../platform/fs/errors.ts';
import { type PartName, unusable } from './manifest.ts';
import type { StoredSnapshot } from './store.ts';

const lineEnd = 0x0a;

/**
 * The objects of a part; only those with a text in their line, where one is given. Its hash is compared before any of them is used.
 *
 * @throws failure that names the file, where it is missing or damaged
 */
export async function readPart<T extends object>(
  { dir, manifest }: StoredSnapshot,
  name: PartName,
  containing?: string,
): Promise<T[]> {
  const { file, sha256, content_sha256, count } = manifest.parts[name];
  const place = path.join(dir, file);
  const bytes = await readFile(place).catch((error: unknown) => {
    if (isNotFound(error)) throw unusable(place, 'there is no such file');
    return fsErrorHandler('read', place)(error);
  });
  if (hashOf(bytes) !== sha256) throw unusable(place, 'it was changed after it was written');
  const lines = unpacked(bytes, place);
  if (hashOf(lines) !== content_sha256) throw unusable(place, 'its lines are not those of the manifest');
  if (containing !== undefined) return rowsContaining<T>(lines, containing);
  const rows: T[] = [];
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(lineEnd, start);
    const row: unknown = parsed(lines.toString('utf8', start, end < 0 ? lines.length : end));
    if (!isObject(row)) throw unusable(place, `line ${rows.length + 1} is not an object`);
    rows.push(row as T);
    start = end < 0 ? lines.length : end + 1;
  }
  if (rows.length !== count) throw unusable(place, `it has ${rows.length} lines instead of ${count}`);
  return rows;
}

/** Parses few lines of many: a question about one person to many snapshots. */
function rowsContaining<T extends object>(lines: Buffer, text: string): T[] {
  const rows: T[] = [];
  for (let at = lines.indexOf(text); at >= 0; ) {
    const end = lines.indexOf(lineEnd, at);
    rows.push(parsed(lines.toString('utf8', lines.lastIndexOf(lineEnd, at) + 1, end)) as T);
    at = lines.indexOf(text, end);
  }
  return rows;
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unpacked(bytes: Uint8Array, place: string): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    throw unusable(place, 'it can not be decompressed');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
