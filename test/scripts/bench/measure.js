import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Command a program to run
 * @property {string[]} argv the file and its arguments
 * @property {NodeJS.ProcessEnv} env
 * @property {string} [stdin] a file
 * @property {number[]} [exitCodes] the expected ones; 0 by default
 *
 * @typedef {object} Usage of a whole process
 * @property {number} cpu user and system time in milliseconds, with that of its children
 * @property {number} time in milliseconds
 * @property {number} memory the peak in megabytes, of the process alone; NaN unless asked for
 * @property {string} stdout empty unless asked for
 * @property {string} stderr
 */

const preload = fileURLToPath(new URL('../../support/usage.cjs', import.meta.url));
/** Bash measures its children with getrusage, and so adds nothing to the process; every Linux and macOS has it. */
const bashScript = 'exec 4>&2; { time "$@" 2>&4 3>&- 4>&-; } 2>&3';
const hasBash = spawnSync('bash', ['-c', 'exit 7']).status === 7;

/**
 * Runs a command to its end. Throws when it fails. `memory` and the CPU time where there is no bash need a preloaded
 * script, which takes some milliseconds itself.
 *
 * @param {Command} command
 * @param {{ memory?: boolean, stdout?: boolean, signal?: AbortSignal }} [options]
 * @returns {Promise<Usage>}
 */
export async function measure(command, { memory = false, stdout = false, signal } = {}) {
  const isPreloaded = memory || !hasBash;
  const argv = isPreloaded ? preloaded(command.argv) : ['bash', '-c', bashScript, 'bash', ...command.argv];
  const env = isPreloaded ? command.env : { ...command.env, TIMEFORMAT: '%3U %3S' };
  const input = openSync(command.stdin ?? devNull, 'r');
  const startMs = performance.now();
  const child = spawn(argv[0], argv.slice(1), {
    env,
    signal,
    // As in scripts. For a device, such as /dev/null, help asks for the width of a terminal.
    stdio: [input, 'pipe', 'pipe', 'pipe'],
  });
  closeSync(input);
  if (!stdout) child.stdout.resume();
  const [[code], printed, stderr, report] = await Promise.all([
    once(child, 'close'),
    stdout ? text(child.stdout) : '',
    text(child.stderr),
    text(child.stdio[3]),
  ]);
  const time = performance.now() - startMs;
  if (!(command.exitCodes ?? [0]).includes(code)) {
    throw new Error(`${command.argv.join(' ').slice(0, 500)} ended with ${code}:\n${stderr.slice(0, 2000)}`);
  }
  return { ...(isPreloaded ? fromPreload(report) : fromBash(report)), time, stdout: printed, stderr };
}

function preloaded([node, ...args]) {
  return [node, '--require', preload, ...args];
}

function fromPreload(report) {
  const { peakBytes, cpuSeconds } = JSON.parse(report);
  return { cpu: cpuSeconds * 1000, memory: peakBytes / 1e6 };
}

/** Some locales write a decimal comma. */
function fromBash(report) {
  const [user, system] = report.replaceAll(',', '.').trim().split(' ').map(Number);
  return { cpu: (user + system) * 1000, memory: Number.NaN };
}
