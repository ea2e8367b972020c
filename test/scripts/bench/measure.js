import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const preload = fileURLToPath(new URL('../../support/usage.cjs', import.meta.url));
const nowhere = openSync(devNull, 'w');

/** Runs Node with this to its end: `time` and `cpu` time in milliseconds, `memory` at its peak in megabytes, and `stderr`. Throws when it fails. */
export async function measure(args, env, signal) {
  const started = performance.now();
  const child = spawn(process.execPath, ['--require', preload, ...args], {
    env,
    signal,
    stdio: ['ignore', nowhere, 'pipe', 'pipe'],
  });
  const [[code], messages, usage] = await Promise.all([
    once(child, 'close'),
    text(child.stderr),
    text(child.stdio[3]),
  ]);
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}:\n${messages}`);
  const { peakBytes, cpuSeconds } = JSON.parse(usage);
  const time = performance.now() - started;
  return { time, cpu: cpuSeconds * 1000, memory: peakBytes / 1e6, stderr: messages };
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
