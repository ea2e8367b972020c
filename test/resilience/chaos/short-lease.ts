import type { Lease } from '../../../src/platform/fs/lease.ts';

/** In the place of `src/platform/fs/lease.ts`: nothing but another build can make a lease shorter. */
export const lease: Lease = { staleAfter: 400, renewEvery: 50, patience: 20_000 };
