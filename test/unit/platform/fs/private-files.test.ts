import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ensurePrivateDir,
  exists,
  openRegularFile,
  readFirstLineSync,
  readPrivateFile,
  readSmallFileSync,
  removeFile,
} from '../../../../src/platform/fs/private-files.ts';
import { describeWith, testWith } from '../../../support/requires.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'private-'));
  file = path.join(dir, 'file');
});

afterEach(() => rm(dir, { recursive: true }));

const modeOf = async (place: string) => ((await stat(place)).mode & 0o777).toString(8);

describeWith('file modes', 'access by others', () => {
  test('is taken away from a file and its directory when it is read, with a warning for each', async () => {
    await writeFile(file, 'text');
    await chmod(file, 0o644);
    await chmod(dir, 0o755);
    const warnings: string[] = [];
    expect(await readPrivateFile(dir, file, (text) => warnings.push(text))).toBe('text');
    expect([await modeOf(dir), await modeOf(file)]).toEqual(['700', '600']);
    expect(warnings).toEqual([expect.stringContaining('0755'), expect.stringContaining('0644')]);
    expect(await readPrivateFile(dir, file, (text) => warnings.push(text))).toBe('text');
    expect(warnings).toHaveLength(2);
  });

  test('is not taken away through a link, whose target may be shared on purpose', async () => {
    const target = path.join(dir, 'target');
    await mkdir(target);
    await chmod(target, 0o755);
    const link = path.join(dir, 'link');
    await symlink(target, link);
    const warnings: string[] = [];
    await ensurePrivateDir(link, (text) => warnings.push(text));
    expect(await modeOf(target)).toBe('755');
    expect(warnings).toEqual([expect.stringContaining(link)]);
  });

  test('is not given to a directory that is made, nor to those around it', async () => {
    const inner = path.join(dir, 'a', 'b');
    await ensurePrivateDir(inner);
    expect([await modeOf(path.dirname(inner)), await modeOf(inner)]).toEqual(['700', '700']);
    await ensurePrivateDir(inner);
  });
});

describe('a private directory', () => {
  test('is not made where a file is', async () => {
    await writeFile(file, '');
    await expect(ensurePrivateDir(file)).rejects.toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(file),
    });
    await expect(ensurePrivateDir(path.join(file, 'inner'))).rejects.toMatchObject({ kind: 'failure' });
  });
});

describe('reading', () => {
  test('a missing file gives nothing', async () => {
    expect(await readPrivateFile(dir, file)).toBeUndefined();
    expect(await exists(file)).toBe(false);
    expect(await exists(dir)).toBe(true);
  });

  test('a directory in place of a file is an error', async () => {
    await mkdir(file);
    await expect(readPrivateFile(dir, file)).rejects.toMatchObject({ kind: 'failure' });
    await expect(openRegularFile(file)).rejects.toMatchObject({ code: 'EISDIR' });
    expect(() => readSmallFileSync(file, 10)).toThrow('ENOTREG');
  });

  testWith('Linux', 'a device in place of a file is refused', async () => {
    await expect(openRegularFile('/dev/zero')).rejects.toMatchObject({ code: 'ENOTREG' });
  });

  test('a file of up to so many bytes gives its text, and a larger one is refused', async () => {
    await writeFile(file, 'äb');
    expect(readSmallFileSync(file, 3)).toBe('äb');
    expect(() => readSmallFileSync(file, 2)).toThrow('EFBIG');
  });

  test('the first line is given without its end, and only when it is short enough', async () => {
    await writeFile(file, 'first\nsecond\n');
    expect(readFirstLineSync(file, 6)).toBe('first');
    expect(readFirstLineSync(file, 100)).toBe('first');
    expect(readFirstLineSync(file, 5)).toBeUndefined();
    await writeFile(file, 'cut short');
    expect(readFirstLineSync(file, 100)).toBeUndefined();
    await writeFile(file, '');
    expect(readFirstLineSync(file, 100)).toBeUndefined();
  });
});

describe('removing a file', () => {
  test('succeeds also when it is missing', async () => {
    await writeFile(file, '');
    await removeFile(file);
    await removeFile(file);
    expect(await exists(file)).toBe(false);
  });

  test('leaves it when the lock was lost right before', async () => {
    await writeFile(file, '');
    const lost = () => {
      throw Object.assign(new Error('lost'), { code: 'EACCES' });
    };
    await expect(removeFile(file, lost)).rejects.toMatchObject({ kind: 'failure' });
    expect(await exists(file)).toBe(true);
  });
});
