import { expect, onTestFinished, test, vi } from 'vitest';
import { createSaver } from '../../../../src/sandbox/state/debounced-save.ts';

test('a debounced save saves many changes at once', async () => {
  let saves = 0;
  const saver = createSaver(async () => {
    saves += 1;
  }, 5);
  for (let number = 0; number < 10; number += 1) saver.changed();
  await expect.poll(() => saves).toBe(1);
  saver.changed();
  await saver.flush();
  expect(saves).toBe(2);
});

test('a debounced save runs once at a time', async () => {
  let running = 0;
  let most = 0;
  const saver = createSaver(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
  }, 0);
  await Promise.all([saver.flush(), saver.flush(), saver.flush()]);
  expect(most).toBe(1);
});

test('a debounced save that fails rejects for its waiters, and the next change is saved', async () => {
  let saves = 0;
  const saver = createSaver(async () => {
    saves += 1;
    if (saves === 1) throw new Error('disk full');
  });
  await expect(saver.flush()).rejects.toThrow('disk full');
  await saver.flush();
  expect(saves).toBe(2);
});

test('a flushed debounced save has nothing left to save', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let saves = 0;
  const saver = createSaver(async () => {
    saves += 1;
  });
  saver.changed();
  await saver.flush();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(saves).toBe(1);
});
