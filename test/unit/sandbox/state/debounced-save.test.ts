import { expect, onTestFinished, test, vi } from 'vitest';
import { createSaver } from '../../../../src/sandbox/state/debounced-save.ts';

test('many changes at once are saved once', async () => {
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

test('one save at a time', async () => {
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

test('a save that fails rejects where it is waited for, and the next one is tried', async () => {
  let saves = 0;
  const saver = createSaver(async () => {
    saves += 1;
    if (saves === 1) throw new Error('disk full');
  });
  await expect(saver.flush()).rejects.toThrow('disk full');
  await saver.flush();
  expect(saves).toBe(2);
});

test('after flush nothing is left to be saved', async () => {
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
