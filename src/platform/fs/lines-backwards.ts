import type { FileHandle } from 'node:fs/promises';

const blockSize = 65_536;
const lineFeed = 0x0a;

/** The lines of a file from the last to the first, without their line breaks; a part of it is in memory at a time. */
export async function* linesBackwards(handle: FileHandle): AsyncGenerator<string> {
  const { size } = await handle.stat();
  /** The end of the line that the last block began in, a part for each block, the last part of it first. */
  let rest: Buffer[] = [];
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - blockSize);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    const block = buffer.subarray(0, bytesRead);
    let lineEnd = block.length;
    for (let at = block.lastIndexOf(lineFeed); at >= 0; at = block.lastIndexOf(lineFeed, at - 1)) {
      yield joined([block.subarray(at + 1, lineEnd), ...rest]);
      rest = [];
      lineEnd = at;
      if (at === 0) break;
    }
    rest = [block.subarray(0, lineEnd), ...rest];
    end = start;
  }
  if (size > 0) yield joined(rest);
}

function joined(parts: readonly Buffer[]): string {
  return Buffer.concat(parts).toString('utf8');
}
