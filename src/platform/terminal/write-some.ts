import { writeSync } from 'node:fs';

/** Writes some bytes of the chunk synchronously; returns their number, 0 when a signal interrupted it. */
export function writeSome(fd: number, chunk: Buffer, from: number): number {
  try {
    const written = writeSync(fd, chunk, from);
    if (written > 0) return written;
  } catch (error) {
    if (codeOf(error) !== 'EINTR') throw error;
    return 0;
  }
  throw Object.assign(new Error('Nothing was written'), { code: 'EIO' });
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
