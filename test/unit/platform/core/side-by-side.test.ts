import { expect, test } from 'vitest';
import { mapConcurrently, readAhead, together } from '../../../../src/platform/core/side-by-side.ts';

test('work side by side gives its values in order', async () => {
  expect(await together(Promise.resolve(1), Promise.resolve('two'))).toEqual([1, 'two']);
});

test('of several errors side by side, that of the first in the list is thrown, whichever came first', async () => {
  let failFirst: (error: Error) => void = () => undefined;
  const first = new Promise<never>((_, reject) => {
    failFirst = reject;
  });
  const both = together(first, Promise.reject(new Error('second')));
  setImmediate(() => failFirst(new Error('first')));
  await expect(both).rejects.toThrow('first');
  await expect(together(Promise.resolve(1), Promise.reject(new Error('second')))).rejects.toThrow('second');
});

test('values are worked on in their order, a few at a time', async () => {
  const begun: number[] = [];
  let [busy, most] = [0, 0];
  const results = await mapConcurrently([1, 2, 3, 4, 5], 2, async (value) => {
    begun.push(value);
    most = Math.max(most, ++busy);
    await new Promise(setImmediate);
    busy -= 1;
    return value * 10;
  });
  expect({ results, begun, most }).toEqual({
    results: [10, 20, 30, 40, 50],
    begun: [1, 2, 3, 4, 5],
    most: 2,
  });
  expect(await mapConcurrently([], 2, async () => 1)).toEqual([]);
});

test('after a failure no work begins, what is in progress ends first, and the error is that of the first value', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = mapConcurrently([1, 2, 3], 2, async (value) => {
    begun.push(value);
    if (value === 1) await new Promise(setImmediate);
    ended.push(value);
    throw new Error(`error of ${value}`);
  });
  await expect(work).rejects.toThrow('error of 1');
  expect({ begun, ended }).toEqual({ begun: [1, 2], ended: [2, 1] });
});

test('the first of some items is read before they are asked for, and the reader can stop', async () => {
  const events: string[] = [];
  async function* items() {
    try {
      events.push('first');
      yield 1;
      events.push('second');
      yield 2;
    } finally {
      events.push('closed');
    }
  }
  const ahead = readAhead(items());
  expect(events).toEqual(['first']);
  for await (const item of ahead) if (item === 2) break;
  expect(events).toEqual(['first', 'second', 'closed']);
});

test('an error of an item that was read ahead is thrown to the reader alone', async () => {
  // biome-ignore lint/correctness/useYield: it fails before its first item
  async function* items(): AsyncGenerator<number> {
    throw new Error('broken');
  }
  readAhead(items());
  const ahead = readAhead(items());
  await new Promise(setImmediate);
  await expect(ahead[Symbol.asyncIterator]().next()).rejects.toThrow('broken');
});
