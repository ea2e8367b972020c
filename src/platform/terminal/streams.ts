import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** A device that is not ready is tried again after this many milliseconds. */
const retryAfterMs = 10;

/** The part of `process` that is needed to write. */
type Streams = Pick<NodeJS.Process, 'stdout' | 'stderr'>;

/**
 * The stream to write a result or a message to. Node's own stream of a file takes a short write, as of a disk that is
 * getting full, for a whole one; and its stream of what it does not know, such as a block device, drops everything.
 * Pipes, sockets and terminals are written in full by Node itself.
 */
export function outputStream(process: Streams, name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const fd = name === 'stdout' ? 1 : 2;
  return writesInFull(fd, () => process[name])
    ? process[name]
    : (new FileOutput(fd) as unknown as NodeJS.WriteStream);
}

function writesInFull(fd: number, own: () => { isTTY?: boolean }): boolean {
  try {
    const found = fstatSync(fd);
    return found.isFIFO() || found.isSocket() || (found.isCharacterDevice() && own().isTTY === true);
  } catch {
    return true;
  }
}

/** Writes a file at once and in full, so that the order of two streams in one file is the order of their writes. */
class FileOutput extends Writable {
  readonly fd: number;

  constructor(fd: number) {
    // Both streams of a process stay open to its end.
    super({ autoDestroy: false, emitClose: false });
    this.fd = fd;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    let from = 0;
    const more = (): void => {
      try {
        while (from < chunk.length) from += this.#write(chunk, from);
        done();
      } catch (error) {
        if (codeOf(error) === 'EAGAIN') setTimeout(more, retryAfterMs);
        else done(error as Error);
      }
    };
    more();
  }

  #write(chunk: Buffer, from: number): number {
    try {
      const written = writeSync(this.fd, chunk, from);
      if (written > 0) return written;
    } catch (error) {
      if (codeOf(error) !== 'EINTR') throw error;
      return 0;
    }
    throw Object.assign(new Error('Nothing was written'), { code: 'EIO' });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
