import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const preload = fileURLToPath(new URL('peak-memory.cjs', import.meta.url));
const nowhere = openSync(devNull, 'w');

/** How long Node takes to run this and end, in milliseconds. Throws when it fails. */
export async function time(args, env) {
  const started = performance.now();
  await ended(spawn(process.execPath, args, { env, stdio: ['ignore', nowhere, 'pipe'] }), args);
  return performance.now() - started;
}

/** The most memory that Node holds while it runs this, in megabytes. Throws when it fails. */
export async function memory(args, env) {
  const stdio = ['ignore', nowhere, 'pipe', 'pipe'];
  const child = spawn(process.execPath, ['--require', preload, ...args], { env, stdio });
  const [peak] = await Promise.all([text(child.stdio[3]), ended(child, args)]);
  return Number(peak) / 1e6;
}

async function ended(child, args) {
  const [[code], messages] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}:\n${messages}`);
}

/**
 * The ratios of pairs measured right after one another, so that whatever else the machine does weighs on both: their
 * median, and the lower end of the interval that holds the true median with about 95 % (by the sign test).
 *
 * @param pairs as [ours, bare]
 */
export function compare(pairs) {
  const ratios = sorted(pairs.map(([ours, bare]) => ours / bare));
  const count = ratios.length;
  const rank = Math.max(1, Math.floor((count - 1.96 * Math.sqrt(count)) / 2));
  return {
    ours: median(pairs.map(([ours]) => ours)),
    bare: median(pairs.map(([, bare]) => bare)),
    ratio: median(ratios),
    atLeast: ratios[rank - 1],
  };
}

function median(values) {
  return sorted(values)[Math.floor(values.length / 2)];
}

function sorted(values) {
  return values.toSorted((a, b) => a - b);
}
