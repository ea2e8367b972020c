import { availableParallelism, cpus, loadavg } from 'node:os';

const probes = 8;
const busyFactor = 1.4;

/**
 * Tells whether the machine has other work: an empty file takes longer by the clock then. Waiting for a processor
 * does not count as CPU time, so only numbers by the clock are worthless then.
 *
 * @param {import('./session.js').Session} session
 */
export async function watchQuietness(session) {
  const probe = async () => {
    return session.measure({ argv: session.bareScript('empty.mjs'), env: session.env });
  };
  let bestMs = Infinity;
  for (let count = 0; count < probes; count++) bestMs = Math.min(bestMs, (await probe()).time);
  const factors = [];
  return {
    /** The time of an empty file now, as a multiple of its best or of its CPU time. */
    async now() {
      const { time, cpu } = await probe();
      bestMs = Math.min(bestMs, time);
      factors.push(Math.max(time / bestMs, time / cpu));
      return factors.at(-1);
    },
    isBusy: (factor) => factor > busyFactor || loadavg()[0] > 2 * availableParallelism(),
    warning() {
      const busy = factors.filter((factor) => factor > busyFactor).length;
      if (busy <= factors.length / 10 && loadavg()[0] <= availableParallelism() + 1) return undefined;
      return `The machine had other work (load ${loadavg()[0].toFixed(1)}; after ${busy} of ${factors.length} rows an empty file took more than ${busyFactor} times its best or its CPU time): times by the clock are too long, and CPU times less exact.`;
    },
  };
}

export function machine() {
  const [{ model }] = cpus();
  return `${availableParallelism()} cores of ${model.trim()}, ${process.platform}, Node ${process.versions.node}`;
}
