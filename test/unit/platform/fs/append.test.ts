import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { createAppender, removeCutLine } from '../../../../src/platform/fs/append.ts';

const held = () => undefined;

async function opened(content: string): Promise<{ file: string; handle: FileHandle }> {
  const file = join(mkdtempSync(join(tmpdir(), 'append-')), 'log.jsonl');
  writeFileSync(file, content);
  const handle = await open(file, 'a+');
  onTestFinished(() => handle.close());
  return { file, handle };
}

describe('an incomplete last line', () => {
  const line = (length: number) => `${'x'.repeat(length - 1)}\n`;
  const blockLength = 65_536;

  test.each<[name: string, whole: string]>([
    ['a short file', line(10)],
    ['a file of several blocks', line(40_000).repeat(5)],
    ['a file of exactly one block', line(blockLength)],
    ['a file whose only line is longer than a block', line(3 * blockLength)],
  ])('is removed from %s, and every complete line stays', async (_, whole) => {
    for (const cutLength of [0, 1, blockLength - 1, blockLength, 2 * blockLength + 1]) {
      const { file, handle } = await opened(whole + 'y'.repeat(cutLength));
      await removeCutLine(handle);
      expect(readFileSync(file, 'utf8') === whole, `after a cut line of ${cutLength} bytes`).toBe(true);
    }
  });
});

describe('an appender after a write that failed', () => {
  test('lets no further request leave, although its file could be written again', async () => {
    const { file, handle } = await opened('');
    const lost = new AppError('temporary', 'Another process has the lock');
    let isHeld = false;
    const appender = createAppender(handle, file, () => {
      if (!isHeld) throw lost;
    });
    await expect(appender.append('a\n')).rejects.toBe(lost);
    isHeld = true;
    expect(() => appender.check()).toThrow(lost);
    await expect(appender.append('b\n')).rejects.toBe(lost);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  test('lets no further request leave after an error of the disk, and names the file', async () => {
    const { file, handle } = await opened('');
    const appender = createAppender(handle, file, held);
    expect(() => appender.check()).not.toThrow();
    await handle.close();
    await expect(appender.append('a\n')).rejects.toThrow(`Cannot write ${file}`);
    expect(() => appender.check()).toThrow(`Cannot write ${file}`);
  });
});
