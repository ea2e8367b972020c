/** Times of a lock. Only a test build has shorter ones. */
export interface Lease {
  /** Time without renewal after which a lock counts as abandoned by a crash. */
  staleAfterMs: number;
  renewEveryMs: number;
  /** Wait for a holder that makes no progress. Longer than `staleAfterMs`, to outlast a crash. */
  timeoutMs: number;
}

export const lease: Lease = { staleAfterMs: 10_000, renewEveryMs: 1_000, timeoutMs: 15_000 };
