import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLock } from '../../../../src/platform/fs/lock.ts';
import { timersByHand } from '../../../support/timers.ts';

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

it('a lock admits one process at a time, and leaves nothing behind', async () => {
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

it('a lock that stays held is given up, by name', async () => {
  await mkdir(`${file}.lock`);
  await expect(withLock(file, async () => 'worked', { timeoutMs: 100 })).rejects.toMatchObject({
    kind: 'temporary',
    message: `Another twilio-org process is using ${file}`,
    hint: expect.stringContaining(`${file}.lock`),
  });
});

it('a lock announces a longer wait once', async () => {
  let told = 0;
  const waits = () => {
    told += 1;
  };
  const pass = timersByHand();
  await withLock(file, async () => 'worked', { onWait: waits });
  // Time that the work itself takes is none of the wait.
  pass(60_000);
  expect(told).toBe(0);
  vi.useRealTimers();
  await mkdir(`${file}.lock`);
  await expect(withLock(file, async () => 'worked', { timeoutMs: 700, onWait: waits })).rejects.toThrow();
  expect(told).toBe(1);
});

it('a lock of a crashed process is taken over', async () => {
  await mkdir(`${file}.lock`);
  await age(`${file}.lock`);
  expect(await withLock(file, async () => 'worked', { timeoutMs: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('a lock from a clock an hour ahead, or with content, is taken over', async () => {
  const ahead = new Date(Date.now() + 3_600_000);
  await mkdir(`${file}.lock/left-over`, { recursive: true });
  await utimes(`${file}.lock`, ahead, ahead);
  expect(await withLock(file, async () => 'worked', { timeoutMs: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('an empty file in place of a lock is taken over', async () => {
  await writeFile(`${file}.lock`, '');
  await age(`${file}.lock`);
  expect(await withLock(file, async () => 'worked', { timeoutMs: 1_000 })).toBe('worked');
  expect(await readdir(dir)).toEqual([]);
});

it('a lost lock is noticed', async () => {
  const work = withLock(file, async (stillHeld) => {
    await rm(`${file}.lock`, { recursive: true });
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      stillHeld();
    }
  });
  await expect(work).rejects.toMatchObject({ kind: 'temporary' });
});

it('a lock in a missing directory names the directory', async () => {
  await expect(withLock(path.join(dir, 'none', 'thing'), async () => 'worked')).rejects.toMatchObject({
    kind: 'failure',
    message: expect.stringContaining('a directory in its path is missing'),
  });
});

describe('a suspended holder of a lock', () => {
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
      message: `Another twilio-org process took over ${file} while this one was suspended`,
    });
    expect(await second).toBe(true);
    expect(await readdir(dir)).toEqual([]);
  });

  it('continues when no process has taken over, and holds the lock again', async () => {
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

it('a lock that was left behind is given to many waiting processes one by one', async () => {
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

describe('the wait for a lock', () => {
  it('restarts with each holder, so that each process of a queue gets its turn', async () => {
    // The last waits for longer than its limit, and each holder takes a small part of it, also on a slow disk.
    const turns = Array.from({ length: 25 }, () =>
      withLock(file, () => new Promise((resolve) => setTimeout(resolve, 50)), { timeoutMs: 1_000 }),
    );
    expect(await Promise.all(turns)).toHaveLength(25);
  });

  it('restarts with each step of the holder, and ends for one that makes no progress', async () => {
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
    const waiting = withLock(file, async () => 'worked', { timeoutMs: 600 });
    await holder;
    expect([await waiting, steps]).toEqual(['worked', 8]);
  });
});
