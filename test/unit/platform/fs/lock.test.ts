import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../../src/platform/fs/lock.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'twilio-org-lock-'));
  file = path.join(dir, 'thing');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Makes a lock look as if its holder had not renewed it for long, because it crashed or stands still. */
const age = (lock: string) => utimes(lock, 1_000_000_000, 1_000_000_000);
/** A holder that renews nothing by itself. */
const still = { renewEveryMs: 1_000_000 };

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
  await expect(withLock(file, async () => 'worked', { timeoutMs: 100 })).rejects.toMatchObject({
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
  await withLock(file, async () => 'worked', { onWait: waits });
  expect(told).toBe(0);
  await mkdir(`${file}.lock`);
  await expect(withLock(file, async () => 'worked', { timeoutMs: 700, onWait: waits })).rejects.toThrow();
  expect(told).toBe(1);
});

it('takes over the lock of a process that crashed', async () => {
  await mkdir(`${file}.lock`);
  await age(`${file}.lock`);
  expect(await withLock(file, async () => 'worked', { timeoutMs: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('takes over a lock that a clock an hour ahead has left, and one with something in it', async () => {
  const ahead = new Date(Date.now() + 3_600_000);
  await mkdir(`${file}.lock/left-over`, { recursive: true });
  await utimes(`${file}.lock`, ahead, ahead);
  expect(await withLock(file, async () => 'worked', { timeoutMs: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('takes over an empty file in the place of a lock', async () => {
  await writeFile(`${file}.lock`, '');
  await age(`${file}.lock`);
  expect(await withLock(file, async () => 'worked', { timeoutMs: 1_000 })).toBe('worked');
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

describe('a holder that stood still', () => {
  it('notices at its very next step that another one took over, and leaves the lock of that one alone', async () => {
    let second: Promise<unknown> = Promise.resolve();
    const first = withLock(
      file,
      async (stillHeld) => {
        await age(`${file}.lock`);
        await new Promise<void>((begun) => {
          second = withLock(file, async (held, abandoned) => {
            begun();
            await first.catch(() => undefined);
            held();
            return abandoned;
          });
        });
        stillHeld();
      },
      still,
    );
    await expect(first).rejects.toMatchObject({
      kind: 'temporary',
      message: `Another twilio-org process is using ${file}: it took over while this one stood still`,
    });
    expect(await second).toBe(true);
    expect(await readdir(dir)).toEqual([]);
  });

  it('goes on where nobody has taken over, and holds the lock as from the beginning', async () => {
    const work = async (stillHeld: () => void) => {
      await age(`${file}.lock`);
      stillHeld();
      await expect(withLock(file, async () => 'worked', { timeoutMs: 100 })).rejects.toThrow('is using');
      stillHeld();
    };
    await withLock(file, work, still);
    expect(await readdir(dir)).toEqual([]);
  });
});

it('is given to one after the other of many that find the same one left behind', async () => {
  for (let round = 0; round < 8; round += 1) {
    await mkdir(`${file}.lock/left-over`, { recursive: true });
    if (round % 2 === 0) await writeFile(`${file}.lock/another`, '');
    await age(`${file}.lock`);
    let inside = 0;
    const seen: number[] = [];
    const work = async (stillHeld: () => void, abandoned: boolean) => {
      inside += 1;
      stillHeld();
      await new Promise((resolve) => setImmediate(resolve));
      stillHeld();
      seen.push(inside);
      inside -= 1;
      return abandoned;
    };
    const abandoned = await Promise.all(Array.from({ length: 8 }, () => withLock(file, work)));
    expect(seen).toEqual(Array(8).fill(1));
    expect(abandoned.filter(Boolean)).toHaveLength(1);
    expect(await readdir(dir)).toEqual([]);
  }
});

describe('patience', () => {
  it('begins again with each holder, so that all of a queue get their turn', async () => {
    const turns = Array.from({ length: 8 }, () =>
      withLock(file, () => new Promise((resolve) => setTimeout(resolve, 100)), { timeoutMs: 300 }),
    );
    expect(await Promise.all(turns)).toHaveLength(8);
  });

  it('begins again with each step of the holder, and ends with one that only stays', async () => {
    let steps = 0;
    const holder = withLock(
      file,
      async (stillHeld) => {
        for (; steps < 8; steps += 1) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          stillHeld();
        }
        await expect(withLock(file, async () => 'worked', { timeoutMs: 100 })).rejects.toThrow('is using');
      },
      { renewEveryMs: 10 },
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const waiting = withLock(file, async () => 'worked', { timeoutMs: 300 });
    await holder;
    expect([await waiting, steps]).toEqual(['worked', 8]);
  });
});
