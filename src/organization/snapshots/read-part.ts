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
 * The objects of a part. Its hash is compared before any of them is used.
 *
 * @throws failure that names the file, where it is missing or damaged
 */
export async function readPart<T extends object>(
  { dir, manifest }: StoredSnapshot,
  name: PartName,
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
