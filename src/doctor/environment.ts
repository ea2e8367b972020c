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
  const [leastMajor = 0, leastMinor = 0] = numbers(range);
  const enough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return enough ? ok(found) : problem(found, `Install Node ${range.replace('>=', '')} or newer`);
}

/** The folder and the files in it, after `config.json` was read, which makes them private where it can. */
export async function checkConfiguration(ctx: Context): Promise<Verdict> {
  const { env, platform } = ctx.runtime;
  try {
    await ctx.config();
  } catch (error) {
    // Credentials from the environment work without it.
    return fromError(error, credentialSource(env) === 'profile' ? 'problem' : 'warning');
  }
  const places = [
    ctx.configDir,
    ...['config.json', ...stores.flatMap(({ files }) => files)].map((name) => join(ctx.configDir, name)),
  ];
  const modes = await Promise.all(places.map(modeOf));
  const [folder] = modes;
  if (folder === undefined) return ok(`${ctx.configDir} is not there yet: the first login makes it`);
  if (!(await allows(ctx.configDir, constants.W_OK))) {
    return problem(
      `${ctx.configDir} can't be written to`,
      'Make it yours, or set TWILIO_ORG_CONFIG_DIR to another folder',
    );
  }
  if (platform === 'win32') return ok(ctx.configDir);
  const there = places.flatMap((place, index) => {
    const mode = modes[index];
    return mode === undefined ? [] : [{ place, mode, shown: mode.toString(8).padStart(4, '0') }];
  });
  const open = there.filter(({ mode }) => (mode & 0o077) !== 0);
  if (open.length > 0) {
    const list = open.map(({ place, shown }) => `${place} (mode ${shown})`).join(', ');
    return warning(
      `Others on this machine can open ${list}`,
      `Close it to them: chmod go= ${open.map(({ place }) => `"${place}"`).join(' ')}`,
    );
  }
  return ok(there.map(({ place, shown }) => `${place} (mode ${shown})`).join(', '));
}

async function modeOf(place: string): Promise<number | undefined> {
  try {
    return (await stat(place)).mode & 0o7777;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Writes, reads and deletes a value of its own, unless the credentials come from elsewhere. */
export async function checkCredentialStore(ctx: Context): Promise<Verdict> {
  const { env } = ctx.runtime;
  const source = credentialSource(env);
  if (source !== 'profile') return unknown(`Not tried: the credentials come from ${source}`);
  const settings = await ctx.settings().catch(() => undefined);
  if (settings === undefined) return unknown('Not tried: which store to use is not known');
  const kind = settings.profile?.store ?? storeInEnvironment(env) ?? defaultStore;
  const store = await ctx.store(kind);
  await store.probe();
  return ok(`A value was written to ${store.displayName}, read back and deleted`);
}

/** Whether the page of a login could be opened. */
export async function checkBrowser(env: Env, platform: NodeJS.Platform): Promise<Verdict> {
  const { findBrowser } = await import('../login/oauth/browser.ts');
  const browser = await findBrowser(env, platform);
  if (!browser.found) return warning(browser.why, browser.remedy);
  return ok(env.BROWSER ? browser.name : `${browser.name} is used`);
}

/** Which way leads to these origins; whether it works, reaching them shows. */
export function checkProxy(env: Env, origins: readonly string[]): Verdict {
  const named = proxyFromEnv(env);
  if (named === undefined) return ok('None: HTTPS_PROXY and HTTP_PROXY are not set');
  const through = origins.filter((origin) => proxyFor(new URL(origin), env) !== undefined);
  const straight = origins.filter((origin) => !through.includes(origin));
  const parts = [`${named.variable}=${named.shown}`];
  const exempt = noProxyFromEnv(env);
  if (exempt !== undefined) parts.push(exempt);
  if (through.length > 0) parts.push(`used for ${through.join(' and ')}`);
  if (straight.length > 0) parts.push(`not used for ${straight.join(' and ')}`);
  return ok(parts.join(', '));
}

/** What changes which certificates are trusted. */
export async function checkCertificates(env: Env): Promise<Verdict> {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    return problem(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 is not honoured: twilio-org checks certificates all the same',
      'Unset it, as it exposes other programs; name the CA file of your company in NODE_EXTRA_CA_CERTS',
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

async function allows(place: string, mode: number): Promise<boolean> {
  return access(place, mode).then(
    () => true,
    () => false,
  );
}
