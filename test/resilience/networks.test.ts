import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { call, type Env, run, sandboxed } from '../support/cli.ts';
import { type ProxyOptions, startProxy } from '../support/proxy.ts';
import { type Answer, answering, json, nowhere } from '../support/server.ts';
import { type Authority, intermediateOf, newAuthority, tlsServer } from '../support/tls.ts';

const api = 'https://api.test.example';
const user = { id: `US${'1'.repeat(32)}`, userName: 'ada@example.com', active: true };
const users = json({ Resources: [user], totalResults: 1 });
const password = 'canary:w@rd';
const login = `ada:${password}`;
const encodedLogin = 'ada:canary%3Aw%40rd';
const secrets = [password, 'canary', Buffer.from(login).toString('base64')];

let authority: Authority;
beforeAll(async () => {
  authority = await newAuthority('api.test.example', 'oauth.test.example');
});
afterAll(() => authority.remove());

/** A server that stands for Twilio, which only the proxy finds, and the environment of a program behind that proxy. */
async function behindProxy(options: ProxyOptions = {}, answer: Answer = users) {
  const twilio = await tlsServer(authority, answer);
  const proxy = await startProxy({ leadsTo: twilio.port, ...options });
  const env: Env = {
    TWILIO_ORG_API_URL: api,
    TWILIO_ORG_OAUTH_URL: 'https://oauth.test.example',
    TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
    NODE_EXTRA_CA_CERTS: authority.file,
    HTTPS_PROXY: proxy.url,
  };
  return { twilio, proxy, env };
}

/** Node itself does not start where its own proxies are asked for and the variable is no URL. */
const noNodeProxy = { NODE_USE_ENV_PROXY: undefined };

const list = ['users', 'list', '--fields', 'userName', '--max-retries', '0'];
const listed = { stdout: 'ada@example.com\n', stderr: '', exitCode: 0 };

function expectNoSecret(text: string): void {
  for (const secret of secrets) expect(text).not.toContain(secret);
}

describe('behind a proxy', () => {
  test('https goes through a tunnel to the host', async () => {
    const { proxy, twilio, env } = await behindProxy();
    expect(await run(list, { env })).toEqual(listed);
    expect(proxy.seen).toEqual(['CONNECT api.test.example:443']);
    expect(twilio.arrived).toEqual([{ line: 'GET /scim/v2/Users', authorization: 'Bearer canary-token' }]);
  });

  test.each(['https_proxy', 'HTTP_PROXY', 'http_proxy'])(
    'the variable %s is read as well',
    async (variable) => {
      const { proxy, env } = await behindProxy({ instead: 403 });
      const named = { ...env, HTTPS_PROXY: undefined, [variable]: proxy.url };
      expect((await call(list, { env: named })).stderr).toContain(
        `The proxy ${proxy.url} (${variable}) refuses`,
      );
      expect(proxy.seen).toEqual(['CONNECT api.test.example:443']);
    },
  );

  test('a tunnel is reused', async () => {
    const pages = 6;
    const { proxy, twilio, env } = await behindProxy({}, (response, request) => {
      const number = Number(new URL(request.url ?? '', api).searchParams.get('PageToken') ?? 1);
      const next = number < pages ? `${api}/v2/Organizations/Roles?PageToken=${number + 1}` : null;
      const role = { sid: `IX${String(number).repeat(32)}`, friendly_name: `Role ${number}` };
      json({ roles: [role], meta: { key: 'roles', next_page_url: next } })(response);
    });
    const { stdout } = await run(['roles', 'list', '--fields', 'friendly_name'], { env });
    expect(stdout.split('\n')).toHaveLength(pages + 1);
    expect(twilio.arrived).toHaveLength(pages);
    expect(proxy.seen.length).toBeLessThan(pages / 2);
  });

  test('a proxy is also reached by TLS, when its address says https', async () => {
    const { env } = await behindProxy({ tls: authority });
    expect(await run(list, { env })).toEqual(listed);
    const { stderr, exitCode } = await run(list, { env: { ...env, NODE_EXTRA_CA_CERTS: undefined } });
    expect(stderr).toMatch(
      /^error: The certificate of the proxy https:.* is not trusted: .*\n.*NODE_EXTRA_CA_CERTS\n$/,
    );
    expect(exitCode).toBe(1);
  });

  test('a proxy that wrongly has the scheme https is exit code 1 with the remedy', async () => {
    const { proxy, env } = await behindProxy();
    const { stderr, exitCode } = await call(list, { env: { ...env, HTTPS_PROXY: `https://${proxy.host}` } });
    expect(stderr).toMatch(/^error: The proxy https:.* does not speak TLS\nWrite http:/);
    expect(exitCode).toBe(1);
  });

  test('user and password are sent to the proxy alone', async () => {
    const { proxy, twilio, env } = await behindProxy({ login });
    expect(await run(list, { env: { ...env, HTTPS_PROXY: `http://${encodedLogin}@${proxy.host}` } })).toEqual(
      listed,
    );
    expect(twilio.arrived[0]?.authorization).toBe('Bearer canary-token');
  });

  test('a wrong user and password are reported without being shown', async () => {
    const { proxy, twilio, env } = await behindProxy({ login: 'ada:other' });
    const HTTPS_PROXY = `http://${encodedLogin}@${proxy.host}`;
    const { stdout, stderr, exitCode } = await call(['users', 'list', '--debug'], {
      env: { ...env, HTTPS_PROXY },
    });
    expect(stderr).toContain(
      `error: The proxy http://[hidden]@${proxy.host} (HTTPS_PROXY) does not accept the user and password\nCorrect them in HTTPS_PROXY`,
    );
    expectNoSecret(stdout + stderr);
    expect({ exitCode, asked: proxy.seen.length, arrived: twilio.arrived }).toEqual({
      exitCode: 1,
      asked: 1,
      arrived: [],
    });
  });

  test('a proxy that needs a user and password is reported as such', async () => {
    const { proxy, env } = await behindProxy({ login });
    const { stderr, exitCode } = await call(list, { env });
    expect(stderr).toMatch(
      /^error: The proxy http:.* \(HTTPS_PROXY\) requires a user and password\nSet HTTPS_PROXY=http:/,
    );
    expect({ exitCode, asked: proxy.seen.length }).toEqual({ exitCode: 1, asked: 1 });
  });

  test('a proxy that refuses the host is not retried', async () => {
    const { proxy, env } = await behindProxy({ instead: 403 });
    const { stderr, exitCode } = await call(['users', 'list'], { env });
    expect(stderr).toMatch(
      /^error: The proxy .* refuses to connect to api\.test\.example:443 \(status 403\)\n.*NO_PROXY/,
    );
    expect({ exitCode, asked: proxy.seen.length }).toEqual({ exitCode: 1, asked: 1 });
  });

  test.each([
    [502, /^error: The proxy http:.* could not connect to api\.test\.example:443 \(status 502\)\n/],
    ['hang up', /^error: The proxy http:.* could not be reached: the connection broke\n/],
  ] as const)(
    'a proxy that cannot reach the host (%s) is retried as often as allowed, for a write too',
    async (instead, message) => {
      const { proxy, env } = await behindProxy({ instead });
      const create = ['users', 'create', '--email', 'ada@example.com', '--max-retries', '1'];
      const { stderr, exitCode } = await call(create, { env });
      expect(stderr).toMatch(message);
      expect({ exitCode, asked: proxy.seen.length }).toEqual({ exitCode: 8, asked: 2 });
    },
  );

  test('a proxy that never responds is abandoned after --timeout', async () => {
    const { env } = await behindProxy({ instead: 'silent' });
    const { stderr, exitCode } = await run([...list, '--timeout', '4'], { env });
    expect(stderr).toMatch(/^error: .*proxy http:\S+.*: no .*response within 4 seconds\n/);
    expect(exitCode).toBe(8);
  });

  test('a missing proxy is exit code 8 and named, without user and password', async () => {
    const { env } = await behindProxy();
    const host = new URL(await nowhere()).host;
    const dead = { ...env, HTTPS_PROXY: `http://${encodedLogin}@${host}` };
    const { stderr, exitCode } = await call(list, { env: dead });
    expect(stderr).toBe(
      `error: The proxy http://[hidden]@${host} (HTTPS_PROXY) could not be reached: connection refused\nCheck HTTPS_PROXY and the network, then run the same command again\n`,
    );
    expect(exitCode).toBe(8);
    expectNoSecret((await call([...list, '--debug', '-o', 'json'], { env: dead })).stderr);
  });

  test('--debug shows which proxy a request goes through, without user and password', async () => {
    const { proxy, env } = await behindProxy({ login });
    const HTTPS_PROXY = `http://${encodedLogin}@${proxy.host}`;
    const { stdout, stderr } = await run([...list, '--debug'], { env: { ...env, HTTPS_PROXY } });
    expect(stderr).toContain(`> GET ${api}/scim/v2/Users through the proxy http://[hidden]@${proxy.host}\n`);
    expect(stdout).toBe(listed.stdout);
    expectNoSecret(stderr);
  });

  test('a proxy may be named without a scheme, and with user and password', async () => {
    const { proxy, twilio, env } = await behindProxy({ login });
    expect(
      await run(list, { env: { ...env, ...noNodeProxy, HTTPS_PROXY: `${encodedLogin}@${proxy.host}` } }),
    ).toEqual(listed);
    expect(twilio.arrived).toHaveLength(1);
  });

  test.each([
    'nonsense',
    '1',
    'socks5://ada:canary@proxy.example.com',
    'http://ada:canary#w@proxy.example.com',
    'http://ada:12/canary@proxy.example.com',
    'http://ada:canary%@proxy.example.com',
  ])('HTTPS_PROXY=%s is a usage error that does not show it', async (HTTPS_PROXY) => {
    const { env } = await behindProxy();
    const { stderr, exitCode } = await call(list, { env: { ...env, HTTPS_PROXY } });
    expect(stderr).toMatch(/^error: HTTPS_PROXY is not the http or https URL of a proxy\nExamples: http:/);
    expect(stderr).not.toMatch(/canary|ada|12\/|socks|nonsense/);
    expect(exitCode).toBe(2);
  });
});

test('a command without network works with an invalid proxy', async () => {
  const { env } = await sandboxed({ users: 1 });
  const nonsense = { HTTPS_PROXY: 'nonsense', ...noNodeProxy };
  for (const args of [
    ['auth', 'status'],
    ['runs', 'list'],
    ['guards', 'show'],
    ['apps', 'scopes'],
    ['users', 'list'],
  ]) {
    const { stderr, exitCode } = await call(args, { env: { ...env, ...nonsense } });
    expect({ args, exitCode, named: stderr.includes('PROXY') }).toEqual({ args, exitCode: 0, named: false });
  }
});

describe('the exemptions from a proxy', () => {
  test('include a host in NO_PROXY', async () => {
    const { proxy, env } = await behindProxy();
    // `.invalid` never resolves (RFC 6761, section 6.4), so a direct request fails.
    const exempt = {
      ...env,
      TWILIO_ORG_API_URL: 'https://api.test.invalid',
      NO_PROXY: 'localhost, test.invalid',
    };
    const { stderr, exitCode } = await call(list, { env: exempt });
    expect(stderr).toMatch(
      /^error: https:\/\/api\.test\.invalid (could not be reached|sent no complete response).*: /,
    );
    expect({ exitCode, seen: proxy.seen }).toEqual({ exitCode: 8, seen: [] });
  });

  test('include this machine, whatever NO_PROXY says', async () => {
    const { sandbox, call: callIn } = await sandboxed({ users: 1 });
    const proxy = await startProxy();
    const variables = {
      HTTPS_PROXY: proxy.url,
      HTTP_PROXY: proxy.url,
      https_proxy: proxy.url,
      http_proxy: proxy.url,
    };
    const { exitCode } = await callIn(['users', 'list'], {
      env: { ...variables, NO_PROXY: '', no_proxy: '' },
    });
    expect({ exitCode, seen: proxy.seen }).toEqual({ exitCode: 0, seen: [] });
    expect(sandbox.requests).toHaveLength(1);
  });

  test('can differ for two hosts in one command', async () => {
    const token = json({ access_token: 'canary-token', token_type: 'Bearer', expires_in: 3600 });
    const { proxy, env } = await behindProxy({}, token);
    const { url, arrived } = await answering(users);
    const mixed = {
      ...env,
      TWILIO_ORG_API_URL: url,
      TWILIO_ORG_ACCESS_TOKEN: undefined,
      TWILIO_ORG_CLIENT_ID: `OQ${'0'.repeat(32)}`,
      TWILIO_ORG_CLIENT_SECRET: 'canary-secret',
    };
    expect(await run(list, { env: mixed })).toEqual(listed);
    expect(proxy.seen).toEqual(['CONNECT oauth.test.example:443']);
    expect(arrived).toEqual(['GET /scim/v2/Users']);
  });
});

describe('a Node with its own proxy support', () => {
  const flag = '--use-env-proxy';
  const knowsFlag = process.allowedNodeEnvironmentFlags.has(flag);
  test.each<[string, Env]>([
    ['NODE_USE_ENV_PROXY=1', { NODE_USE_ENV_PROXY: '1' }],
    // Before Node 22.21 the flag itself is an error.
    [`NODE_OPTIONS=${flag}`, knowsFlag ? { NODE_OPTIONS: flag } : {}],
  ])('sends nothing for this machine through one: %s', async (_, wish) => {
    const token = json({ access_token: 'canary-token', token_type: 'Bearer', expires_in: 3600 });
    const { url, arrived } = await answering(token, users);
    const proxy = await startProxy();
    const env: Env = {
      TWILIO_ORG_API_URL: url,
      TWILIO_ORG_OAUTH_URL: url,
      TWILIO_ORG_CLIENT_ID: `OQ${'0'.repeat(32)}`,
      TWILIO_ORG_CLIENT_SECRET: 'canary-secret',
      HTTP_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      NODE_NO_WARNINGS: '1',
      ...wish,
    };
    expect(await run(list, { env })).toEqual(listed);
    expect({ seen: proxy.seen, arrived }).toEqual({
      seen: [],
      arrived: ['POST /v2/token', 'GET /scim/v2/Users'],
    });
  });

  test('uses a proxy as the variables say, once, and says so', async () => {
    const { proxy, twilio, env } = await behindProxy();
    const wish = { NODE_USE_ENV_PROXY: '1', NODE_NO_WARNINGS: '1' };
    expect(await run(list, { env: { ...env, ...wish } })).toEqual(listed);
    expect(proxy.seen).toEqual(['CONNECT api.test.example:443']);
    expect(twilio.arrived).toHaveLength(1);
    const exempt = { ...env, ...wish, NO_PROXY: '*', TWILIO_ORG_API_URL: 'https://api.test.invalid' };
    expect((await run(list, { env: exempt })).exitCode).toBe(8);
    expect(proxy.seen).toHaveLength(1);
  });
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not make any certificate trusted, with a proxy or without', async () => {
  const { twilio, env } = await behindProxy();
  const blind: Env = {
    ...env,
    NODE_EXTRA_CA_CERTS: undefined,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  };
  const tlsProxy = await startProxy({ leadsTo: twilio.port, tls: authority });
  for (const variables of [
    blind,
    { ...blind, HTTPS_PROXY: tlsProxy.url },
    { ...blind, HTTPS_PROXY: undefined, TWILIO_ORG_API_URL: twilio.url },
  ]) {
    const { stdout, stderr, exitCode } = await run(list, { env: variables });
    expect(stderr).toMatch(/^error: The certificate of .* is not trusted: /);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  }
  expect(twilio.arrived).toEqual([]);
});

test('every request names the program and its version, to the token endpoint and to a proxy too', async () => {
  const agents: Record<string, string | undefined> = {};
  const token = json({ access_token: 'canary-token', token_type: 'Bearer', expires_in: 3600 });
  const answer: Answer = (response, request) => {
    agents[request.url ?? ''] = request.headers['user-agent'];
    return (request.url === '/v2/token' ? token : users)(response);
  };
  const { proxy, env } = await behindProxy({}, answer);
  const client = { TWILIO_ORG_CLIENT_ID: `OQ${'0'.repeat(32)}`, TWILIO_ORG_CLIENT_SECRET: 'canary-secret' };
  const { url } = await answering(answer);
  const name = `twilio-org/${packageJson.version}`;
  const through = { ...env, ...client, TWILIO_ORG_ACCESS_TOKEN: undefined };
  for (const variables of [through, { ...client, TWILIO_ORG_API_URL: url, TWILIO_ORG_OAUTH_URL: url }]) {
    expect(await run(list, { env: variables })).toEqual(listed);
    expect(agents).toEqual({ '/v2/token': name, '/scim/v2/Users': name });
    for (const path of Object.keys(agents)) delete agents[path];
  }
  expect(proxy.agents).toEqual([name, name]);
});

describe('a certificate of an unknown authority', () => {
  const untrusted = (origin: string) =>
    `error: The certificate of ${origin} is not trusted: UNABLE_TO_VERIFY_LEAF_SIGNATURE\nIf a proxy of your company re-signs traffic, name its CA file in NODE_EXTRA_CA_CERTS\n`;

  test('is not trusted without a proxy, until NODE_EXTRA_CA_CERTS names the authority', async () => {
    const { url } = await tlsServer(authority, users);
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
    expect(await run(list, { env })).toEqual({ stdout: '', stderr: untrusted(url), exitCode: 1 });
    expect(await run(list, { env: { ...env, NODE_EXTRA_CA_CERTS: authority.file } })).toEqual(listed);
  });

  test('is not trusted through a proxy either, until NODE_EXTRA_CA_CERTS names the authority', async () => {
    const { twilio, env } = await behindProxy();
    const without = { ...env, NODE_EXTRA_CA_CERTS: undefined };
    expect(await run(list, { env: without })).toEqual({ stdout: '', stderr: untrusted(api), exitCode: 1 });
    expect(twilio.arrived).toEqual([]);
    expect(await run(list, { env })).toEqual(listed);
  });

  test.each([
    [
      'nothing of it',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'does not hold the authority that signed it. Add its root',
    ],
    ['the middle of its chain', 'UNABLE_TO_GET_ISSUER_CERT', 'holds an intermediate authority. Add the root'],
  ])(
    'stays untrusted with a NODE_EXTRA_CA_CERTS that holds %s, with a message',
    async (what, code, advice) => {
      const middle = await intermediateOf(authority);
      onTestFinished(middle.remove);
      const { url } = await tlsServer(what === 'nothing of it' ? authority : middle, users);
      const env = {
        TWILIO_ORG_API_URL: url,
        TWILIO_ORG_ACCESS_TOKEN: 'canary',
        NODE_EXTRA_CA_CERTS: middle.file,
      };
      expect((await run(list, { env })).stderr).toBe(
        `error: The certificate of ${url} is not trusted: ${code}\n${middle.file} (NODE_EXTRA_CA_CERTS) ${advice} ${
          code === 'UNABLE_TO_GET_ISSUER_CERT'
            ? 'certificate above it'
            : 'certificate. twilio-org doctor shows the contents of the file'
        }\n`,
      );
    },
  );

  test('for another host stays untrusted with NODE_EXTRA_CA_CERTS, with a message', async () => {
    const { env } = await behindProxy();
    const { stderr, exitCode } = await run(list, {
      env: { ...env, TWILIO_ORG_API_URL: 'https://other.test.example' },
    });
    expect(stderr).toMatch(
      /^error: The certificate of https:\/\/other\.test\.example is not trusted: .*\nIt was issued for another host/,
    );
    expect(exitCode).toBe(1);
  });
});

describe('a network that responds in place of Twilio', () => {
  const page: Answer = (response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!DOCTYPE html><title>Hotel</title>Please sign in');
  const client = { TWILIO_ORG_CLIENT_ID: `OQ${'0'.repeat(32)}`, TWILIO_ORG_CLIENT_SECRET: 'canary-secret' };

  test('with a web page is recognised on reading', async () => {
    const { url } = await answering(page);
    const { stderr, exitCode } = await call(list, {
      env: { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' },
    });
    expect(stderr).toMatch(
      /^error: A web page came from .*\/scim\/v2\/Users where Twilio sends data \(status 200\)\n.*sign-in/,
    );
    expect(exitCode).toBe(1);
  });

  test('with a web page is recognised at the token endpoint, and the credentials are not blamed', async () => {
    const { url } = await answering(page);
    const { stderr, exitCode } = await call(list, { env: { TWILIO_ORG_OAUTH_URL: url, ...client } });
    expect(stderr).toMatch(
      /^error: A web page came from .*\/v2\/token where Twilio sends data \(status 200\)\n.*sign-in/,
    );
    expect(exitCode).toBe(1);
  });

  test('with a web page to a write leaves the outcome unknown', async () => {
    const { url } = await answering(page);
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' };
    const { stderr, exitCode } = await call(['users', 'create', '--email', 'ada@example.com'], { env });
    expect(stderr).toMatch(/^error: A web page came from .*\n.*may or may not have happened/);
    expect(exitCode).toBe(11);
  });

  test('with a page that forbids access does not blame the scopes of the login', async () => {
    const { url } = await answering((response) =>
      response.writeHead(403).end('<html>Blocked by policy</html>'),
    );
    const { stderr, exitCode } = await call(list, {
      env: { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' },
    });
    expect(stderr).toMatch(/^error: A web page came from .* \(status 403\)\n/);
    expect(stderr).not.toContain('scope');
    expect(exitCode).toBe(1);
  });

  test('that says it wants a sign-in (status 511) is believed, and the credentials are not blamed', async () => {
    const { url } = await answering(json({}, 511, { 'retry-after': '0' }));
    const read = await call(list, { env: { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' } });
    const token = await call(list, { env: { TWILIO_ORG_OAUTH_URL: url, ...client } });
    for (const { stderr, exitCode } of [read, token]) {
      expect(stderr).toBe(
        `error: The network requires a sign-in before it allows requests to ${url}\nOpen any page in a browser to sign in, then run the same command again\n`,
      );
      expect(exitCode).toBe(1);
    }
  });
});

describe('doctor on a network with a proxy', () => {
  /** In the test, or by a process where the authority has to be trusted. */
  async function examined(env: Env, start: typeof run = call) {
    const { stdout, stderr } = await start(['doctor', '-o', 'json'], { env });
    const findings: { check: string; state: string; found: string; remedy: string | null }[] =
      JSON.parse(stdout);
    return {
      by: Object.fromEntries(findings.map((finding) => [finding.check, finding])),
      shown: stdout + stderr,
    };
  }

  test('shows what goes through the proxy, without user and password', async () => {
    const { proxy, env } = await behindProxy({ login });
    const shownProxy = `http://[hidden]@${proxy.host}`;
    const variables = { HTTPS_PROXY: `http://${encodedLogin}@${proxy.host}`, NO_PROXY: 'a.example' };
    const { by, shown } = await examined({ ...env, ...variables }, run);
    expect(by.proxy).toMatchObject({
      state: 'ok',
      found: `HTTPS_PROXY=${shownProxy}, NO_PROXY=a.example, used for ${api} and https://oauth.test.example`,
    });
    expect(by.api).toMatchObject({
      state: 'ok',
      found: expect.stringContaining(`${api} responded through the proxy ${shownProxy} within`),
    });
    expectNoSecret(shown);
  });

  test('shows what does not go through the proxy', async () => {
    const { env, sandbox } = await sandboxed({ users: 1 });
    const proxy = await startProxy();
    const { by } = await examined({ ...env, http_proxy: proxy.url });
    expect(by.proxy?.found).toBe(`http_proxy=${proxy.url}, not used for ${sandbox.apiUrl}`);
    expect(by.api?.found).toMatch(/ responded within \d+ ms$/);
    expect(proxy.seen).toEqual([]);
  });

  test('finds a proxy that is wrong, without showing it', async () => {
    const { proxy, env } = await behindProxy({ login });
    const { by, shown } = await examined({ ...env, HTTPS_PROXY: `http://ada:wrong-canary@${proxy.host}` });
    expect(by.api).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('does not accept the user and password'),
    });
    expect(shown).not.toContain('canary');
    const { by: malformed } = await examined({
      ...env,
      ...noNodeProxy,
      HTTPS_PROXY: 'ada:canary@proxy.example.com',
    });
    expect(malformed.proxy).toMatchObject({
      state: 'problem',
      found: expect.stringMatching(/^HTTPS_PROXY is not/),
    });
    expectNoSecret(JSON.stringify(malformed));
  });

  test('finds a web page in the place of Twilio', async () => {
    const { url } = await answering((response) => response.end('<html>Please sign in</html>'));
    const { by } = await examined({ TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' });
    expect(by.api).toMatchObject({ state: 'warning', found: expect.stringMatching(/^A web page came from/) });
  });
});
