import { access, constants, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../cli/context.ts';
import { credentialSource } from '../login/config/settings.ts';
import { defaultStore, storeInEnvironment, stores } from '../login/credentials/stores.ts';
import type { Env } from '../platform/core/env.ts';
import { pluralize } from '../platform/core/text.ts';
import { isNotFound } from '../platform/fs/errors.ts';
import { noProxyFromEnv, proxyFor, proxyFromEnv } from '../platform/http/proxy-settings.ts';
import { fromError, ok, problem, unknown, type Verdict, warning } from './finding.ts';

/**
 * @param node such as v20.19.0
 * @param range the lowest version that package.json allows, such as >=20.19
 */
export function checkNodeVersion(node: string, range: string, about: string): Verdict {
  const found = `Node ${node.replace(/^v/, '')}, ${about}`;
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
  const [major = 0, minor = 0] = numbers(node);
  const [minMajor = 0, minMinor = 0] = numbers(range);
  const isSupported = major > minMajor || (major === minMajor && minor >= minMinor);
  return isSupported ? ok(found) : problem(found, `Install Node ${range.replace('>=', '')} or newer`);
}

/** Checks the directory and its files. Reading `config.json` first makes them private where possible. */
export async function checkConfiguration(ctx: Context): Promise<Verdict> {
  const { env, platform } = ctx.runtime;
  try {
    await ctx.config();
  } catch (error) {
    // Credentials from the environment work without a configuration.
    return fromError(error, credentialSource(env) === 'profile' ? 'problem' : 'warning');
  }
  const paths = [
    ctx.configDir,
    ...['config.json', ...stores.flatMap(({ files }) => files)].map((name) => join(ctx.configDir, name)),
  ];
  const modes = await Promise.all(paths.map(modeOf));
  const [dirMode] = modes;
  if (dirMode === undefined) return ok(`${ctx.configDir} does not exist yet: the first login creates it`);
  if (!(await isAccessible(ctx.configDir, constants.W_OK))) {
    return problem(
      `${ctx.configDir} is not writable`,
      'Change its owner, or set TWILIO_ORG_CONFIG_DIR to another directory',
    );
  }
  if (platform === 'win32') return ok(ctx.configDir);
  const existing = paths.flatMap((path, index) => {
    const mode = modes[index];
    return mode === undefined ? [] : [{ path, mode, shown: mode.toString(8).padStart(4, '0') }];
  });
  const open = existing.filter(({ mode }) => (mode & 0o077) !== 0);
  if (open.length > 0) {
    const list = open.map(({ path, shown }) => `${path} (mode ${shown})`).join(', ');
    return warning(
      `Other users of this machine can open ${list}`,
      `Make it private: chmod go= ${open.map(({ path }) => `"${path}"`).join(' ')}`,
    );
  }
  return ok(existing.map(({ path, shown }) => `${path} (mode ${shown})`).join(', '));
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o7777;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Writes, reads and deletes a test value, unless the credentials come from the environment. */
export async function checkCredentialStore(ctx: Context): Promise<Verdict> {
  const { env } = ctx.runtime;
  const source = credentialSource(env);
  if (source !== 'profile') return unknown(`Not checked: the credentials come from ${source}`);
  const settings = await ctx.settings().catch(() => undefined);
  if (settings === undefined) return unknown('Not checked: the store is unknown');
  const kind = settings.profile?.store ?? storeInEnvironment(env) ?? defaultStore;
  const store = await ctx.store(kind);
  await store.probe();
  return ok(`A value was written to ${store.displayName}, read back and deleted`);
}

/** Checks whether a login can open its page. */
export async function checkBrowser(env: Env, platform: NodeJS.Platform): Promise<Verdict> {
  const { findBrowser } = await import('../login/oauth/browser.ts');
  const browser = await findBrowser(env, platform);
  if (!browser.found) return warning(browser.why, browser.remedy);
  return ok(env.BROWSER ? browser.name : `${browser.name} is used`);
}

/** Shows the proxies for these origins. The checks of `api` and `oauth` show whether they work. */
export function checkProxy(env: Env, origins: readonly string[]): Verdict {
  const configured = proxyFromEnv(env);
  if (configured === undefined) return ok('None: HTTPS_PROXY and HTTP_PROXY are not set');
  const through = origins.filter((origin) => proxyFor(new URL(origin), env) !== undefined);
  const direct = origins.filter((origin) => !through.includes(origin));
  const parts = [`${configured.variable}=${configured.shown}`];
  const exempt = noProxyFromEnv(env);
  if (exempt !== undefined) parts.push(exempt);
  if (through.length > 0) parts.push(`used for ${through.join(' and ')}`);
  if (direct.length > 0) parts.push(`not used for ${direct.join(' and ')}`);
  return ok(parts.join(', '));
}

/** Checks the variables that change which certificates are trusted. */
export async function checkCertificates(env: Env): Promise<Verdict> {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    return problem(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect: twilio-org always checks certificates',
      'Unset it, because it exposes other programs. To trust the CA of your company, name its file in NODE_EXTRA_CA_CERTS',
    );
  }
  const file = env.NODE_EXTRA_CA_CERTS;
  if (!file) return ok("Node's own: NODE_EXTRA_CA_CERTS is not set");
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const remedy = 'Name a readable file of PEM certificates in NODE_EXTRA_CA_CERTS, or unset it';
  if (text === undefined) return warning(`NODE_EXTRA_CA_CERTS is ${file}, which can't be read`, remedy);
  const count = text.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (count === 0) return warning(`NODE_EXTRA_CA_CERTS is ${file}, which holds no certificate`, remedy);
  return ok(`NODE_EXTRA_CA_CERTS is ${file}, with ${pluralize(count, 'certificate')}`);
}

async function isAccessible(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
