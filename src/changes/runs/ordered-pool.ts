/** Limits how many requests are sent at the same time. Work around a request, such as recording it, needs no slot. */
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

/** Results that may wait for an earlier item which takes longer. */
const maxQueued = 1000;

/**
 * Works on up to `concurrency` items at a time and yields the results in the order of the items. When the work fails or the
 * reader stops, no further item begins, and the items in progress are finished first.
 */
export async function* mapOrdered<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  resultOf: (index: number, item: T) => Promise<R>,
): AsyncGenerator<{ item: T; result: R }> {
  const queue: Promise<{ item: T; result: R }>[] = [];
  let busy = 0;
  let ended = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const changed = () => new Promise<void>((resolve) => waiting.push(resolve));
  async function beginAll(): Promise<void> {
    let index = 0;
    for await (const item of items) {
      while (!ended && (busy >= concurrency || queue.length >= maxQueued)) await changed();
      if (ended) return;
      busy += 1;
      const work = resultOf(index++, item).finally(() => {
        busy -= 1;
        wake();
      });
      const entry = work.then((result) => ({ item, result }));
      entry.catch(() => undefined);
      queue.push(entry);
      wake();
    }
  }
  const beginning = beginAll().finally(() => {
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
    // The caller closes the journal next, so the items in progress end first.
    ended = true;
    wake();
    await Promise.allSettled([beginning, ...queue]);
  }
}
