import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import { fsErrorHandler } from '../../platform/fs/errors.ts';
import { fileMode } from '../../platform/fs/private-files.ts';
import { type Part, type PartName, partFiles } from './manifest.ts';

/** Called before each write, with its description. Throwing fails the write. */
export type BeforeWrite = (what: string) => void | Promise<void>;

/** A part under construction. */
export interface PartWriter {
  add(rows: Iterable<unknown>): Promise<void>;
  /** Writes the rest to the disk. */
  end(): Promise<Part>;
  close(): Promise<void>;
}

/** Enough for compression to be fast, and small beside the memory of the program. */
const batchLength = 128 * 1024;

/** Creates the file of a part, or replaces one that an earlier attempt began. */
export async function createPart(dir: string, name: PartName, beforeWrite: BeforeWrite): Promise<PartWriter> {
  const file = partFiles[name];
  const failed = fsErrorHandler('write', path.join(dir, file));
  await beforeWrite(`create ${file}`);
  const handle: FileHandle = await open(path.join(dir, file), 'w', fileMode).catch(failed);
  const gzip = createGzip();
  const [ofFile, ofContent] = [createHash('sha256'), createHash('sha256')];
  let compressed: Buffer[] = [];
  let [count, bytes] = [0, 0];
  let batch = '';
  gzip.on('data', (chunk: Buffer) => compressed.push(chunk));

  async function save(): Promise<void> {
    const chunks = compressed;
    compressed = [];
    for (const chunk of chunks) {
      ofFile.update(chunk);
      bytes += chunk.length;
      await beforeWrite(`write ${file}`);
      await handle.writeFile(chunk).catch(failed);
    }
  }

  async function compress(): Promise<void> {
    const lines = Buffer.from(batch);
    batch = '';
    ofContent.update(lines);
    await new Promise<void>((resolve, reject) =>
      gzip.write(lines, (error) => (error ? reject(error) : resolve())),
    );
    await save();
  }

  return {
    async add(rows) {
      for (const row of rows) {
        batch += `${JSON.stringify(row)}\n`;
        count += 1;
        if (batch.length >= batchLength) await compress();
      }
    },
    async end() {
      if (batch !== '') await compress();
      const ended = once(gzip, 'end');
      gzip.end();
      await ended;
      await save();
      await beforeWrite(`sync ${file}`);
      await handle.sync().catch(failed);
      await handle.close().catch(failed);
      return { file, count, bytes, sha256: ofFile.digest('hex'), content_sha256: ofContent.digest('hex') };
    },
    async close() {
      gzip.destroy();
      await handle.close().catch(() => undefined);
    },
  };
}
