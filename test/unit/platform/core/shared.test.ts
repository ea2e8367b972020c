import { expect, test } from 'vitest';
import { shared } from '../../../../src/platform/core/shared.ts';

test('a shared value is made again once it is not usable', async () => {
  let made = 0;
  const get = shared(async () => ++made);
  expect(await get(() => true)).toBe(1);
  expect(await get((value) => value === 1)).toBe(1);
  expect(await get((value) => value > 1)).toBe(2);
});

test('callers that wait for a shared value get the same one', async () => {
  let made = 0;
  const get = shared(async () => ++made);
  await get(() => true);
  const fresh = (value: number) => value > 1;
  expect(await Promise.all([get(fresh), get(fresh), get(fresh)])).toEqual([2, 2, 2]);
});

test('a shared value that could not be made is tried again by the next caller', async () => {
  let tries = 0;
  const get = shared(async () => {
    tries += 1;
    if (tries === 1) throw new Error('no');
    return tries;
  });
  const both = await Promise.allSettled([get(() => true), get(() => true)]);
  expect(both.map(({ status }) => status)).toContain('rejected');
  expect(await get(() => true)).toBeGreaterThan(1);
});
