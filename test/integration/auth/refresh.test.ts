import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/login/config/profiles.ts';
import { withLoginLock } from '../../../src/login/oauth/login-lock.ts';
import { identityOf } from '../../../src/login/oauth/stored-credentials.ts';
import { Secret } from '../../../src/platform/core/secret.ts';
import { ageLocks, withProfiles } from '../../support/profiles.ts';
import { answering, hungUp, json, nowhere } from '../../support/server.ts';

const expired = { expiresIn: -1_000 };
const token = ['auth', 'token'];
const newToken = (text = 'the-new-canary') =>
  json({ access_token: text, token_type: 'Bearer', expires_in: 3600, refresh_token: null, id_token: null });
const refused = json({ error: 'invalid_grant', error_description: 'used already' }, 400);

describe('an expired token', () => {
  it('is renewed by one of five processes, and all five use the new one', async () => {
    const { plant, run, stored, tokenRequests } = await withProfiles({ randomKey: true });
    await plant('default', expired);
    const results = await Promise.all(Array.from({ length: 5 }, () => run(token)));
    const fresh = `${(await stored())?.accessToken.reveal()}\n`;
    expect(results).toEqual(Array(5).fill({ exitCode: 0, stdout: fresh, stderr: '' }));
    expect(tokenRequests()).toBe(1);
  });

  it('of one profile is renewed at the same time as that of another', async () => {
    const waiting: ServerResponse[] = [];
    // Neither is answered before both have asked.
    const oauth = await answering((response) => {
      waiting.push(response);
      if (waiting.length === 2) for (const each of waiting) newToken()(each);
    });
    const { plant, run } = await withProfiles({ randomKey: true });
    await plant('one', { ...expired, oauth_url: oauth.url });
    await plant('two', { ...expired, oauth_url: oauth.url });
    const both = await Promise.all(['one', 'two'].map((name) => run([...token, '--profile', name])));
    expect(both.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
      [0, 'the-new-canary\n'],
      [0, 'the-new-canary\n'],
    ]);
  });

  it('is renewed although the process that was renewing it was killed', async () => {
    let asked = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const oauth = await answering(asked, newToken());
    const { plant, start, run, configDir } = await withProfiles({ randomKey: true });
    await plant('default', { ...expired, grant: 'client-credentials', oauth_url: oauth.url });
    const holder = start(token);
    await asking;
    holder.kill('SIGKILL');
    expect((await holder).signal).toBe('SIGKILL');
    expect(await ageLocks(configDir)).toBe(1);
    expect(await run(token)).toEqual({ exitCode: 0, stdout: 'the-new-canary\n', stderr: '' });
    expect(oauth.arrived).toHaveLength(2);
    expect((await readdir(configDir)).filter((name) => name.includes('.lock'))).toEqual([]);
  });

  it('is renewed although an empty file is in place of the lock', async () => {
    const { plant, call, config, configDir, tokenRequests } = await withProfiles();
    await plant('default', expired);
    const locks = () => readdirSync(configDir).filter((name) => name.includes('.lock'));
    const names = await withLoginLock(configDir, 'default', config().profiles.default as Profile, async () =>
      locks(),
    );
    for (const name of names) writeFileSync(join(configDir, name), '');
    expect(await ageLocks(configDir)).toBe(1);
    expect((await call(token)).exitCode).toBe(0);
    expect(tokenRequests()).toBe(1);
    expect(locks()).toEqual([]);
  });

  it('is not renewed while another process keeps the lock: exit code 8', async () => {
    const { plant, call, configDir, config, tokenRequests } = await withProfiles();
    await plant('default', expired);
    const profile = config().profiles.default as Profile;
    const { exitCode, stderr } = await withLoginLock(configDir, 'default', profile, () => call(token));
    expect([exitCode, stderr]).toEqual([8, expect.stringContaining('Another twilio-org process')]);
    expect(tokenRequests()).toBe(0);
  });

  it('is renewed once by several auth refresh at the same time', async () => {
    // All three have read the old token before the first has its answer.
    const { plant, call, tokenRequests } = await withProfiles({ latency: 3_000 });
    await plant();
    const results = await Promise.all([1, 2, 3].map(() => call(['auth', 'refresh'])));
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(tokenRequests()).toBe(1);
  });
});

describe('a refresh that is refused', () => {
  it('uses the login that another process has stored meanwhile', async () => {
    const { plant, call, keep, stored, config } = await withProfiles();
    const oauth = await answering(async (response) => {
      await keep('default', {
        clientSecret: new Secret('s'),
        accessToken: new Secret('from-elsewhere'),
        expiresAt: Date.now() + 3_600_000,
        refreshToken: new Secret('r'),
        identity: identityOf(config().profiles.default as Profile),
      });
      refused(response);
    });
    await plant('default', { ...expired, oauth_url: oauth.url });
    expect(await call(token)).toEqual({ exitCode: 0, stdout: 'from-elsewhere\n', stderr: '' });
    expect((await stored())?.refreshToken?.reveal()).toBe('r');
  });

  it('exits with 4 and deletes nothing when the stored login is unchanged', async () => {
    const { plant, call, file, config, stored } = await withProfiles();
    const oauth = await answering(refused);
    await plant('default', { ...expired, oauth_url: oauth.url });
    const before = [file(), config()];
    const { exitCode, stderr } = await call(token);
    expect([exitCode, stderr]).toEqual([
      4,
      expect.stringMatching(/^error: .*\nLog in again: twilio-org auth login/),
    ]);
    expect([file(), config()]).toEqual(before);
    expect(await stored()).toBeDefined();
    expect(oauth.arrived).toHaveLength(1);
  });
});

describe('a refresh without a response', () => {
  it.each([
    ['because nobody is there', nowhere],
    ['because the connection broke', async () => (await answering(hungUp)).url],
  ])('(%s) exits with 8 and deletes nothing', async (_, server) => {
    const { plant, call, file, config } = await withProfiles();
    await plant('default', { ...expired, oauth_url: await server() });
    const before = [file(), config()];
    const { exitCode, stdout, stderr } = await call([...token, '--max-retries', '0']);
    expect([exitCode, stdout, stderr]).toEqual([8, '', expect.stringMatching(/run the same command again/i)]);
    expect([file(), config()]).toEqual(before);
  });
});

it('a renewed token that cannot be saved is used with a warning', async () => {
  const { plant, call, configDir, tokenRequests, stored } = await withProfiles();
  const old = await plant('default', expired);
  // It is replaced by way of a file beside it, whose name would be too long.
  const elsewhere = join(configDir, 'elsewhere');
  mkdirSync(elsewhere);
  const long = join(elsewhere, 'x'.repeat(254));
  renameSync(join(configDir, 'credentials.enc'), long);
  symlinkSync(long, join(configDir, 'credentials.enc'));
  const { exitCode, stdout, stderr } = await call(['users', 'list', '--limit', '1']);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^US/)]);
  expect(stderr).toMatch(/^warning: The renewed token could not be stored: .*\n.*\n.*log in again/);
  expect(tokenRequests()).toBe(1);
  expect((await stored())?.accessToken.reveal()).toBe(old.accessToken.reveal());
});

describe('a clock that is an hour wrong', () => {
  const hour = 3_600_000;
  const list = ['users', 'list', '--limit', '1'];

  it.each([
    ['ahead of', 'an hour early', -hour, -hour, true],
    ['ahead of', 'an hour late', -hour, 2 * hour, false],
    ['behind', 'an hour early', hour, -hour, true],
    ['behind', 'an hour late', hour, 2 * hour, false],
  ])(
    '(%s that of Twilio) and an expiry that is %s cost one refresh at most, and no login',
    async (_clock, _expiry, shift, expiresIn, known) => {
      const { plant, call, tokenRequests, stored } = await withProfiles({ now: () => Date.now() + shift });
      await plant('default', { expiresIn, known });
      for (let command = 1; command <= 2; command += 1) {
        expect((await call(list)).exitCode).toBe(0);
        expect(tokenRequests()).toBe(1);
      }
      expect(await stored()).toBeDefined();
    },
  );

  it('does not renew again when even the renewed token is refused', async () => {
    const api = await answering(json({ code: 20003, message: 'Authentication failed', status: 401 }, 401));
    const { plant, call, tokenRequests, stored } = await withProfiles();
    await plant('default', { expiresIn: -hour, api_url: api.url });
    expect((await call(list)).exitCode).toBe(4);
    expect([tokenRequests(), api.arrived.length]).toEqual([1, 1]);
    expect(await stored()).toBeDefined();
  });
});

describe('a login whose token response gives a lifetime of', () => {
  it.each([
    ['1e13', 'unknown'],
    ['9223372036854775807', 'unknown'],
    ['-1', 'unknown'],
    ['"soon"', 'unknown'],
    ['7200', expect.stringMatching(/^\d{4}-\d\d-\d\dT/)],
  ])('%s is stored in a form that all commands can use', async (expires_in, shown) => {
    const { call, sandbox } = await withProfiles();
    const answer = `{"access_token":"${sandbox.issueToken()}","token_type":"Bearer","expires_in":${expires_in}}`;
    const oauth = await answering((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer),
    );
    const origins = { TWILIO_ORG_API_URL: sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: oauth.url };
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const ended = await call([...login, '--client-secret-stdin', '-o', 'json'], origins, client_secret);
    expect([ended.exitCode, JSON.parse(ended.stdout)]).toMatchObject([0, { expires_at: shown }]);
    const status = await call(['auth', 'status', '-o', 'json']);
    expect([status.exitCode, JSON.parse(status.stdout)]).toMatchObject([
      0,
      [{ state: 'valid', expires_at: shown }],
    ]);
    expect((await call(['users', 'list', '--limit', '1'])).exitCode).toBe(0);
    expect(oauth.arrived.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('an invalid stored time, as of an older version, is shown as unknown', async () => {
    const { plant, call } = await withProfiles();
    await plant('default', { expiresIn: 1e16 });
    const { exitCode, stdout } = await call(['auth', 'status', '-o', 'json']);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, [{ expires_at: 'unknown' }]]);
  });
});
