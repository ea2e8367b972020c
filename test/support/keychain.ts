import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { record } from './transcript.ts';

export interface KeychainRun {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/** Three seconds are the usual limit, in which a busy machine may not run the keychain. */
export const patient = { TWILIO_ORG_KEYCHAIN_TIMEOUT: '120' };

/** Throw-away: it protects what a test wrote into a folder that the test removes. */
const password = 'throw-away';

const withKeychain = `
  printf %s ${password} | gnome-keyring-daemon "$0" --components=secrets >/dev/null 2>&1 || exit 125
  exec "$@" 2>&3 3>&-
`;
const withoutKeychain = 'exec "$@" 2>&3 3>&-';

/** Rules of a session bus, added to a policy that allows everything. */
const buses = {
  /** It starts no service by itself. */
  'without services': '',
  'that denies the keychain': '<deny send_destination="org.freedesktop.secrets"/>',
};

function busConfig(rule: string): string {
  return `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    ${rule}
  </policy>
</busconfig>
`;
}

/**
 * Runs `node ...args` in a desktop session of its own with a real gnome-keyring, whose keychain is kept under `home`:
 * two runs with the same home see the same keychain. With `locked`, nobody has unlocked it and nobody answers the
 * question for its password; with `bus` it is another bus than the system's own, and `without services` on it no keychain.
 */
export async function runWithKeychain(
  args: string[],
  options: { home: string; locked?: boolean; bus?: keyof typeof buses; env?: Record<string, string> },
): Promise<KeychainRun> {
  await mkdir(options.home, { recursive: true });
  // Sockets are in it, whose paths have about a hundred bytes at most.
  const runtime = await mkdtemp('/tmp/twilio-org-run-');
  const { bus } = options;
  const config = path.join(runtime, 'bus.conf');
  if (bus !== undefined) await writeFile(config, busConfig(buses[bus]));
  const session = bus === 'without services' ? withoutKeychain : withKeychain;
  const start = options.locked ? '--start' : '--unlock';
  const result = await execa(
    'dbus-run-session',
    [
      ...(bus === undefined ? [] : [`--config-file=${config}`]),
      ...['--', 'sh', '-c', session, start, process.execPath, ...args],
    ],
    {
      env: {
        PATH: process.env.PATH,
        HOME: options.home,
        XDG_RUNTIME_DIR: runtime,
        ...patient,
        ...options.env,
      },
      extendEnv: false,
      // The session's own chatter goes to stderr; the program's is kept apart from it on a fourth stream.
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      reject: false,
      timeout: 600_000,
    },
  ).finally(() => rm(runtime, { recursive: true, force: true, maxRetries: 10 }));
  const [stdout, stderr] = [String(result.stdout), String(result.stdio[3])];
  record(args.slice(1), { stdout, stderr }, options.env);
  return { exitCode: result.exitCode, stdout, stderr };
}

/**
 * Starts a desktop session with a real, unlocked gnome-keyring for many commands, and gives the variables that lead to it.
 * `stop` ends it; the keychain is kept under `home`.
 */
export async function keychainSession(
  home: string,
): Promise<{ env: Record<string, string>; stop(): Promise<void> }> {
  await mkdir(home, { recursive: true });
  const runtime = await mkdtemp('/tmp/twilio-org-run-');
  const script = `
    printf %s ${password} | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || exit 125
    printf '%s\n' "$DBUS_SESSION_BUS_ADDRESS"
    exec cat >/dev/null
  `;
  const env = { HOME: home, XDG_RUNTIME_DIR: runtime, ...patient };
  const session = execa('dbus-run-session', ['--', 'sh', '-c', script], {
    env: { PATH: process.env.PATH, ...env },
    extendEnv: false,
    stdio: ['pipe', 'pipe', 'ignore'],
    reject: false,
  });
  const address = await new Promise<string>((resolve, reject) => {
    session.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
    session.once('exit', (code) => reject(new Error(`The session ended with ${code}`)));
  });
  return {
    env: { ...env, DBUS_SESSION_BUS_ADDRESS: address },
    async stop() {
      session.stdin.end();
      await session;
      await rm(runtime, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
