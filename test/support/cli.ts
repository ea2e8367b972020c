import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import type { Runtime } from '../../src/cli/runtime.ts';
import { lowestCost } from '../../src/login/credentials/file/envelope.ts';
import { run as runMain } from '../../src/main.ts';
import { type Sandbox, type SandboxOptions, startSandbox, type User } from '../../src/sandbox/server.ts';
import { home } from './home.ts';
import { Sink } from './sink.ts';
import { record, recorded } from './transcript.ts';

export { home };
export const program = fileURLToPath(new URL('../../bin/twilio-org.js', import.meta.url));

export type Env = Record<string, string | undefined>;

export interface Result {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface RunOptions {
  env?: Env;
  /** The program's stdin, which is never a terminal. */
  input?: string | Uint8Array;
  /** Another copy of the program, such as one whose keychain is made up. */
  file?: string;
  /** The home directory that the system reports; for `call` only. */
  homeFolder?: string;
  /** Makes standard output a terminal of this width; for `call` only. */
  columns?: number | undefined;
  /** The program's clock; for `call` only. */
  now?: (() => number) | undefined;
  /** Receives what the first Ctrl-C does; for `call` only. */
  onFirstStop?: Runtime['onFirstStop'];
}

/** The environment of a program that knows nothing of whoever runs the tests, but for whether Node looks for proxies. */
export function cleanEnv(env: Env = {}): Env {
  const { PATH, SystemRoot, NODE_USE_ENV_PROXY } = process.env;
  return {
    PATH,
    SystemRoot,
    NODE_USE_ENV_PROXY,
    // Node 22 warns on stderr that its own proxies are experimental, before any program runs.
    ...(NODE_USE_ENV_PROXY && { NODE_NO_WARNINGS: '1' }),
    HOME: home,
    TWILIO_ORG_CONFIG_DIR: join(home, 'config'),
    ...env,
  };
}

/** The environment, with a secret that comes by standard input as if it came by the variable. */
function given(
  args: readonly string[],
  { env, input }: { env: Env | undefined; input: string | Uint8Array },
): Env {
  return args.includes('--client-secret-stdin') && typeof input === 'string'
    ? { ...env, TWILIO_ORG_CLIENT_SECRET: input.trim() }
    : { ...env };
}

/** Starts the built program; for tests that do something to it while it runs. */
export function start(args: readonly string[], { env, input = '', file = program }: RunOptions = {}) {
  const running = execa(process.execPath, [file, ...args], {
    env: cleanEnv(env),
    extendEnv: false,
    input,
    reject: false,
    stripFinalNewline: false,
    timeout: 600_000,
  });
  return recorded(args, running, given(args, { env, input }));
}

/** Runs the built program to its end. Throws when a signal ended it, or it did not end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { stdout, stderr, exitCode, message } = await start(args, options);
  if (exitCode === undefined) throw new Error(`The program did not end by itself: ${message}`);
  return { stdout, stderr: withoutProgress(stderr), exitCode };
}

/** Messages without lines of progress, which come after ten seconds: only a busy machine takes as long. */
export function withoutProgress(stderr: string): string {
  return stderr.replaceAll(/^\d+ of \d+, \d+ failed, .*\n/gm, '');
}

/**
 * Runs the same program inside the test, from its arguments to its exit code, in a few milliseconds: for the many cases
 * that need no process of their own.
 */
export async function call(
  args: readonly string[],
  { env, input = '', homeFolder = home, columns, now = Date.now, onFirstStop }: RunOptions = {},
): Promise<Result> {
  const stdout = columns === undefined ? new Sink() : Sink.terminal(columns);
  const stderr = new Sink();
  const runtime = {
    env: cleanEnv(env),
    stdin: new PassThrough().end(input),
    stdout,
    stderr,
    platform: process.platform,
    home: homeFolder,
    signal: neverGiven(),
    now,
    onFirstStop,
    keyCost: lowestCost,
  };
  const exitCode = await runMain(args, runtime as unknown as Runtime);
  const printed = { stdout: stdout.text(), stderr: stderr.text() };
  record(args, printed, given(args, { env, input }));
  return { stdout: printed.stdout, stderr: withoutProgress(printed.stderr), exitCode };
}

/** A signal that many may listen to, as that of `main`. */
function neverGiven(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}

/** A sandbox in this process, so that a test sees and changes what is behind the program's back. */
export interface World {
  sandbox: Sandbox;
  /** Points the program at the sandbox, with a token of all scopes. A variable set to undefined is absent. */
  env: Env;
  run: typeof run;
  call: typeof call;
}

/** Starts a sandbox that ends with the test. */
export async function sandboxed(options: SandboxOptions = {}): Promise<World> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const env: Env = {
    TWILIO_ORG_API_URL: sandbox.apiUrl,
    TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl,
    TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid,
    TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken(),
  };
  const inWorld = (options: RunOptions = {}) => ({ ...options, env: { ...env, ...options.env } });
  return {
    sandbox,
    env,
    run: (args, options) => run(args, inWorld(options)),
    call: (args, options) => call(args, inWorld(options)),
  };
}

/** Instead of the token: the sandbox's client credentials, from which the program mints its own. */
export function clientCredentials({ apps }: Sandbox): Env {
  const { client_id, client_secret } = apps.client_credentials;
  return {
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_CLIENT_ID: client_id,
    TWILIO_ORG_CLIENT_SECRET: client_secret,
  };
}

/** The requests that arrived, such as `GET /scim/v2/Users`. */
export function sent({ requests }: Sandbox): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}

/** Those of them that change something: all but reading and minting a token. */
export function writes(sandbox: Sandbox): string[] {
  return sent(sandbox).filter((line) => !line.startsWith('GET ') && line !== 'POST /v2/token');
}

/** The nth user of a sandbox; the first is the Owner, the fifth suspended, the eighth and fourteenth inactive. */
export function userAt({ state }: Sandbox, index: number): User {
  const user = [...state.users.all()][index];
  if (user === undefined) throw new Error(`The sandbox has no user ${index}`);
  return user;
}

/** The user as the sandbox has them now. */
export function userNow({ state }: Sandbox, { id }: { id: string }): User {
  const user = state.users.get(id);
  if (user === undefined) throw new Error(`The sandbox has no user ${id}`);
  return user;
}
