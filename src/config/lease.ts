/** How long a lock holds; the tests' own build has shorter times here, and nothing else can change them. Milliseconds. */
export interface Lease {
  /** After this time without renewal, the lock counts as left behind by a crash. */
  staleAfter: number;
  renewEvery: number;
  /** How long to wait for a holder that gets no step further: longer than `staleAfter`, to outlast one that crashed. */
  patience: number;
}

export const lease: Lease = { staleAfter: 10_000, renewEvery: 1_000, patience: 15_000 };
