import { join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { call, type Env, home, sandboxed, start } from './cli.ts';
import { freePort } from './ports.ts';
import { storeKey } from './store-key.ts';

let configs = 0;

/**
 * A sandbox, a redirect URI on a free port, and a configuration directory of its own with the encrypted file as store.
 *
 * @param withPassphrase true to encrypt it with a passphrase, else with a random key
 */
export async function browserLogin({
  withPassphrase = false,
  ...options
}: SandboxOptions & { withPassphrase?: boolean } = {}) {
  const redirectUri = options.redirectUri ?? `http://127.0.0.1:${await freePort()}/callback`;
  const world = await sandboxed({ ...options, redirectUri });
  const configDir = join(home, `login-${configs++}`);
  const env: Env = {
    ...world.env,
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_CONFIG_DIR: configDir,
    TWILIO_ORG_STORE: 'file',
    ...(withPassphrase
      ? { TWILIO_ORG_STORE_PASSPHRASE: 'correct horse battery staple' }
      : { TWILIO_ORG_STORE_KEY: storeKey }),
  };
  const { client_id, client_secret } = world.sandbox.apps.authorization_code;
  const args = [
    'auth',
    'login',
    '--client-id',
    client_id,
    '--client-secret-stdin',
    '--redirect-uri',
    redirectUri,
  ];
  const login = (more: string[] = [], moreEnv: Env = {}, input = client_secret) => {
    const running = start([...args, ...more], { env: { ...env, ...moreEnv }, input });
    pages.set(running, shownPage(running));
    return running;
  };
  const here = (command: string[], moreEnv: Env = {}, input = '') =>
    call(command, { env: { ...env, ...moreEnv }, input });
  return { ...world, redirectUri, configDir, env, args, login, here, client_id, client_secret };
}

type Running = ReturnType<typeof start>;

/** Of each login, from its start: what it prints before somebody waits for it is gone. */
const pages = new WeakMap<Running, Promise<string>>();

/** The address of the approval page, once the program has printed it. */
export async function pageOf(login: Running): Promise<string> {
  const page = await pages.get(login);
  if (page === undefined) throw new Error('browserLogin has not started it');
  return page;
}

function shownPage(login: Running): Promise<string> {
  const shown = new Promise<string>((resolve, reject) => {
    let seen = '';
    login.stderr.on('data', (chunk) => {
      seen += String(chunk);
      const page = /^ {2}(http\S+authorize\S+)\n/m.exec(seen)?.[1];
      if (page !== undefined) resolve(page);
    });
    login.on('exit', () => reject(new Error(`It ended without showing the page: ${seen}`)));
  });
  // Not every test wants the page.
  shown.catch(() => undefined);
  return shown;
}
