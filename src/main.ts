import { setMaxListeners } from 'node:events';
import { closeSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { bugHint, bugMessage, reportError } from './cli/report-error.ts';
import type { Runtime } from './cli/runtime.ts';
import { takeSecretsFromEnv } from './platform/core/child-env.ts';
import { AppError, exitCodes, isBrokenPipe } from './platform/core/errors.ts';
import { createJobControl } from './platform/terminal/job-control.ts';
import { outputStream } from './platform/terminal/streams.ts';
import { profileCommands, runProgram } from './program.ts';

/** How long an orderly end may take; milliseconds. */
const longestEnd = 5_000;

/** Runs the program as this process; gives its exit code. */
export async function main(process: NodeJS.Process): Promise<number> {
  const args = process.argv.slice(2);
  const stop = new AbortController();
  // Many requests and waits at the same time listen to it: Node would take more than ten for a leak, and say so.
  setMaxListeners(0, stop.signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const unlisten = () => {
    for (const name of signals) process.off(name, onSignal);
  };
  let soften: (() => void) | undefined;
  let hungUp = false;
  function onSignal(name: NodeJS.Signals): void {
    // A terminal that is closed says so more than once: itself, and through the shell that ends.
    if (name === 'SIGHUP' && hungUp) return;
    hungUp ||= name === 'SIGHUP';
    if (soften !== undefined) {
      const first = soften;
      soften = undefined;
      first();
      return;
    }
    if (stop.signal.aborted) {
      // Whoever asks twice does not want to wait for an orderly end.
      unlisten();
      endNow(process, name);
    }
    stop.abort(new AppError('cancelled', 'Cancelled'));
    // Nothing calls back a thread that the system holds, such as in a pipe that nobody writes to.
    setTimeout(() => {
      unlisten();
      endNow(process, name);
    }, longestEnd).unref();
  }
  // Not `once`: without a listener, inquirer's own would end the process in the middle of a question.
  for (const name of signals) process.on(name, onSignal);
  // A file that may not grow any more is an error of the write. A library of locks would end the program instead.
  process.on('SIGXFSZ', () => undefined);
  let stdout: NodeJS.WriteStream | undefined;
  let stderr: NodeJS.WriteStream | undefined;
  const env = takeSecretsFromEnv(process.env);
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') dropUntrueWarning(process);
  const runtime: Runtime = {
    env,
    // Node opens each stream when it is first looked at, and help needs but one.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      stdout ??= outputStream(process, 'stdout');
      return stdout;
    },
    get stderr() {
      stderr ??= outputStream(process, 'stderr');
      return stderr;
    },
    platform: process.platform,
    home: env.HOME || env.USERPROFILE || homeOfUser(),
    signal: stop.signal,
    onFirstStop(first) {
      soften = first;
      return () => {
        soften = undefined;
      };
    },
    job: createJobControl(process),
    now: Date.now,
  };
  // Node ends a program that has nothing left to wait for, in the middle of its work and without a word.
  const unfinished = () => {
    process.exitCode = exitCodes.failure;
    runtime.stderr.write(`error: ${bugMessage('it ended before its work did')}\n${bugHint}\n`);
  };
  process.once('exit', unfinished);
  // Messages are written without waiting, so this is known at the end alone.
  process.once('exit', () => {
    if (stderr?.errored && !isBrokenPipe(stderr.errored)) process.exitCode ||= exitCodes.failure;
  });
  try {
    return await run(args, runtime);
  } finally {
    unlisten();
    process.off('exit', unfinished);
  }
}

/**
 * Ends a process of which a thread is held by the system, by the signal: an exit would wait for that thread. The first
 * process of a container can't be ended by its own signal. It becomes another program, where Node can do that, or crashes.
 */
function endNow(process: NodeJS.Process, name: NodeJS.Signals): void {
  if (process.stdin.isTTY && process.stdin.isRaw) process.stdin.setRawMode(false);
  process.kill(process.pid, name);
  if (process.pid !== 1) return;
  const { execve } = process as { execve?: (file: string, args: string[]) => void };
  // Node would say that this is experimental.
  process.removeAllListeners('warning');
  const code = `process.exitCode = ${exitCodes.cancelled}`;
  execve?.call(process, process.execPath, [process.execPath, '--eval', code]);
  // Without the trace of a crash, which it is in name alone.
  writeSync(2, 'error: Cancelled\n');
  closeSync(2);
  process.abort();
}

/** Node warns that TLS is not verified with NODE_TLS_REJECT_UNAUTHORIZED=0, which is not honoured here. */
function dropUntrueWarning(process: NodeJS.Process): void {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.message.includes('NODE_TLS_REJECT_UNAUTHORIZED')) return;
    for (const listener of listeners) listener.call(process, warning);
  });
}

/** What the system knows of the user; nothing for a user that it does not know. */
function homeOfUser(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

/** Runs the program with these arguments; gives its exit code. Every error ends here. */
export async function run(args: readonly string[], runtime: Runtime): Promise<number> {
  try {
    await runProgram(packageJson.version, args, runtime);
    return 0;
  } catch (thrown) {
    // It has what it wanted.
    if (isBrokenPipe(thrown)) return 0;
    return exitCodes[await reportError(thrown, args, runtime, profileCommands)];
  }
}
