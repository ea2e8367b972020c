import type { ItemResult } from './outcomes.ts';

/** So many may send at the same time. What is done before and after sending, such as writing it down, needs no slot. */
export interface Semaphore {
  acquire(): Promise<void>;
  release(): void;
}

export function createSemaphore(count: number): Semaphore {
  let left = count;
  const waiting: (() => void)[] = [];
  return {
    async acquire() {
      if (left > 0) left -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next === undefined) left += 1;
      else next();
    },
  };
}

/** How many results may wait for an earlier one that takes its time. */
const longestQueue = 1000;

/** Works on up to `concurrency` items at a time and gives the results in the order of the items. */
export async function* mapOrdered<T>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  resultOf: (index: number, item: T) => Promise<ItemResult>,
): AsyncGenerator<[T, ItemResult]> {
  const queue: Promise<[T, ItemResult]>[] = [];
  let busy = 0;
  let ended = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const changed = () => new Promise<void>((resolve) => waiting.push(resolve));
  async function begin(): Promise<void> {
    let index = 0;
    for await (const item of items) {
      while (!ended && (busy >= concurrency || queue.length >= longestQueue)) await changed();
      if (ended) return;
      busy += 1;
      const result = resultOf(index++, item).finally(() => {
        busy -= 1;
        wake();
      });
      const entry = result.then((value): [T, ItemResult] => [item, value]);
      entry.catch(() => undefined);
      queue.push(entry);
      wake();
    }
  }
  const beginning = begin().finally(() => {
    ended = true;
    wake();
  });
  beginning.catch(() => undefined);
  try {
    for (;;) {
      const next = queue[0];
      if (next !== undefined) {
        const value = await next;
        queue.shift();
        wake();
        yield value;
      } else if (ended) break;
      else await changed();
    }
    await beginning;
  } finally {
    // What is under way is finished before anybody closes the journal.
    ended = true;
    wake();
    await Promise.allSettled([beginning, ...queue]);
  }
}
