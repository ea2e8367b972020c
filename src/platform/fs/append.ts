import { appendFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import { fsErrorHandler } from './errors.ts';

export interface Appender {
  append(text: string): Promise<void>;
  check(): void;
}

/**
 * Appends lines and waits until they are on the disk; concurrent callers share one sync. After a failed write, every
 * later one fails.
 */
export function createAppender(handle: FileHandle, file: string, stillHeld: () => void): Appender {
  let failure: unknown;
  const fail = (error: unknown): never => {
    failure = error;
    if (error instanceof AppError) throw error;
    return fsErrorHandler('write', file)(error);
  };
  let waiting = '';
  let next: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  async function flush(): Promise<void> {
    await running;
    next = undefined;
    const text = waiting;
    waiting = '';
    running = (async () => {
      stillHeld();
      // Synchronous, so that the process can't be suspended in between. `write` would return a short count on a full disk.
      appendFileSync(handle.fd, text);
      await handle.datasync();
    })().catch(fail);
    return running;
  }
  return {
    append(text) {
      waiting += text;
      next ??= flush();
      return next;
    },
    check() {
      if (failure !== undefined) fail(failure);
      stillHeld();
    },
  };
}

/** Removes an incomplete last line, which a crash left. */
export async function removeCutLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const block = Buffer.alloc(65_536);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const at = block.subarray(0, bytesRead).lastIndexOf('\n');
    if (at >= 0) return handle.truncate(start + at + 1);
    end = start;
  }
}
