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

/** Time for an orderly end after a signal. */
const maxShutdownMs = 5_000;

/** Runs the program as this process. Returns the exit code. */
export async function main(process: NodeJS.Process): Promise<number> {
  const args = process.argv.slice(2);
  const stop = new AbortController();
  // Many concurrent requests and waits listen to it; Node would warn of a leak at more than ten.
  setMaxListeners(0, stop.signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const unlisten = () => {
    for (const name of signals) process.off(name, onSignal);
  };
  let soften: ((name: NodeJS.Signals) => void) | undefined;
  let hungUp = false;
  function onSignal(name: NodeJS.Signals): void {
    // A closed terminal sends SIGHUP twice: itself, and through the shell that ends.
    if (name === 'SIGHUP' && hungUp) return;
    hungUp ||= name === 'SIGHUP';
    if (soften !== undefined) {
      const first = soften;
      soften = undefined;
      first(name);
      return;
    }
    if (stop.signal.aborted) {
      // A second signal asks for an immediate end.
      unlisten();
      endNow(process, name);
    }
    stop.abort(new AppError('cancelled', 'Cancelled'));
    // A thread that blocks in the system, such as on a pipe without a writer, never comes back.
    setTimeout(() => {
      unlisten();
      endNow(process, name);
    }, maxShutdownMs).unref();
  }
  // Not `once`: without a listener, inquirer's own would end the process in the middle of a question.
  for (const name of signals) process.on(name, onSignal);
  // A file at its size limit is then an error of the write; the lock library would end the program instead.
  process.on('SIGXFSZ', () => undefined);
  let stdout: NodeJS.WriteStream | undefined;
  let stderr: NodeJS.WriteStream | undefined;
  const env = takeSecretsFromEnv(process.env);
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') dropFalseTlsWarning(process);
  const runtime: Runtime = {
    env,
    // Node opens each stream on first access, and help needs only one.
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
  // Node silently ends a program whose event loop is empty, even in the middle of its work.
  const unfinished = () => {
    process.exitCode = exitCodes.failure;
    runtime.stderr.write(`error: ${bugMessage('it ended before its work did')}\n${bugHint}\n`);
  };
  process.once('exit', unfinished);
  // Messages are written without waiting, so a failed write is known only at the end.
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
 * Ends the process by the signal, because an exit would wait for a thread that blocks in the system. The first process of
 * a container ignores its own signal: it becomes another program, where Node can do that, or crashes.
 */
function endNow(process: NodeJS.Process, name: NodeJS.Signals): void {
  if (process.stdin.isTTY && process.stdin.isRaw) process.stdin.setRawMode(false);
  process.kill(process.pid, name);
  if (process.pid !== 1) return;
  const { execve } = process as { execve?: (file: string, args: string[]) => void };
  // Drops Node's warning that this is experimental.
  process.removeAllListeners('warning');
  const code = `process.exitCode = ${exitCodes.cancelled}`;
  execve?.call(process, process.execPath, [process.execPath, '--eval', code]);
  // Closed, so that the abort prints no stack trace: this is no crash.
  writeSync(2, 'error: Cancelled\n');
  closeSync(2);
  process.abort();
}

/** Node warns that NODE_TLS_REJECT_UNAUTHORIZED=0 turns verification off, but this program ignores that variable. */
function dropFalseTlsWarning(process: NodeJS.Process): void {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.message.includes('NODE_TLS_REJECT_UNAUTHORIZED')) return;
    for (const listener of listeners) listener.call(process, warning);
  });
}

/** The home directory that the system knows; empty for a user that it does not know. */
function homeOfUser(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

/** Runs the program with these arguments. Returns the exit code; every error ends here. */
export async function run(args: readonly string[], runtime: Runtime): Promise<number> {
  try {
    await runProgram(packageJson.version, args, runtime);
    return 0;
  } catch (thrown) {
    // The reader has what it wanted.
    if (isBrokenPipe(thrown)) return 0;
    return exitCodes[await reportError(thrown, args, runtime, profileCommands)];
  }
}
