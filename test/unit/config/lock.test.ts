import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../../../src/config/lock.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'twilio-org-lock-'));
  file = path.join(dir, 'thing');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('lets one at a time work, and leaves nothing behind', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(file, work)));
  expect(most).toBe(1);
  expect(await readdir(dir)).toEqual([]);
});

it('gives up on a lock that is held, and says which', async () => {
  await mkdir(`${file}.lock`);
  await expect(withLock(file, async () => 'worked', { patience: 100 })).rejects.toMatchObject({
    kind: 'temporary',
    message: `Another twilio-org process is using ${file}`,
    hint: expect.stringContaining(`${file}.lock`),
  });
});

it('tells once that it waits, when it takes longer than a moment', async () => {
  let told = 0;
  const waits = () => {
    told += 1;
  };
  await withLock(file, async () => 'worked', { waits });
  expect(told).toBe(0);
  await mkdir(`${file}.lock`);
  await expect(withLock(file, async () => 'worked', { patience: 700, waits })).rejects.toThrow();
  expect(told).toBe(1);
});

it('takes over the lock of a process that crashed', async () => {
  await mkdir(`${file}.lock`);
  await utimes(`${file}.lock`, 1_000_000_000, 1_000_000_000);
  expect(await withLock(file, async () => 'worked', { patience: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('takes over a lock that a clock an hour ahead has left, and one with something in it', async () => {
  const ahead = new Date(Date.now() + 3_600_000);
  await mkdir(`${file}.lock/left-over`, { recursive: true });
  await utimes(`${file}.lock`, ahead, ahead);
  expect(await withLock(file, async () => 'worked', { patience: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('takes over an empty file in the place of a lock', async () => {
  await writeFile(`${file}.lock`, '');
  await utimes(`${file}.lock`, 1_000_000_000, 1_000_000_000);
  expect(await withLock(file, async () => 'worked', { patience: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('notices that it was lost', async () => {
  const work = withLock(file, async (stillHeld) => {
    await rm(`${file}.lock`, { recursive: true });
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      stillHeld();
    }
  });
  await expect(work).rejects.toMatchObject({ kind: 'temporary' });
});

it('names the folder when it is missing', async () => {
  await expect(withLock(path.join(dir, 'none', 'thing'), async () => 'worked')).rejects.toMatchObject({
    kind: 'failure',
    message: expect.stringContaining('a folder on the way to it is missing'),
  });
});
