import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { codeOf, writeSome } from './write-some.ts';

/** Delay before a write to a busy device is retried; milliseconds. */
const retryAfterMs = 10;

/** The part of `process` that writing needs. */
type Streams = Pick<NodeJS.Process, 'stdout' | 'stderr'>;

/**
 * The stream for results or messages. Node's own stream of a file treats a short write, as on a full disk, as complete;
 * its stream of an unknown type, such as a block device, discards everything. Node writes pipes, sockets and terminals
 * in full.
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

/** Writes a file synchronously and in full, so that two streams of one file keep the order of their writes. */
class FileOutput extends Writable {
  readonly fd: number;

  constructor(fd: number) {
    // Both streams stay open until the process ends.
    super({ autoDestroy: false, emitClose: false });
    this.fd = fd;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    let from = 0;
    const more = (): void => {
      try {
        while (from < chunk.length) from += writeSome(this.fd, chunk, from);
        done();
      } catch (error) {
        if (codeOf(error) === 'EAGAIN') setTimeout(more, retryAfterMs);
        else done(error as Error);
      }
    };
    more();
  }
}
