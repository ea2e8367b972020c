import { scryptSync } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, type GrantType, type Profile, updateConfig } from '../../src/login/config/profiles.ts';
import { type Key, lowestCost, newKeyFrom, seal } from '../../src/login/credentials/file/envelope.ts';
import { openStore } from '../../src/login/credentials/stores.ts';
import {
  deserialize,
  identityOf,
  type StoredCredentials,
  serialize,
} from '../../src/login/oauth/stored-credentials.ts';
import { Secret } from '../../src/platform/core/secret.ts';
import { issueAccessToken, issueRefreshToken } from '../../src/sandbox/oauth/tokens.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { call, type Env, home, run, sandboxed, sent, start } from './cli.ts';
import { storeKey } from './store-key.ts';

const passphrase = 'correct horse battery staple';

/** As weak a key as the program still opens: what has to be guessed slowly elsewhere would only cost time here. */
const weak = weakKey();
const random = newKeyFrom(Buffer.from(storeKey, 'base64'));

function weakKey(): Key {
  const recipe = { kdf: 'scrypt', ...lowestCost, salt: Buffer.alloc(16) } as const;
  const output = scryptSync(passphrase, recipe.salt, 48, { ...lowestCost, maxmem: 2 ** 26 });
  return { recipe: { ...recipe, check: output.subarray(32) }, bytes: output.subarray(0, 32) };
}

export interface Planted extends Partial<Profile> {
  /** Time until the stored token expires, by this machine's clock; milliseconds. Default: one hour. */
  expiresIn?: number;
  /** True when the sandbox knows the token. Default: true. */
  known?: boolean;
}

/**
 * A sandbox, and a configuration directory with logins in the encrypted file, as earlier commands would leave them.
 *
 * @param randomKey true to encrypt it with a random key: for programs of their own that write it, which would use no weak one
 */
export async function withProfiles({
  randomKey = false,
  ...options
}: SandboxOptions & { randomKey?: boolean } = {}) {
  const world = await sandboxed(options);
  const { sandbox } = world;
  const configDir = mkdtempSync(join(home, 'profiles-'));
  const env: Env = {
    TWILIO_ORG_CONFIG_DIR: configDir,
    TWILIO_ORG_STORE: 'file',
    ...(randomKey ? { TWILIO_ORG_STORE_KEY: storeKey } : { TWILIO_ORG_STORE_PASSPHRASE: passphrase }),
  };
  const accounts = new Map<string, string>();

  /** Puts it into the file, beside what was put there in the same way. */
  async function keep(name: string, credentials: StoredCredentials): Promise<void> {
    accounts.set(name, serialize(credentials).reveal());
    await writeFile(join(configDir, 'credentials.enc'), seal(accounts, randomKey ? random : weak), {
      mode: 0o600,
    });
  }
  const store = () =>
    openStore('file', {
      configDir,
      passphrase: async () => new Secret(passphrase),
      keyCost: lowestCost,
      randomKey: randomKey ? new Secret(storeKey) : undefined,
    });

  /** Puts a login there without a request. */
  async function plant(name = 'default', planted: Planted = {}): Promise<StoredCredentials> {
    const { expiresIn = 3_600_000, known = true, ...more } = planted;
    const grant: GrantType = more.grant ?? 'authorization-code';
    const app = sandbox.apps[grant === 'authorization-code' ? 'authorization_code' : 'client_credentials'];
    const { client_id: clientId, client_secret, scopes } = app;
    const { organizationSid, state } = sandbox;
    const given = { clientId, organizationSid, subject: clientId, scopes };
    const now = (options.now ?? Date.now)();
    const token = known ? issueAccessToken(state, given, now) : 'a-canary-that-is-not-known';
    const profile: Profile = {
      grant,
      client_id: clientId,
      api_url: sandbox.apiUrl,
      oauth_url: sandbox.oauthUrl,
      store: 'file',
      ...more,
    };
    const credentials: StoredCredentials = {
      clientSecret: new Secret(client_secret),
      accessToken: new Secret(token),
      expiresAt: Date.now() + expiresIn,
      ...(grant === 'authorization-code'
        ? { refreshToken: new Secret(issueRefreshToken(state, given)) }
        : {}),
      identity: identityOf(profile),
    };
    await keep(name, credentials);
    await updateConfig(configDir, (config) => {
      config.profiles[name] = profile;
      return config;
    });
    return credentials;
  }

  return {
    sandbox,
    configDir,
    env,
    plant,
    start: (args: string[], more: Env = {}) => start(args, { env: { ...env, ...more } }),
    run: (args: string[], more: Env = {}) => run(args, { env: { ...env, ...more } }),
    call: (args: string[], more: Env = {}, input: string | Uint8Array = '') =>
      call(args, { env: { ...env, ...more }, input }),
    /** The stored credentials of the profile, if any. */
    async stored(name = 'default'): Promise<StoredCredentials | undefined> {
      const secret = await (await store()).get(name);
      return secret === undefined ? undefined : deserialize(secret);
    },
    keep,
    config: (): Config => JSON.parse(readFileSync(join(configDir, 'config.json'), 'utf8')),
    file: () => readFileSync(join(configDir, 'credentials.enc'), 'utf8'),
    tokenRequests: () => sent(sandbox).filter((line) => line === 'POST /v2/token').length,
  };
}

/** Makes the locks that a killed process left look as old as they get, instead of waiting for it; gives their number. */
export async function ageLocks(folder: string): Promise<number> {
  const locks = (await readdir(folder)).filter((name) => name.endsWith('.lock'));
  const before = new Date(Date.now() - 11_000);
  for (const lock of locks) await utimes(join(folder, lock), before, before);
  return locks.length;
}
