import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Context } from '../../../../src/cli/context.ts';
import { type Profile, readConfig, updateConfig } from '../../../../src/login/config/profiles.ts';
import { openStore } from '../../../../src/login/credentials/stores.ts';
import { deleteLogin, saveLogin } from '../../../../src/login/logins.ts';
import {
  deserialize,
  identityOf,
  isStamped,
  type StoredCredentials,
  serialize,
} from '../../../../src/login/oauth/stored-credentials.ts';
import { loadProfileTokens } from '../../../../src/login/tokens.ts';
import { Secret } from '../../../../src/platform/core/secret.ts';
import { issueAccessToken, issueRefreshToken } from '../../../../src/sandbox/oauth/tokens.ts';
import { startSandbox } from '../../../../src/sandbox/server.ts';
import { fakeKeytar } from '../../../support/fake-keytar.ts';

const home = mkdtempSync(join(tmpdir(), 'twilio-org-older-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The usual configuration directory, another one, and one keychain for both. */
async function machine() {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const [usual, own] = [mkdtempSync(join(home, 'usual-')), mkdtempSync(join(home, 'own-'))];
  const keytar = fakeKeytar();
  const warnings: string[] = [];
  function inFolder(configDir: string): Context {
    const store = openStore('keychain', {
      configDir,
      usualConfigDir: usual,
      loadKeytar: async () => keytar,
      passphrase: () => Promise.reject(new Error('The keychain has no passphrase.')),
    });
    return {
      configDir,
      store: () => store,
      http: { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: Date.now },
      log: { warn: (...lines: string[]) => warnings.push(...lines) },
    } as unknown as Context;
  }
  const contexts = { usual: inFolder(usual), own: inFolder(own) };
  type Where = keyof typeof contexts;
  type App = 'authorization_code' | 'client_credentials';

  function profileOf(app: App, more: Partial<Profile> = {}): Profile {
    return {
      grant: app === 'authorization_code' ? 'authorization-code' : 'client-credentials',
      client_id: sandbox.apps[app].client_id,
      api_url: sandbox.apiUrl,
      oauth_url: sandbox.oauthUrl,
      store: 'keychain',
      ...more,
    };
  }
  /** As a version before the identities stored them, whose token says nothing about itself if it is opaque. */
  function credentialsOf(app: App, opaque = true): StoredCredentials {
    const { client_id: clientId, client_secret, scopes } = sandbox.apps[app];
    const grant = { clientId, organizationSid: sandbox.organizationSid, subject: clientId, scopes };
    return {
      clientSecret: new Secret(client_secret),
      accessToken: new Secret(
        opaque ? 'an-opaque-token' : issueAccessToken(sandbox.state, grant, Date.now()),
      ),
      expiresAt: Date.now() + 3_600_000,
      ...(app === 'authorization_code'
        ? { refreshToken: new Secret(issueRefreshToken(sandbox.state, grant)) }
        : {}),
      identity: { api_url: sandbox.apiUrl, oauth_url: sandbox.oauthUrl },
    };
  }

  return {
    sandbox,
    keytar,
    warnings,
    profileOf,
    credentialsOf,
    /** Puts them where an older version has put the credentials of all folders. */
    share: async (credentials: StoredCredentials) =>
      (await contexts.usual.store('keychain')).set('default', serialize(credentials)),
    shared: async () => {
      const text = await (await contexts.usual.store('keychain')).get('default');
      return text === undefined ? undefined : deserialize(text);
    },
    ownSlot: async () => {
      const text = await (await contexts.own.store('keychain')).get('default');
      return text === undefined ? undefined : deserialize(text);
    },
    login: async (where: Where, profile: Profile) => {
      await updateConfig(contexts[where].configDir, (before) => ({
        ...before,
        profiles: { default: profile },
      }));
      return loadProfileTokens(contexts[where], 'default', profile);
    },
    logIn: (where: Where, profile: Profile, credentials: StoredCredentials) =>
      saveLogin(contexts[where], 'default', profile, credentials),
    logout: (where: Where, profile: Profile) => deleteLogin(contexts[where], 'default', profile),
    hasProfile: async (where: Where) =>
      (await readConfig(contexts[where].configDir)).profiles.default !== undefined,
    tokenRequests: () => sandbox.requests.filter(({ path }) => path === '/v2/token').length,
  };
}

const apps = ['authorization_code', 'client_credentials'] as const;
const otherThan = {
  authorization_code: 'client_credentials',
  client_credentials: 'authorization_code',
} as const;

describe('credentials of an older version', () => {
  it.each(apps)('(%s) are proven once, stamped, and moved to the slot of their folder', async (app) => {
    const { share, shared, ownSlot, profileOf, credentialsOf, login, tokenRequests } = await machine();
    await share(credentialsOf(app));
    const profile = profileOf(app, { organization_sid: `OR${'a'.repeat(32)}` });
    const token = await (await login('own', profile)).get();
    expect(token.reveal()).not.toBe('an-opaque-token');
    expect(tokenRequests()).toBe(1);
    expect(await shared()).toBeUndefined();
    expect((await ownSlot())?.identity).toEqual(identityOf(profile));
    expect((await (await login('own', profile)).get()).reveal()).toBe(token.reveal());
    expect(tokenRequests()).toBe(1);
  });

  it.each(apps)('(%s) are proven and stamped where they are, in the usual folder', async (app) => {
    const { share, shared, profileOf, credentialsOf, login, tokenRequests, keytar } = await machine();
    await share(credentialsOf(app));
    await (await login('usual', profileOf(app))).get();
    expect((await shared())?.identity).toEqual(identityOf(profileOf(app)));
    expect(tokenRequests()).toBe(1);
    expect([...keytar.entries.keys()].filter((name) => name.includes('@'))).toEqual([]);
  });

  it.each(['usual', 'own'] as const)(
    'of another login are refused in the directory that is the %s one, and stay',
    async (where) => {
      for (const app of apps) {
        for (const opaque of [true, false]) {
          const { share, shared, ownSlot, profileOf, credentialsOf, login, tokenRequests } = await machine();
          const theirs = credentialsOf(app, opaque);
          await share(theirs);
          const tokens = await login(where, profileOf(otherThan[app]));
          for (const use of [() => tokens.get(), () => tokens.refresh(), () => tokens.prove()]) {
            await expect(use()).rejects.toMatchObject({ kind: 'auth' });
          }
          expect((await shared())?.accessToken.reveal()).toBe(theirs.accessToken.reveal());
          if (where === 'own') expect(await ownSlot()).toBeUndefined();
          // A token that names its app needs no request to be refused.
          if (!opaque) expect(tokenRequests()).toBe(0);
        }
      }
    },
  );

  it.each([503, 429])('are kept as they are when the token endpoint responds %i', async (status) => {
    const { share, shared, ownSlot, profileOf, credentialsOf, login } = await machine();
    const { answering, json } = await import('../../../support/server.ts');
    const { url } = await answering(json({ code: 20500, message: 'no' }, status));
    const theirs = { ...credentialsOf('authorization_code'), identity: { api_url: url, oauth_url: url } };
    await share(theirs);
    const tokens = await login('own', profileOf('authorization_code', { api_url: url, oauth_url: url }));
    await expect(tokens.get()).rejects.toMatchObject({ kind: 'temporary' });
    expect((await shared())?.refreshToken?.reveal()).toBe(theirs.refreshToken?.reveal());
    expect(await ownSlot()).toBeUndefined();
  });

  it('are not taken from the usual folder, whose login is the same', async () => {
    const { share, shared, profileOf, credentialsOf, login, tokenRequests } = await machine();
    await share(credentialsOf('authorization_code'));
    await login('usual', profileOf('authorization_code'));
    const tokens = await login('own', profileOf('authorization_code'));
    await expect(tokens.get()).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('has no credentials'),
    });
    expect([tokenRequests(), await shared()]).toEqual([0, expect.anything()]);
  });

  it('are ignored by another directory once they are stamped', async () => {
    const { share, shared, profileOf, credentialsOf, login, logout, tokenRequests } = await machine();
    const profile = profileOf('client_credentials');
    await share({ ...credentialsOf('client_credentials'), identity: identityOf(profile) });
    const tokens = await login('own', profile);
    await expect(tokens.get()).rejects.toMatchObject({ kind: 'auth' });
    await logout('own', profile);
    expect([tokenRequests(), isStamped((await shared()) as StoredCredentials)]).toEqual([0, true]);
  });
});

it('logging in to the usual folder keeps what an older version stored there for another folder', async () => {
  const { share, ownSlot, shared, keytar, profileOf, credentialsOf, login, logIn } = await machine();
  await share(credentialsOf('authorization_code', false));
  const profile = profileOf('client_credentials');
  await login('usual', profile);
  await logIn('usual', profile, { ...credentialsOf('client_credentials'), identity: identityOf(profile) });
  expect((await shared())?.identity).toEqual(identityOf(profile));
  const theirs = profileOf('authorization_code');
  await (await login('own', theirs)).get();
  expect((await ownSlot())?.identity).toEqual(identityOf(theirs));
  expect([...keytar.entries.keys()].filter((account) => account.includes('@older'))).toEqual([]);
});

it('logging in again leaves nothing of what an older version stored for the same app', async () => {
  const { share, keytar, profileOf, credentialsOf, login, logIn, logout } = await machine();
  await share(credentialsOf('authorization_code', false));
  const profile = profileOf('authorization_code');
  await login('usual', profile);
  await logIn('usual', profile, { ...credentialsOf('authorization_code'), identity: identityOf(profile) });
  await logout('usual', profile);
  expect(keytar.entries.size).toBe(0);
});

describe('logging out', () => {
  it('removes what an older version stored for this folder, once that is proven', async () => {
    const { share, shared, profileOf, credentialsOf, login, logout, hasProfile, warnings } = await machine();
    await share(credentialsOf('authorization_code'));
    const profile = profileOf('authorization_code');
    await login('own', profile);
    await logout('own', profile);
    expect([await shared(), await hasProfile('own'), warnings]).toEqual([undefined, false, []]);
  });

  it.each(['usual', 'own'] as const)('of the %s folder leaves what another folder stored', async (where) => {
    const { share, shared, profileOf, credentialsOf, login, logout, hasProfile, warnings } = await machine();
    await share(credentialsOf('authorization_code', false));
    const profile = profileOf('client_credentials');
    await login(where, profile);
    await logout(where, profile);
    expect([await hasProfile(where), warnings[0]]).toEqual([
      false,
      expect.stringContaining('for another login: it is left there'),
    ]);
    expect(await shared()).toBeDefined();
    const theirs = await login('own', profileOf('authorization_code'));
    expect((await theirs.get()).reveal()).toBeDefined();
  });

  it('stops while the owner of credentials is unknown', async () => {
    const { share, shared, profileOf, credentialsOf, login, logout, hasProfile } = await machine();
    const { nowhere } = await import('../../../support/server.ts');
    const url = await nowhere();
    await share({ ...credentialsOf('authorization_code'), identity: { api_url: url, oauth_url: url } });
    const profile = profileOf('authorization_code', { api_url: url, oauth_url: url });
    await login('own', profile);
    await expect(logout('own', profile)).rejects.toMatchObject({ kind: 'temporary' });
    expect([await shared(), await hasProfile('own')]).toEqual([expect.anything(), true]);
  });
});
