import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAtomicFile, replacePrivateFile } from '../../../../src/platform/fs/atomic-write.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'atomic-'));
  file = path.join(dir, 'file');
});

afterEach(() => rm(dir, { recursive: true }));

const isPosix = platform() !== 'win32';

describe('an atomic file', () => {
  test('appears under its name only when committed', async () => {
    await writeFile(file, 'old');
    const { handle, commit } = await createAtomicFile(file);
    await handle.writeFile('new');
    expect(await readFile(file, 'utf8')).toBe('old');
    await commit();
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(dir)).toEqual(['file']);
  });

  test('leaves the old file and nothing else when aborted', async () => {
    await writeFile(file, 'old');
    const { handle, abort } = await createAtomicFile(file);
    await handle.writeFile('new');
    await abort();
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['file']);
  });

  test('keeps the old file when the lock was lost right before the commit', async () => {
    await writeFile(file, 'old');
    const { handle, commit } = await createAtomicFile(file);
    await handle.writeFile('new');
    const lost = () => {
      throw Object.assign(new Error('lost'), { code: 'EACCES' });
    };
    await expect(commit(lost)).rejects.toThrow(file);
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['file']);
  });

  test.runIf(isPosix)('can be read by its owner alone', async () => {
    await replacePrivateFile(file, 'x');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('takes the place of one that a killed process with the same number left', async () => {
    await writeFile(`${file}.${process.pid}`, 'left behind');
    await replacePrivateFile(file, 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(dir)).toEqual(['file']);
  });

  test('takes the place of no directory', async () => {
    await mkdir(file);
    await expect(createAtomicFile(file)).rejects.toMatchObject({ kind: 'usage' });
    expect(await readdir(dir)).toEqual(['file']);
  });

  test('in a directory that is missing fails with the hint of its caller', async () => {
    const there = path.join(dir, 'missing', 'file');
    await expect(createAtomicFile(there, 'Make it')).rejects.toMatchObject({
      kind: 'failure',
      hint: 'Make it',
      message: expect.stringContaining(there),
    });
  });
});

describe('replacing a file', () => {
  test.runIf(isPosix)('through a link writes the file that it leads to', async () => {
    const target = path.join(dir, 'target');
    await writeFile(target, 'old');
    await symlink(target, file);
    await replacePrivateFile(file, 'new');
    expect(await readFile(target, 'utf8')).toBe('new');
    expect((await readdir(dir)).toSorted()).toEqual(['file', 'target']);
  });

  test.runIf(isPosix && process.geteuid?.() !== 0)(
    'in a read-only directory keeps the old file',
    async () => {
      await writeFile(file, 'old');
      await chmod(dir, 0o500);
      await expect(replacePrivateFile(file, 'new')).rejects.toMatchObject({ kind: 'failure' });
      await chmod(dir, 0o700);
      expect(await readFile(file, 'utf8')).toBe('old');
    },
  );
});
