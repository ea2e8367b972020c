import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAtomicFile, replacePrivateFile } from '../../../../src/platform/fs/atomic-write.ts';
import { testWith } from '../../../support/requires.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'atomic-'));
  file = path.join(dir, 'file');
});

afterEach(() => rm(dir, { recursive: true }));

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

  testWith('file modes', 'can be read by its owner alone', async () => {
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
  testWith('file modes', 'through a link writes the file that it leads to', async () => {
    const target = path.join(dir, 'target');
    await writeFile(target, 'old');
    await symlink(target, file);
    await replacePrivateFile(file, 'new');
    expect(await readFile(target, 'utf8')).toBe('new');
    expect((await readdir(dir)).toSorted()).toEqual(['file', 'target']);
  });

  test('that has no room for its new name keeps the old file', async () => {
    // The name of the new file is longer by the number of the process.
    const long = path.join(dir, 'f'.repeat(254));
    await writeFile(long, 'old');
    await expect(replacePrivateFile(long, 'new')).rejects.toMatchObject({ kind: 'failure' });
    expect(await readFile(long, 'utf8')).toBe('old');
  });
});
