import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { record } from './transcript.ts';

export interface KeychainRun {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/** Throw-away: it protects what a test wrote into a folder that the test removes. */
const password = 'throw-away';

const session = `
  printf %s ${password} | gnome-keyring-daemon "$0" --components=secrets >/dev/null 2>&1 || exit 125
  exec "$@" 2>&3 3>&-
`;

/**
 * Runs `node ...args` in a desktop session of its own with a real gnome-keyring, whose keychain is kept under `home`:
 * two runs with the same home see the same keychain. With `locked`, nobody has unlocked it and nobody answers the
 * question for its password.
 */
export async function runWithKeychain(
  args: string[],
  options: { home: string; locked?: boolean; env?: Record<string, string> },
): Promise<KeychainRun> {
  const runtime = path.join(options.home, 'run');
  await mkdir(runtime, { recursive: true, mode: 0o700 });
  const start = options.locked ? '--start' : '--unlock';
  const result = await execa(
    'dbus-run-session',
    ['--', 'sh', '-c', session, start, process.execPath, ...args],
    {
      env: {
        PATH: process.env.PATH,
        HOME: options.home,
        XDG_RUNTIME_DIR: runtime,
        ...options.env,
      },
      extendEnv: false,
      // The session's own chatter goes to stderr; the program's is kept apart from it on a fourth stream.
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      reject: false,
      timeout: 60_000,
    },
  );
  const [stdout, stderr] = [String(result.stdout), String(result.stdio[3])];
  record(args.slice(1), stdout, stderr);
  return { exitCode: result.exitCode, stdout, stderr };
}
