import { readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { record } from './transcript.ts';

/** A program in a pseudo-terminal, as a person would run it. */
export interface Terminal {
  readonly pid: number;
  /** Everything printed so far, as it came. */
  raw(): string;
  /**
   * The same without escape sequences, and without what a busy machine alone shows: a line about a wait, which is cleared.
   * Lines of questions are in it once for each time they were drawn.
   */
  text(): string;
  /**
   * Waits for a text to be printed, after what an earlier wait found. Rejects with what was printed instead, when the
   * program ends or `timeout` milliseconds have passed.
   */
  waitFor(expected: string | RegExp, timeout?: number): Promise<void>;
  /** Types: `\r` is Enter, `\x03` Ctrl-C, `\x04` Ctrl-D, `\x1b[B` the arrow down. */
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** The exit code, once the program has ended by itself; 128 + the signal's number if it was killed. */
  readonly exited: Promise<number>;
  /** Closes the terminal, as when its window is closed or the connection is lost. */
  hangUp(): void;
  /** Kills what still runs. */
  close(): void;
}

export interface TerminalOptions {
  cwd?: string;
  /** The whole environment; TERM is set. */
  env?: Record<string, string | undefined>;
  columns?: number;
  rows?: number;
  /** Sends stdout to this file, so that only stdin and stderr are the terminal. */
  stdoutFile?: string;
}

/** Reads what the system still holds of the output, until it has no more or the terminal is closed. */
function readRest({ fd }: { fd: number }, take: (data: Buffer) => void): void {
  const buffer = Buffer.alloc(64 * 1024);
  try {
    for (let length = 1; length > 0; take(buffer.subarray(0, length))) length = readSync(fd, buffer);
  } catch (error) {
    if (!/EAGAIN|EIO|EBADF/.test(String(error))) throw error;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one.
const clearedLine = /[^\n]*\r\x1b\[K/g;

export function openTerminal(file: string, args: string[], options: TerminalOptions = {}): Terminal {
  const { cwd, env = process.env, columns = 80, rows = 24, stdoutFile } = options;
  const [command, argv] =
    stdoutFile === undefined
      ? [file, args]
      : ['/bin/sh', ['-c', 'out=$1; shift; exec "$@" >"$out"', 'sh', stdoutFile, file, ...args]];
  const pty = spawn(command, argv, {
    name: 'xterm-256color',
    cols: columns,
    rows,
    encoding: null,
    // An undefined variable would be passed on as the text "undefined".
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    ...(cwd === undefined ? {} : { cwd }),
  });

  let printed = '';
  let found = 0;
  let ended = false;
  let isHangingUp = false;
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const decoder = new StringDecoder();
  const take = (data: Buffer): void => {
    printed += decoder.write(data);
    notify();
  };
  pty.onData((data) => take(data as unknown as Buffer));
  // A terminal gives 4 KiB a read. When the program has ended, libuv takes the first of these for the last, and node-pty
  // waits no longer than 200 ms: on a busy machine the end of the output would be lost.
  const { _socket: socket } = pty as unknown as { _socket: ReadStream };
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    if (!isHangingUp && !socket.destroyed) readRest(pty as unknown as { fd: number }, take);
    return destroy(error);
  };
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      ended = true;
      record(args.slice(1), { stdout: stripVTControlCharacters(printed) }, env);
      resolve(signal ? 128 + signal : exitCode);
      notify();
    });
  });

  function find(expected: string | RegExp): boolean {
    const text = stripVTControlCharacters(printed);
    const rest = text.slice(found);
    const index = typeof expected === 'string' ? rest.indexOf(expected) : rest.search(expected);
    if (index < 0) return false;
    const length = typeof expected === 'string' ? expected.length : (expected.exec(rest)?.[0].length ?? 0);
    found += index + length;
    return true;
  }

  return {
    pid: pty.pid,
    raw: () => printed,
    text: () => stripVTControlCharacters(printed.replaceAll(clearedLine, '')),
    waitFor(expected, timeout = 120_000) {
      return new Promise((resolve, reject) => {
        const done = (error?: Error): void => {
          clearTimeout(timer);
          listeners.delete(check);
          if (error === undefined) resolve();
          else reject(error);
        };
        const fail = (why: string): void =>
          done(
            new Error(
              `${why} before ${expected} was printed, but this:\n${stripVTControlCharacters(printed)}`,
            ),
          );
        const check = (): void => {
          if (find(expected)) done();
          else if (ended) fail('The program ended');
        };
        const timer = setTimeout(() => fail(`${timeout} ms passed`), timeout);
        listeners.add(check);
        check();
      });
    },
    type: (keys) => pty.write(keys),
    resize: (newColumns, newRows) => pty.resize(newColumns, newRows),
    exited,
    hangUp() {
      isHangingUp = true;
      (pty as unknown as { destroy(): void }).destroy();
    },
    close() {
      if (!ended) pty.kill('SIGKILL');
    },
  };
}
