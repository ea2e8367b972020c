type Values<T extends readonly Promise<unknown>[]> = { [K in keyof T]: Awaited<T[K]> };

/**
 * The values of work that has begun at the same time. Of several errors it throws that of the first in the list, whichever came
 * first, so that a command fails the same way each time.
 */
export async function together<T extends readonly Promise<unknown>[]>(...work: T): Promise<Values<T>> {
  for (const each of work) ignoreFailure(each);
  const values: unknown[] = [];
  for (const each of work) values.push(await each);
  return values as Values<T>;
}

/** Lets work go on whose error is thrown where it is awaited later, if at all. */
export function ignoreFailure(work: Promise<unknown>): void {
  work.catch(() => undefined);
}

/**
 * The results for each value, in the order of the values, with up to `concurrency` at the same time. After a failure none begins; of
 * several errors it throws that of the first value.
 */
export async function mapConcurrently<T, R>(
  values: readonly T[],
  concurrency: number,
  resultOf: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const errors = new Map<number, unknown>();
  let next = 0;
  async function work(): Promise<void> {
    while (next < values.length && errors.size === 0) {
      const index = next++;
      try {
        results[index] = await resultOf(values[index] as T);
      } catch (error) {
        errors.set(index, error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, values.length) }, work));
  const [first] = [...errors.keys()].sort((a, b) => a - b);
  if (first !== undefined) throw errors.get(first);
  return results;
}

/** The same items, of which the first is being read already. */
export function readAhead<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<T>> | undefined = iterator.next();
  ignoreFailure(first);
  const ahead: AsyncIterator<T> = {
    next() {
      const item = first ?? iterator.next();
      first = undefined;
      return item;
    },
    return: async (value) => (await iterator.return?.(value)) ?? { done: true, value },
  };
  return { [Symbol.asyncIterator]: () => ahead };
}
