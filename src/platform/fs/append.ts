import { appendFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import { fsErrorHandler } from './errors.ts';

export interface Appender {
  append(text: string): Promise<void>;
  check(): void;
}

/**
 * Adds lines and waits until they are on the disk; one sync serves all that wait meanwhile. After one that could not be
 * written there are no more.
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
      // Not a promise: the process must have no time to stand still in between. Not `write`: of a disk that is getting
      // full it takes a part, and says so by a number alone.
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

/** Removes what a crash left of a last line. */
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
