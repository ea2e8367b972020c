import { createServer } from 'node:net';

/** Below the ports that systems give to servers without a wish and to outgoing connections, of which a test run makes many. */
const [lowest, highest] = [10_000, 30_000];

/** Test files that run side by side take turns with the ports, so that none is given to two of them. */
const lanes = 32;
const lane = Number(process.env.VITEST_POOL_ID ?? 0) % lanes;
const perLane = (highest - lowest) / lanes;

let last = Math.floor(Math.random() * perLane);

/** A port of this process alone, at which nothing listens until somebody is told of it. */
export async function freePort(): Promise<number> {
  for (;;) {
    last = (last + 1) % perLane;
    const port = lowest + lane + lanes * last;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => probe.close(resolve));
  return free;
}
