import type { Lease } from '../../../src/platform/fs/lease.ts';

/** In the place of `src/platform/fs/lease.ts`: nothing but another build can make a lease shorter. */
export const lease: Lease = { staleAfterMs: 400, renewEveryMs: 50, timeoutMs: 20_000 };
