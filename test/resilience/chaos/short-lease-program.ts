import { main } from '../../../src/main.ts';

// The program as it is built, but with the lease of `short-lease.ts`.
process.exitCode = await main(process);
