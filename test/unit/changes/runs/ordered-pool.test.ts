import { describe, expect, test } from 'vitest';
import { createSemaphore, mapOrdered } from '../../../../src/changes/runs/ordered-pool.ts';
import { collect } from '../../../support/plans.ts';

/** Work that ends when the test says so. */
function manualWork() {
  const ends = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const started: number[] = [];
  return {
    started,
    resultOf: (index: number) =>
      new Promise<string>((resolve, reject) => {
        started.push(index);
        ends.set(index, { resolve, reject });
      }),
    end: (index: number) => ends.get(index)?.resolve(`result ${index}`),
    fail: (index: number) => ends.get(index)?.reject(new Error(`failure ${index}`)),
  };
}

/** Lets everything that waits for nothing else go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a pool that keeps the order of its items', () => {
  test('yields a result that came early after those before it', async () => {
    const { resultOf, end } = manualWork();
    const results = collect(mapOrdered(['a', 'b', 'c'], 3, resultOf));
    await settled();
    for (const index of [2, 1, 0]) end(index);
    expect(await results).toEqual([
      { item: 'a', result: 'result 0' },
      { item: 'b', result: 'result 1' },
      { item: 'c', result: 'result 2' },
    ]);
  });

  test('works on no more items at a time than it may, and on the next as soon as one ends', async () => {
    const { resultOf, end, started } = manualWork();
    const results = collect(mapOrdered([0, 1, 2, 3], 2, resultOf));
    await settled();
    expect(started).toEqual([0, 1]);
    end(1);
    await settled();
    expect(started).toEqual([0, 1, 2]);
    for (const index of [0, 2]) end(index);
    await settled();
    end(3);
    expect(await results).toHaveLength(4);
  });

  test('reads items only as it works on them', async () => {
    const { resultOf, end } = manualWork();
    let read = 0;
    async function* items() {
      for (;;) yield read++;
    }
    const results = mapOrdered(items(), 2, resultOf);
    const first = results.next();
    await settled();
    expect(read).toBe(3);
    for (const index of [0, 1]) end(index);
    await first;
    await settled();
    const closed = results.return(undefined);
    for (const index of [2, 3]) end(index);
    await closed;
  });

  test('finishes the items in progress before it reports a failure, and begins no others', async () => {
    const { resultOf, end, fail, started } = manualWork();
    const events: string[] = [];
    const results = collect(mapOrdered([0, 1, 2, 3], 2, resultOf)).catch((error: Error) => {
      events.push(error.message);
    });
    await settled();
    fail(0);
    await settled();
    expect(events).toEqual([]);
    for (const index of started) end(index);
    await results;
    expect(events).toEqual(['failure 0']);
    expect(started.length).toBeLessThan(4);
  });

  test('finishes the items in progress when its reader stops', async () => {
    const { resultOf, end, started } = manualWork();
    const results = mapOrdered([0, 1, 2, 3, 4], 2, resultOf);
    const first = results.next();
    await settled();
    end(0);
    await first;
    await settled();
    let isClosed = false;
    const closed = results.return(undefined).then(() => {
      isClosed = true;
    });
    await settled();
    expect(isClosed).toBe(false);
    for (const index of started) end(index);
    await closed;
    expect(started).toEqual([0, 1, 2]);
  });

  test('reports a failure of its source after the results before it', async () => {
    const seen: string[] = [];
    async function* items() {
      yield 'a';
      throw new Error('The file is gone');
    }
    await expect(
      (async () => {
        for await (const { item } of mapOrdered(items(), 1, async () => '')) seen.push(item);
      })(),
    ).rejects.toThrow('The file is gone');
    expect(seen).toEqual(['a']);
  });
});

test('a semaphore gives its slots in the order in which they were asked for', async () => {
  const slots = createSemaphore(1);
  const order: string[] = [];
  await slots.acquire();
  const waiting = ['first', 'second'].map((name) => slots.acquire().then(() => order.push(name)));
  await settled();
  expect(order).toEqual([]);
  slots.release();
  await settled();
  expect(order).toEqual(['first']);
  slots.release();
  await Promise.all(waiting);
  expect(order).toEqual(['first', 'second']);
});
