import { afterEach, describe, expect, it } from 'vitest';
import type { GrantType, Profile } from '../../../../src/login/config/profiles.ts';
import type { OpenStore } from '../../../../src/login/credentials/stores.ts';
import { clientCredentialTokens } from '../../../../src/login/oauth/client-credential-tokens.ts';
import { formatExpiry } from '../../../../src/login/oauth/expiry.ts';
import type { StoredLogin } from '../../../../src/login/oauth/login-store.ts';
import { clientCredentialsToken, type OAuthApp, type TokenSet } from '../../../../src/login/oauth/oauth.ts';
import { staticTokens } from '../../../../src/login/oauth/static-tokens.ts';
import {
  deserialize,
  identityOf,
  type StoredCredentials,
  serialize,
} from '../../../../src/login/oauth/stored-credentials.ts';
import { profileTokens } from '../../../../src/login/oauth/token-provider.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { Secret } from '../../../../src/platform/core/secret.ts';
import { type Sandbox, startSandbox } from '../../../../src/sandbox/server.ts';
import { answering, json } from '../../../support/server.ts';

let sandbox: Sandbox;
afterEach(() => sandbox?.close());

/** A store that remembers in which order things happened. */
function memoryStore(log: string[] = []) {
  const held = new Map<string, Secret>();
  const store: OpenStore & { held: Map<string, Secret>; refuses: boolean } = {
    kind: 'keychain',
    displayName: 'memory',
    held,
    refuses: false,
    probe: async () => {},
    get: async (account) => held.get(account),
    async set(account, secret) {
      if (store.refuses) throw new Error('the disk is full');
      log.push('stored');
      held.set(account, secret);
    },
    delete: async (account) => held.delete(account),
  };
  return store;
}

async function login(grant: GrantType, change: (credentials: StoredCredentials) => StoredCredentials) {
  let clock = Date.now();
  sandbox = await startSandbox({ now: () => clock });
  const log: string[] = [];
  const warnings: string[] = [];
  const store = memoryStore(log);
  const { oauthUrl, apps } = sandbox;
  const own = grant === 'authorization-code' ? apps.authorization_code : apps.client_credentials;
  const app: OAuthApp = { clientId: own.client_id, clientSecret: new Secret(own.client_secret), oauthUrl };
  const http = { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: () => clock };
  const profile: Profile = {
    grant,
    client_id: app.clientId,
    api_url: sandbox.apiUrl,
    oauth_url: oauthUrl,
    store: 'keychain',
  };
  const tokens =
    grant === 'authorization-code'
      ? await approved(app, own.redirect_uri ?? '', http)
      : await clientCredentialsToken(app, http);
  const start: StoredCredentials = {
    clientSecret: app.clientSecret,
    ...tokens,
    identity: identityOf(profile),
  };
  await store.set('work', serialize(change(start)));
  log.length = 0;
  sandbox.requests.length = 0;
  const stored: StoredLogin = {
    name: 'work',
    profile,
    store,
    locked: (work) => work(() => undefined),
    warn: (...lines) => warnings.push(...lines),
    http,
  };
  return {
    tokens: profileTokens(stored),
    stored,
    store,
    log,
    warnings,
    start,
    tokenRequests: () => sandbox.requests.filter((request) => request.path === '/v2/token').length,
    pass: (ms: number) => {
      clock += ms;
    },
  };
}

/** Tokens as a login in the browser obtains them. */
async function approved(app: OAuthApp, redirectUri: string, http: StoredLogin['http']): Promise<TokenSet> {
  const {
    authorizeUrl,
    exchangeCode,
    newPkce: newChallenge,
  } = await import('../../../../src/login/oauth/oauth.ts');
  const { state, verifier, challenge } = await newChallenge();
  const page = await (await fetch(authorizeUrl(app, { redirectUri, state, challenge }))).text();
  const formToken = /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const body = new URLSearchParams({ form_token: formToken, decision: 'approve' });
  const answer = await fetch(`${app.oauthUrl}/v2/authorize`, { method: 'POST', body, redirect: 'manual' });
  const callback = new URL(answer.headers.get('location') ?? '').searchParams;
  return exchangeCode(app, callback, { redirectUri, state, verifier }, http);
}

const same = (credentials: StoredCredentials) => credentials;

describe('a stored login', () => {
  it('uses its token as long as it is valid, without a request', async () => {
    const { tokens, start, tokenRequests } = await login('authorization-code', same);
    expect((await tokens.get()).reveal()).toBe(start.accessToken.reveal());
    expect(tokenRequests()).toBe(0);
  });

  it('renews its token a little before it expires', async () => {
    const { tokens, start, pass, tokenRequests } = await login('authorization-code', same);
    pass(3_600_000 - 61_000);
    expect((await tokens.get()).reveal()).toBe(start.accessToken.reveal());
    pass(2_000);
    expect((await tokens.get()).reveal()).not.toBe(start.accessToken.reveal());
    expect(tokenRequests()).toBe(1);
  });

  it('stores a rotated refresh token before the new access token is used', async () => {
    const { tokens, start, store, log, pass } = await login('authorization-code', same);
    pass(3_600_000);
    const token = await tokens.get().then((secret) => {
      log.push('used');
      return secret;
    });
    expect(log).toEqual(['stored', 'used']);
    const kept = deserialize(store.held.get('work') ?? new Secret(''));
    expect(kept.accessToken.reveal()).toBe(token.reveal());
    expect(kept.refreshToken?.reveal()).not.toBe(start.refreshToken?.reveal());
    expect(kept.clientSecret?.reveal()).toBe(start.clientSecret?.reveal());
  });

  it('renews once for many callers at the same time', async () => {
    const { tokens, pass, tokenRequests } = await login('authorization-code', same);
    pass(3_600_000);
    const all = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    expect(new Set(all.map((token) => token.reveal())).size).toBe(1);
    expect(tokenRequests()).toBe(1);
  });

  it('uses the token that another process has renewed meanwhile', async () => {
    const { tokens, stored, store, start, tokenRequests } = await login('authorization-code', same);
    await tokens.get();
    const other = await profileTokens(stored).refresh();
    const renewed = await tokens.replaceRejected(start.accessToken);
    expect(renewed?.reveal()).toBe(other.accessToken.reveal());
    expect(deserialize(store.held.get('work') ?? new Secret('')).accessToken.reveal()).toBe(
      other.accessToken.reveal(),
    );
    expect(tokenRequests()).toBe(1);
  });

  it('mints a new token where there is no refresh token', async () => {
    const { tokens, start, pass, tokenRequests } = await login('client-credentials', same);
    pass(3_600_000);
    expect((await tokens.get()).reveal()).not.toBe(start.accessToken.reveal());
    expect(tokenRequests()).toBe(1);
  });

  it('says to log in again when the refresh token is refused, and keeps what is stored', async () => {
    const { tokens, store, pass } = await login('authorization-code', (credentials) => ({
      ...credentials,
      refreshToken: new Secret('not-a-refresh-token'),
    }));
    pass(3_600_000);
    await expect(tokens.get()).rejects.toMatchObject({
      kind: 'auth',
      hint: expect.stringContaining('auth login'),
    });
    expect(store.held.has('work')).toBe(true);
  });

  it('continues with a warning when the renewed token cannot be stored', async () => {
    const { tokens, store, warnings, pass } = await login('authorization-code', same);
    pass(3_600_000);
    store.refuses = true;
    expect((await tokens.get()).reveal()).toMatch(/./);
    expect(warnings.join()).toContain('the disk is full');
  });

  it('fails an explicit refresh when the token cannot be stored', async () => {
    const { tokens, store } = await login('authorization-code', same);
    store.refuses = true;
    await expect(tokens.refresh()).rejects.toMatchObject({
      kind: 'failure',
      message: 'The new token of profile work could not be stored',
      hint: expect.stringContaining('auth login'),
    });
  });

  it('is an auth error when nothing usable is stored', async () => {
    const { tokens, store } = await login('authorization-code', same);
    store.held.set('work', new Secret('{"access_token": 1}'));
    await expect(tokens.get()).rejects.toMatchObject({ kind: 'auth' });
    store.held.clear();
    await expect(storedTokenOf(store)).rejects.toMatchObject({ kind: 'auth' });
  });
});

describe('a new client secret', () => {
  /** As after a rotation in the Console. */
  function rotate(grant: GrantType): Secret {
    const app = sandbox.apps[grant === 'authorization-code' ? 'authorization_code' : 'client_credentials'];
    Object.assign(app, { client_secret: 'rotated' });
    return new Secret('rotated');
  }

  it.each<[GrantType]>([['authorization-code'], ['client-credentials']])(
    'with %s is stored with its token, under the lock',
    async (grant) => {
      const { tokens, stored, store, log, tokenRequests } = await login(grant, same);
      stored.locked = async (work) => {
        log.push(`locked, ${tokenRequests()} sent`);
        const held = () => {
          const line = `held, ${tokenRequests()} sent`;
          if (log.at(-1) !== line) log.push(line);
        };
        const result = await work(held);
        log.push('unlocked');
        return result;
      };
      const fresh = await tokens.replaceSecret(rotate(grant));
      expect(log).toEqual(['locked, 0 sent', 'held, 0 sent', 'held, 1 sent', 'stored', 'unlocked']);
      const kept = deserialize(store.held.get('work') ?? new Secret(''));
      expect(kept.clientSecret?.reveal()).toBe('rotated');
      expect(kept.accessToken.reveal()).toBe(fresh.accessToken.reveal());
      expect(sandbox.state.accessTokens.has(kept.accessToken.reveal())).toBe(true);
      expect(kept.refreshToken === undefined).toBe(grant === 'client-credentials');
    },
  );

  it('keeps the stored login when it is refused', async () => {
    const { tokens, store, log } = await login('authorization-code', same);
    const before = store.held.get('work');
    await expect(tokens.replaceSecret(new Secret('wrong'))).rejects.toMatchObject({ kind: 'auth' });
    expect([log, store.held.get('work')]).toEqual([[], before]);
  });

  it('fails with advice to log in again when it cannot be stored', async () => {
    const { tokens, store } = await login('client-credentials', same);
    const before = store.held.get('work');
    store.refuses = true;
    await expect(tokens.replaceSecret(rotate('client-credentials'))).rejects.toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('the disk is full'),
      hint: expect.stringContaining('auth login'),
    });
    expect(store.held.get('work')).toBe(before);
  });
});

describe('a lock of the login that is not available', () => {
  const readOnly = new AppError('failure', 'Cannot lock login-work: permission denied');
  const busy = new AppError('temporary', 'Another twilio-org process is using login-work', {
    outcome: 'not-sent',
  });

  /** A login whose token has expired, where the lock is refused with that error. */
  async function unlockable(grant: GrantType, error: AppError) {
    const made = await login(grant, same);
    made.pass(3_600_000);
    return { ...made, tokens: profileTokens({ ...made.stored, locked: () => Promise.reject(error) }) };
  }

  it('because the folder is read-only keeps no client credentials from being used', async () => {
    const { tokens, start, tokenRequests } = await unlockable('client-credentials', readOnly);
    expect((await tokens.get()).reveal()).not.toBe(start.accessToken.reveal());
    expect(tokenRequests()).toBe(1);
  });

  it('because the folder is read-only uses up no refresh token', async () => {
    const { tokens, tokenRequests } = await unlockable('authorization-code', readOnly);
    await expect(tokens.get()).rejects.toBe(readOnly);
    expect(tokenRequests()).toBe(0);
  });

  it.each<GrantType>(['authorization-code', 'client-credentials'])(
    'because it stays busy is an error, also with the grant %s',
    async (grant) => {
      const { tokens, tokenRequests } = await unlockable(grant, busy);
      await expect(tokens.get()).rejects.toBe(busy);
      expect(tokenRequests()).toBe(0);
    },
  );

  it('because the machine slept prevents the request', async () => {
    const { stored, pass, tokenRequests } = await login('authorization-code', same);
    pass(3_600_000);
    const lost = () => {
      throw busy;
    };
    await expect(profileTokens({ ...stored, locked: (work) => work(lost) }).get()).rejects.toMatchObject(
      notSent(busy),
    );
    expect(tokenRequests()).toBe(0);
  });
});

/** The error as a request reports it that was kept from leaving. */
function notSent({ kind, message, hint }: AppError) {
  return { kind, message, hint, outcome: 'not-sent' };
}

function storedTokenOf(store: OpenStore) {
  const http = { timeoutMs: 1, maxRetries: 0, signal: new AbortController().signal, now: Date.now };
  const profile: Profile = {
    grant: 'client-credentials',
    client_id: 'x',
    api_url: 'https://a',
    oauth_url: 'https://b',
    store: 'keychain',
  };
  return profileTokens({
    name: 'work',
    profile,
    store,
    locked: (work) => work(() => undefined),
    warn: () => {},
    http,
  }).get();
}

describe('a lock of the login that another process has taken over', () => {
  const lost = new AppError('temporary', 'Another twilio-org process is using login-work', {
    outcome: 'not-sent',
  });
  const inUse = (store: OpenStore) => store.get('work').then((secret) => secret && deserialize(secret));

  /** A login whose token has expired; the lock is lost when `losing` says so, and can be had again. */
  async function overtaken(losing: (made: Awaited<ReturnType<typeof login>>) => boolean) {
    const made = await login('authorization-code', same);
    made.pass(3_600_000);
    let locks = 0;
    const locked: StoredLogin['locked'] = async (work) => {
      locks += 1;
      return work(() => {
        if (locks === 1 && losing(made)) throw lost;
      });
    };
    return { ...made, tokens: profileTokens({ ...made.stored, locked }), locks: () => locks };
  }

  it('before the request means that nothing is sent', async () => {
    const { tokens, tokenRequests } = await overtaken(() => true);
    await expect(tokens.get()).rejects.toMatchObject(notSent(lost));
    expect(tokenRequests()).toBe(0);
  });

  it('before the answer loses no new refresh token: it is stored under the lock again', async () => {
    const { tokens, store, start, locks } = await overtaken((made) => made.tokenRequests() > 0);
    const token = await tokens.get();
    const now = await inUse(store);
    expect([locks(), now?.accessToken.reveal()]).toEqual([2, token.reveal()]);
    expect(now?.refreshToken?.reveal()).not.toBe(start.refreshToken?.reveal());
  });

  it('before the answer leaves what that process has stored, and uses it', async () => {
    const made = await overtaken((made) => made.tokenRequests() > 0);
    const { tokens, store, stored, start } = made;
    const theirs = { ...start, accessToken: new Secret('theirs'), expiresAt: stored.http.now() + 3_600_000 };
    const get = store.get;
    // The other process stores between the first look and the second.
    store.get = async (account) => {
      if (made.tokenRequests() > 0) store.held.set(account, serialize(theirs));
      return get(account);
    };
    expect((await tokens.get()).reveal()).toBe('theirs');
    expect((await inUse(store))?.accessToken.reveal()).toBe('theirs');
  });

  it.each([
    ['is lost', false],
    ['was left behind by a process that stands still', true],
  ])('and a refusal are temporary when the lock %s: the login may be alive there', async (_, abandoned) => {
    const made = await login('authorization-code', (credentials) => ({
      ...credentials,
      refreshToken: new Secret('used-up'),
    }));
    made.pass(3_600_000);
    const locked: StoredLogin['locked'] = async (work) =>
      work(() => {
        if (!abandoned && made.tokenRequests() > 0) throw lost;
      }, abandoned);
    await expect(profileTokens({ ...made.stored, locked }).get()).rejects.toMatchObject({
      kind: 'temporary',
      message: expect.stringContaining('Another twilio-org process has begun to renew the login'),
    });
  });
});

describe('a token request that fails', () => {
  const http = { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: Date.now };
  const good = json({ access_token: 'fresh', token_type: 'Bearer', expires_in: 3600 });

  it('fails for all waiting callers, and the next caller retries', async () => {
    const { url, arrived } = await answering(json({}, 503), good);
    const tokens = clientCredentialTokens(
      { clientId: 'OQ1', clientSecret: new Secret('s'), oauthUrl: url },
      http,
    );
    const first = await Promise.allSettled([tokens.get(), tokens.get(), tokens.get()]);
    expect(first.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    expect(arrived).toHaveLength(1);
    const next = await Promise.all([tokens.get(), tokens.get()]);
    expect(next.map((token) => token.reveal())).toEqual(['fresh', 'fresh']);
    expect(arrived).toHaveLength(2);
  });

  it('is retried in a run, by one caller for all, unless retries are turned off', async () => {
    const failing = json({}, 503, { 'retry-after': '0' });
    const { url, arrived } = await answering(failing, failing, failing, good);
    const app = { clientId: 'OQ1', clientSecret: new Secret('s'), oauthUrl: url };
    await expect(clientCredentialTokens(app, { ...http, patient: true }).get()).rejects.toMatchObject({
      kind: 'temporary',
    });
    const tokens = clientCredentialTokens(app, { ...http, maxRetries: 1, patient: true });
    expect(new Set(await Promise.all([tokens.get(), tokens.get()])).size).toBe(1);
    expect(arrived).toHaveLength(4);
  });
});

describe('an access token', () => {
  it.each([10, 30, 60, 61, 3600])(
    'of %i seconds serves 31 requests, and is renewed before it ends',
    async (lifetime) => {
      let clock = Date.now();
      sandbox = await startSandbox({ now: () => clock, tokenLifetime: lifetime });
      const { client_id, client_secret } = sandbox.apps.client_credentials;
      const app = {
        clientId: client_id,
        clientSecret: new Secret(client_secret),
        oauthUrl: sandbox.oauthUrl,
      };
      const http = {
        timeoutMs: 60_000,
        maxRetries: 0,
        signal: new AbortController().signal,
        now: () => clock,
      };
      const tokens = clientCredentialTokens(app, http);
      const first = await tokens.get();
      for (let request = 1; request < 31; request += 1) expect(await tokens.get()).toBe(first);
      expect(sandbox.requests).toHaveLength(1);
      clock += lifetime * 1000 - Math.min(60_000, lifetime * 100) - 1;
      expect(await tokens.get()).toBe(first);
      clock += 1;
      expect(await tokens.get()).not.toBe(first);
    },
  );

  it.each([
    [3600, 3_600_000],
    ['1800', 1_800_000],
    [0.5, 500],
    [1e9, 1e12],
    [1e13, 'unknown'],
    [2 ** 63, 'unknown'],
    [0, 'unknown'],
    [-5, 'unknown'],
    ['soon', 'unknown'],
    ['', 'unknown'],
    [null, 'unknown'],
    [undefined, 'unknown'],
    [{}, 'unknown'],
    [true, 'unknown'],
  ])('with expires_in %s is used, for %s', async (expires_in, lifetime) => {
    const { url } = await answering(json({ access_token: 'fresh', token_type: 'Bearer', expires_in }));
    const app = { clientId: 'OQ1', clientSecret: new Secret('s'), oauthUrl: url };
    const http = { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: () => 1_000 };
    const made = await clientCredentialsToken(app, http);
    // Twilio documents an hour; where the answer says nothing usable, that is assumed and not shown.
    const expiresAt = 1_000 + (typeof lifetime === 'number' ? lifetime : 3_600_000);
    expect(made).toMatchObject({ expiresAt, lifetime });
    expect(formatExpiry(made)).toBe(
      lifetime === 'unknown' ? 'unknown' : new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    );
  });

  it('with an invalid stored expiry, as of an older version, has an unknown one', () => {
    expect(formatExpiry({ expiresAt: 1e16 })).toBe('unknown');
    expect(formatExpiry({ expiresAt: 0 })).toBe('1970-01-01T00:00:00Z');
  });
});

describe('credentials from the environment', () => {
  it('are minted into one token for many callers, and again after a refusal', async () => {
    sandbox = await startSandbox();
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    const app = { clientId: client_id, clientSecret: new Secret(client_secret), oauthUrl: sandbox.oauthUrl };
    const http = { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: Date.now };
    const tokens = clientCredentialTokens(app, http);
    const [one, two] = await Promise.all([tokens.get(), tokens.get()]);
    expect(one).toBe(two);
    const [other, another] = await Promise.all([tokens.replaceRejected(one), tokens.replaceRejected(one)]);
    expect(other).toBe(another);
    expect(other).not.toBe(one);
    expect(sandbox.requests).toHaveLength(2);
  });

  it('with a token are used as they are, without another after a refusal', async () => {
    sandbox = await startSandbox();
    const token = new Secret('t');
    expect(await staticTokens(token).get()).toBe(token);
    expect(await staticTokens(token).replaceRejected(token)).toBeUndefined();
  });
});
