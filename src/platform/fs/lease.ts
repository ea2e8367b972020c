/** Times of a lock; milliseconds. The tests' own build has shorter ones, and nothing else can change them. */
export interface Lease {
  /** After this time without renewal, the lock counts as left behind by a crash. */
  staleAfterMs: number;
  renewEveryMs: number;
  /** Wait for a holder that makes no progress: longer than `staleAfter`, to outlast one that crashed. */
  timeoutMs: number;
}

export const lease: Lease = { staleAfterMs: 10_000, renewEveryMs: 1_000, timeoutMs: 15_000 };
