import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { sendWithRetries } from '../../src/platform/http/client.ts';
import { createRetryBudget } from '../../src/platform/http/retry.ts';
import { between } from '../support/between.ts';
import { call, clientCredentials, type Env, home, run, sandboxed, start, userAt } from '../support/cli.ts';
import { browserLogin, pageOf } from '../support/login.ts';
import { requiring } from '../support/node-options.ts';
import { type Answer, answering, hungUp, json } from '../support/server.ts';

function at(url: string): Env {
  return { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
}

/** With a token that is minted there first. */
function minting(url: string): Env {
  const client = { TWILIO_ORG_CLIENT_ID: `OQ${'0'.repeat(32)}`, TWILIO_ORG_CLIENT_SECRET: 'canary-secret' };
  return { TWILIO_ORG_API_URL: url, TWILIO_ORG_OAUTH_URL: url, ...client };
}

const limited = (after: string) =>
  json({ code: 20429, message: 'Too Many Requests' }, 429, { 'retry-after': after });
const broken = json({ code: 20500, message: 'Internal error' }, 500);
const none = json({ Resources: [] });

describe('a read', () => {
  test('is tried five times in all, and no more', async () => {
    const { url, arrived } = await answering(json({ code: 20500 }, 500, { 'retry-after': '0' }));
    const { exitCode } = await call(['users', 'list'], { env: at(url) });
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 8, arrived: 5 });
  });

  test('is retried as often as --max-retries says', async () => {
    const { url, arrived } = await answering(broken);
    await call(['users', 'list', '--max-retries', '1'], { env: at(url) });
    expect(arrived).toHaveLength(2);
  });

  test.each([
    ['no seconds', '0'],
    ['a date that is past', 'Wed, 21 Oct 2015 07:28:00 GMT'],
    ['rubbish', 'soon, I hope'],
  ])('continues after a 429 with %s in Retry-After', async (_, after) => {
    const { url, arrived } = await answering(limited(after), none);
    const { exitCode } = await call(['users', 'list'], { env: at(url) });
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 0, arrived: 2 });
  });

  test.each([
    ['a day', '86400', /retry after 86400 seconds/],
    ['a date of tomorrow', new Date(Date.now() + 86_400_000).toUTCString(), /retry after 86\d{3} seconds/],
  ])('gives up at once when it should wait %s, and shows the time', async (_, after, message) => {
    const { url, arrived } = await answering(limited(after));
    const { stderr, exitCode } = await call(['users', 'list'], { env: at(url) });
    expect(stderr).toMatch(message);
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 8, arrived: 1 });
  });
});

describe('a server error with a time to wait', () => {
  const fault = json({}, 503, { 'retry-after': '86400' });

  test('ends a read at once, with the time', async () => {
    const { url, arrived } = await answering(fault);
    const { stderr, exitCode } = await call(['users', 'list'], { env: at(url) });
    expect(stderr).toContain('status 503: retry after 86400 seconds\n');
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 8, arrived: 1 });
  });

  test('makes a write verify, and not retry before that time', async () => {
    const { url, arrived } = await answering((response, request) =>
      (request.method === 'GET' ? none : fault)(response),
    );
    const { stderr, exitCode } = await call(['users', 'create', '--email', 'a@example.com'], {
      env: at(url),
    });
    expect(stderr).toContain('retry after 86400 seconds; the current state shows that it did not happen');
    expect({ exitCode, writes: arrived.filter((line) => line.startsWith('POST')).length }).toEqual({
      exitCode: 8,
      writes: 1,
    });
  });

  test('is reported for the token endpoint', async () => {
    const { url, arrived } = await answering(
      json({ message: 'Busy' }, 503, { 'retry-after': '86400', 'twilio-request-id': 'RQ8' }),
    );
    const { stderr, exitCode } = await call(['users', 'list'], { env: minting(url) });
    expect(stderr).toBe(
      "error: Twilio's token endpoint could not serve the request: Busy: retry after 86400 seconds\n" +
        "The problem is on Twilio's side. Run the same command again later\n(request RQ8)\n",
    );
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 8, arrived: 1 });
  });
});

test('a run of many changes that should wait a day ends at once, with the time', async () => {
  const { url, arrived } = await answering((response, request) =>
    (request.method === 'GET' ? none : limited('86400'))(response),
  );
  const emails = Array.from({ length: 30 }, (_, number) => `user${number}@example.com\n`);
  const env = { ...at(url), TWILIO_ORG_CONFIG_DIR: mkdtempSync(join(home, 'day-')) };
  const input = `email\n${emails.join('')}`;
  const { stdout, exitCode } = await call(['users', 'import', '-', '--yes'], { env, input });
  expect(stdout).toContain('retry after 86400 seconds');
  expect(stdout).toContain('not tried');
  // 8 when one alone was sent, whose error is that of the run.
  expect([3, 8]).toContain(exitCode);
  expect(arrived.filter((line) => line.startsWith('POST')).length).toBeLessThanOrEqual(8);
});

test('all requests of a run share one budget of retries', async () => {
  const { url, arrived } = await answering(json({}, 503, { 'retry-after': '0' }));
  const http = { timeoutMs: 60_000, maxRetries: 4, signal: new AbortController().signal, now: Date.now };
  const request = { method: 'GET', url: new URL(url), headers: {}, repeatable: true };
  const budget = createRetryBudget(7);
  for (let count = 0; count < 20; count++) await sendWithRetries(request, { ...http, retryBudget: budget });
  expect(arrived).toHaveLength(20 + 7);
});

test.each([
  ['reading', ['users', 'list'], 31],
  // Each look is a good answer, which gives half a try back.
  ['a write with its looks', ['users', 'create', '--email', 'a@example.com'], 60],
])('all requests of a command share one budget of retries: %s', async (_, args, most) => {
  const fault = json({}, 503, { 'retry-after': '0' });
  const { url, arrived } = await answering((response, { method }) =>
    (args.includes('create') && method === 'GET' ? none : fault)(response),
  );
  const { exitCode } = await call([...args, '--max-retries', '99'], { env: at(url) });
  const [kind = ''] = arrived[0]?.split(' ') ?? [];
  const sent = arrived.filter((line) => line.startsWith(kind)).length;
  expect({ exitCode, sent }).toEqual({ exitCode: 8, sent: most });
});

test('Ctrl-C ends a wait at once', async () => {
  const { url, arrived } = await answering((response) => {
    limited('50')(response);
    setImmediate(() => subprocess.kill('SIGINT'));
  });
  const subprocess = start(['users', 'list'], { env: at(url) });
  const { exitCode } = await subprocess;
  expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 130, arrived: 1 });
});

test.each<[string, Answer, RegExp]>([
  ['to send again what was refused', limited('50'), /\tnot tried\t+$/],
  ['for its pace', limited(''), /\tnot tried\t+$/],
  [
    'to send again what was lost, and looks first',
    json({}, 503, { 'retry-after': '50' }),
    /\tnot tried\t+$|\tfailed\t\t.*the current state shows that it did not happen$/,
  ],
])('Ctrl-C ends the waits of all requests of a run at once: %s', async (_, answer, rows) => {
  let stopping = false;
  const { url } = await answering((response, request) => {
    if (request.method === 'GET') return none(response);
    if (!stopping) setTimeout(stop, 1000);
    stopping = true;
    return answer(response, request);
  });
  const emails = Array.from({ length: 30 }, (_, number) => `user${number}@example.com\n`);
  const env = { ...at(url), TWILIO_ORG_CONFIG_DIR: mkdtempSync(join(home, 'wait-')) };
  const subprocess = start(['users', 'import', '-', '--yes'], { env, input: `email\n${emails.join('')}` });
  let stopped = Number.POSITIVE_INFINITY;
  const stop = () => {
    stopped = Date.now();
    subprocess.kill('SIGINT');
  };
  const { stdout, stderr, exitCode } = await subprocess;
  // The wait that it has begun is of 50 seconds.
  expect(Date.now() - stopped).toBeLessThan(45_000);
  const lines = stdout.split('\n').filter((line) => line !== '');
  expect({ rows: lines.length, others: lines.filter((line) => !rows.test(line)) }).toEqual({
    rows: 30,
    others: [],
  });
  expect(stderr).toContain('Resume with: twilio-org runs resume ');
  expect(exitCode).toBe(130);
});

describe('an error that people can act on:', () => {
  test.each<[string, string, (url: string) => Env]>([
    ['token', 'canary-token/own', (url) => ({ ...at(url), TWILIO_ORG_ACCESS_TOKEN: 'canary-token/own' })],
    ['client secret', 'canary-secret', minting],
  ])('a server that repeats the %s that it was sent does not show it', async (_, secret, env) => {
    const said = `${secret} and ${encodeURIComponent(secret)} are wrong`;
    const { url } = await answering((response) =>
      response.writeHead(400).end(JSON.stringify({ message: said }).replaceAll('/', '\\/')),
    );
    for (const more of [[], ['--debug'], ['-o', 'json']]) {
      const { stderr } = await call(['users', 'list', ...more], { env: env(url) });
      expect(stderr).toContain('[hidden] and [hidden] are wrong');
      expect(stderr).not.toMatch(/canary/);
    }
  });

  test.each([
    [
      'throws what nobody expected',
      'process.stdout.write = () => { throw new TypeError("oh"); };',
      'TypeError: oh',
    ],
    ['waits for what never comes', 'process.stdout.write = () => true;', 'it ended before its work did'],
  ])(
    'a program that %s says that it is a bug, where to report it and with which details',
    async (_, code, what) => {
      const file = join(mkdtempSync(join(home, 'bug-')), 'bug.cjs');
      writeFileSync(file, code);
      const { url } = await answering(none);
      const env = { ...at(url), NODE_OPTIONS: requiring(file) };
      const { stderr, exitCode } = await run(['users', 'list', '-o', 'json'], { env });
      expect(stderr).toContain(`This is a bug in twilio-org (${what})`);
      expect(stderr).toContain(
        'Report it where you got twilio-org from, with the command line and the output of --debug',
      );
      expect(exitCode).toBe(1);
    },
  );

  test('a message of a million characters is shortened', async () => {
    const { url } = await answering(json({ message: 'x'.repeat(1_000_000) }, 400));
    const { stderr } = await call(['users', 'list'], { env: at(url) });
    expect(stderr).toMatch(/^error: x{1000}… \(999000 characters more\)\n/);
  });

  test('--debug with --profile names it in the line for the shell', async () => {
    const { url } = await answering(none);
    const { stderr } = await call(['users', 'list', '--profile', 'work', '--debug'], { env: at(url) });
    expect(stderr).toContain('-H "authorization: Bearer $(twilio-org --profile work auth token)"');
  });

  test('a 403 names the scope, and where to select it', async () => {
    const { sandbox, call } = await sandboxed({ users: 3 });
    const TWILIO_ORG_ACCESS_TOKEN = sandbox.issueToken({ scopes: ['roles/list'] });
    const { stderr, exitCode } = await call(['users', 'list'], { env: { TWILIO_ORG_ACCESS_TOKEN } });
    expect(stderr).toMatch(/lacks the scope managed-users\/list: tick it in the OAuth app \(Console > /);
    expect(exitCode).toBe(5);
  });

  test('a 401 that stays after another token was minted says to log in again', async () => {
    const world = await sandboxed();
    const { url } = await answering(json({ code: 20003, message: 'Authenticate' }, 401));
    const env = { ...world.env, ...clientCredentials(world.sandbox), TWILIO_ORG_API_URL: url };
    const { stderr, exitCode } = await call(['users', 'list'], { env });
    expect(stderr).toContain('Log in again: twilio-org auth login');
    expect(exitCode).toBe(4);
  });

  test("a 5xx is said to be Twilio's, with the id of the request", async () => {
    const { url } = await answering(
      json({ code: 20500, message: 'Internal error' }, 500, { 'twilio-request-id': 'RQ7' }),
    );
    const { stderr } = await call(['users', 'list', '--max-retries', '0'], { env: at(url) });
    expect(stderr).toBe(
      "error: Internal error\nThe problem is on Twilio's side. Run the same command again later\n(Twilio error 20500, request RQ7)\n",
    );
  });

  test('--debug shows a line for the shell that sends the same again, without the token', async () => {
    const { sandbox, call } = await sandboxed({ users: 3 });
    const { id } = userAt(sandbox, 1);
    const name = `It's "$HOME" and \`id\` \x7f\x9b2J\xad\u202e管理`;
    const { stderr } = await call(['users', 'update', id, '--display-name', name, '--debug']);
    const line = stderr.split('\n').find((each) => each.includes('  curl ') && each.includes(' PUT ')) ?? '';
    expect(line).toContain('curl -g -X PUT');
    expect(line).toContain('-H "authorization: Bearer $(twilio-org auth token)"');
    const bin = mkdtempSync(join(home, 'bin-'));
    writeFileSync(join(bin, 'twilio-org'), '#!/bin/sh\necho T\n', { mode: 0o755 });
    writeFileSync(join(bin, 'curl'), '#!/bin/sh\nfor word; do printf "<%s>" "$word"; done\n', {
      mode: 0o755,
    });
    // The shell's own reading of the line: what curl would be given.
    const { stdout } = await execa('sh', ['-c', line], { env: { PATH: `${bin}:${process.env.PATH}` } });
    expect(stdout).toContain('<authorization: Bearer T>');
    const [, body = ''] = /<--data-raw><(.*)>$/.exec(stdout) ?? [];
    expect(JSON.parse(body).displayName).toBe(name);
    expect(stderr).not.toContain(sandbox.issueToken().slice(0, 20));
  });
});

async function exchanged(answer: Answer) {
  const { exchangeCode } = await import('../../src/login/oauth/oauth.ts');
  const { Secret } = await import('../../src/platform/core/secret.ts');
  const { url, arrived } = await answering(answer);
  const app = { clientId: `OQ${'0'.repeat(32)}`, clientSecret: new Secret('s'), oauthUrl: url };
  const http = { timeoutMs: 60_000, maxRetries: 4, signal: new AbortController().signal, now: Date.now };
  const expected = { redirectUri: 'http://127.0.0.1:1/callback', state: 'abc', verifier: 'v'.repeat(43) };
  const callback = new URLSearchParams({ code: 'c', state: 'abc' });
  const error = await exchangeCode(app, callback, expected, http).catch((thrown) => thrown);
  return { error, arrived };
}

test('an exchange of a code for tokens is never sent twice', async () => {
  for (const answer of [broken, limited('0'), hungUp]) {
    const { error, arrived } = await exchanged(answer);
    expect(arrived).toEqual(['POST /v2/token']);
    expect(error).toMatchObject({ name: 'AppError', kind: 'temporary' });
  }
});

test('a login whose exchange of the code fails sends it once and stores nothing', async () => {
  const { login, redirectUri, configDir } = await browserLogin();
  const { url, arrived } = await answering(hungUp);
  const running = login(['--no-browser'], { TWILIO_ORG_OAUTH_URL: url, TWILIO_ORG_API_URL: url });
  const page = new URL(await pageOf(running));
  const state = page.searchParams.get('state') ?? '';
  await fetch(`${redirectUri}?${new URLSearchParams({ code: 'c', state })}`);
  const { stderr, exitCode } = await running;
  expect(stderr).toContain('Nothing was stored. Run `twilio-org auth login` again');
  expect({ exitCode, arrived }).toEqual({ exitCode: 8, arrived: ['POST /v2/token'] });
  expect(existsSync(join(configDir, 'config.json'))).toBe(false);
});

test('a login whose exchange of the code is lost says what to do', async () => {
  const { error } = await exchanged(hungUp);
  expect(error.message).toBe(
    'The login could not be finished: POST /v2/token: no response (the connection broke)',
  );
  expect(error.hint).toBe('Nothing was stored. Run `twilio-org auth login` again');
});

test('a token endpoint that responds too late does not count as a refusal', async () => {
  const { url } = await answering(json({ message: 'Request Timeout' }, 408));
  const { stderr, exitCode } = await call(['users', 'list', '--max-retries', '0'], { env: minting(url) });
  expect(stderr).toContain("Twilio's token endpoint could not serve the request: Request Timeout");
  expect(exitCode).toBe(8);
});

test('an import continues when no token is available for a while, and requests one at a time', async () => {
  const { sandbox, env, call } = await sandboxed();
  const folder = mkdtempSync(join(home, 'outage-'));
  const input = join(folder, 'in.csv');
  writeFileSync(
    input,
    ['email', ...Array.from({ length: 40 }, (_, index) => `p${index}@example.com`)].join('\n'),
  );
  const token = (response: ServerResponse) =>
    json({ access_token: sandbox.issueToken(), token_type: 'Bearer', expires_in: 3600 })(response);
  let underWay = 0;
  let most = 0;
  const failing = async (response: ServerResponse) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    json({}, 503, { 'retry-after': '0' })(response);
  };
  // Five tries of a request, and as many once more, fail.
  const failures = 12;
  const oauth = await answering(token, ...Array.from({ length: failures }, () => failing), token);
  const api = await between(sandbox.apiUrl, ({ method, writes: count }) => {
    if (method !== 'GET' && count === 10) sandbox.state.accessTokens.clear();
    return undefined;
  });
  const { exitCode, stderr } = await call(['users', 'import', input], {
    env: {
      ...env,
      ...clientCredentials(sandbox),
      TWILIO_ORG_CONFIG_DIR: folder,
      TWILIO_ORG_API_URL: api,
      TWILIO_ORG_OAUTH_URL: oauth.url,
    },
  });
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('40 created')]);
  expect([most, oauth.arrived.length]).toEqual([1, failures + 2]);
});
