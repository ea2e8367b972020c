import { expect, test } from 'vitest';
import { once } from '../../../../src/platform/core/once.ts';

test('work is done at the first call, and every call gets its result', async () => {
  let runs = 0;
  const get = once(async () => ++runs);
  expect(runs).toBe(0);
  expect(await Promise.all([get(), get()])).toEqual([1, 1]);
  expect(await get()).toBe(1);
});

test('a failure is the result of every call', async () => {
  let runs = 0;
  const get = once(async () => {
    runs += 1;
    throw new Error('no');
  });
  await expect(get()).rejects.toThrow('no');
  await expect(get()).rejects.toThrow('no');
  expect(runs).toBe(1);
});
