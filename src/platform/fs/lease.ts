/** Times of a lock; milliseconds. The tests' own build has shorter ones, and nothing else can change them. */
export interface Lease {
  /** After this time without renewal, the lock counts as left behind by a crash. */
  staleAfter: number;
  renewEvery: number;
  /** Wait for a holder that makes no progress: longer than `staleAfter`, to outlast one that crashed. */
  patience: number;
}

export const lease: Lease = { staleAfter: 10_000, renewEvery: 1_000, patience: 15_000 };
