import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { checkNodeVersion } from '../../../src/doctor/environment.ts';
import { findBrowser } from '../../../src/login/oauth/browser.ts';
import {
  call,
  cleanEnv,
  clientCredentials,
  home,
  program,
  type RunOptions,
  run,
  sandboxed,
  sent,
  type World,
  writes,
} from '../../support/cli.ts';
import { runWithKeychain } from '../../support/keychain.ts';
import { openTerminal } from '../../support/pty.ts';
import { describeWith, testWith } from '../../support/requires.ts';
import { nowhere } from '../../support/server.ts';

interface Finding {
  check: string;
  state: string;
  found: string;
  remedy: string | null;
}

/** The findings of the doctor, by check. */
async function examined({ call }: Pick<World, 'call'>, env: RunOptions['env'] = {}) {
  const { stdout, stderr, exitCode } = await call(['doctor', '-o', 'json'], { env });
  const findings: Finding[] = JSON.parse(stdout);
  const by = Object.fromEntries(findings.map((finding) => [finding.check, finding]));
  const states = Object.fromEntries(findings.map(({ check, state }) => [check, state]));
  return { by, states, stdout, stderr, exitCode };
}

const writeScopes = {
  'managed-users/create': 'unknown',
  'managed-users/update': 'unknown',
  'managed-users/delete': 'unknown',
  'role-assignments/create': 'unknown',
  'role-assignments/delete': 'unknown',
};
const readScopes = {
  'managed-users/read': 'ok',
  'managed-users/list': 'ok',
  'role-assignments/list': 'ok',
  'roles/list': 'ok',
};
const network = { api: 'ok', oauth: 'ok', clock: 'ok' };

/** A configuration directory for one test. */
async function configDir(): Promise<string> {
  return mkdtemp(join(home, 'config-'));
}

/** A server with the same response for every request. It ends with the test. */
async function serverOf(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The environment of a login in an encrypted file. */
async function loggedIn({ sandbox, env }: World) {
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const login = {
    ...env,
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_CONFIG_DIR: await configDir(),
    TWILIO_ORG_STORE: 'file',
    TWILIO_ORG_STORE_PASSPHRASE: 'open, canary',
  };
  const args = [
    'auth',
    'login',
    '--grant',
    'client-credentials',
    '--client-id',
    client_id,
    '--client-secret-stdin',
  ];
  const { exitCode, stderr } = await call(args, { env: login, input: client_secret });
  if (exitCode !== 0) throw new Error(stderr);
  return login;
}

test('doctor reports ok for every check, changes nothing and exits with 0 when all is well', async () => {
  const world = await sandboxed();
  const login = await loggedIn(world);
  world.sandbox.requests.length = 0;
  const { by, states, stderr, exitCode } = await examined(world, { ...login, BROWSER: process.execPath });
  expect(states).toEqual({
    node: 'ok',
    configuration: 'ok',
    'credential store': 'ok',
    browser: 'ok',
    proxy: 'ok',
    certificates: 'ok',
    ...network,
    login: 'ok',
    ...readScopes,
    ...writeScopes,
  });
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(by.node?.found).toContain(`Node ${process.versions.node}`);
  expect(by.configuration?.found).toContain(`${login.TWILIO_ORG_CONFIG_DIR} (mode 0700)`);
  expect(by['credential store']?.found).toContain('credentials.enc');
  expect(by.login?.found).toContain(
    `Profile default (client-credentials, ${world.sandbox.apps.client_credentials.client_id})`,
  );
  expect(by['managed-users/delete']?.found).toMatch(/can't be known without writing/i);
  expect(writes(world.sandbox)).toEqual([]);
  expect(sent(world.sandbox)).toContain('GET /v2/Organizations/RoleAssignments');
  // The round trip left the login intact.
  expect((await world.call(['auth', 'token'], { env: login })).exitCode).toBe(0);
});

test('doctor fits one screen, with the remedy below each problem', async () => {
  const { run } = await sandboxed();
  const { stdout, stderr, exitCode } = await run(['doctor', '-o', 'table'], {
    env: { BROWSER: '/nowhere/firefox', NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem', ...noTls },
  });
  expect(stdout).toMatch(/^ok {7}node {21}Node /);
  expect(stdout).toMatch(/\nwarning {2}browser .*\/nowhere\/firefox.*\n {34}Correct or unset BROWSER\n/);
  expect(stdout).toMatch(/\nproblem {2}certificates /);
  expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(24);
  expect(stderr).toContain('error: Problems found: certificates\n');
  expect(exitCode).toBe(1);
});

const noTls = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };

test('doctor --fields selects columns', async () => {
  const { call } = await sandboxed();
  const { stdout } = await call(['doctor', '-o', 'tsv', '--fields', 'state,check']);
  expect(stdout).toContain('ok\tlogin\n');
  expect((await call(['doctor', '--fields', 'colour'])).exitCode).toBe(2);
});

test('doctor names credentials from the environment without their values, and tries no store', async () => {
  const world = await sandboxed();
  const env = clientCredentials(world.sandbox);
  const { by, exitCode } = await examined(world, env);
  const organization = `organization ${world.sandbox.organizationSid} (as TWILIO_ORG_ORGANIZATION_SID says, not verified)`;
  expect(by.login).toMatchObject({
    state: 'ok',
    found: `TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET from the environment (${env.TWILIO_ORG_CLIENT_ID}), ${organization}: a token can be obtained`,
  });
  expect(by['credential store']?.state).toBe('unknown');
  expect(exitCode).toBe(0);
});

testWith('Linux', 'doctor names the alternatives to a missing keychain, and continues', async () => {
  const world = await sandboxed();
  const env = { TWILIO_ORG_ACCESS_TOKEN: undefined, TWILIO_ORG_CONFIG_DIR: await configDir() };
  const { by, states, stderr, exitCode } = await examined(world, env);
  expect(by['credential store']).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('no D-Bus'),
    remedy: expect.stringContaining('TWILIO_ORG_STORE=file'),
  });
  expect(by.login).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('You are not logged in'),
  });
  expect(states).toMatchObject({ ...network, 'managed-users/read': 'unknown' });
  expect(JSON.parse(stderr).error).toMatchObject({
    kind: 'failure',
    message: expect.stringContaining('credential store, login'),
  });
  expect(exitCode).toBe(1);
});

describeWith('keychain', 'doctor in a desktop session', () => {
  it('writes to the real keychain', async () => {
    const { stdout } = await runWithKeychain([program, 'doctor', '-o', 'jsonl'], {
      home: await configDir(),
      env: { TWILIO_ORG_API_URL: 'http://127.0.0.1:1', TWILIO_ORG_OAUTH_URL: 'http://127.0.0.1:1' },
    });
    expect(stdout).toContain(
      '"check":"credential store","state":"ok","found":"A value was written to the system keychain, read back and deleted"',
    );
  });
});

test('doctor warns of a missing scope, with the place to select it', async () => {
  const world = await sandboxed({ scopes: ['managed-users/list', 'roles/list', 'managed-users/delete'] });
  const { by, states, exitCode } = await examined(world);
  expect(states).toMatchObject({
    login: 'ok',
    'managed-users/list': 'ok',
    'roles/list': 'ok',
    'managed-users/read': 'warning',
    'role-assignments/list': 'warning',
    ...writeScopes,
  });
  expect(by['role-assignments/list']?.remedy).toMatch(/lacks the scope role-assignments\/list: tick it/);
  expect(exitCode).toBe(0);
});

test('doctor finds the scope in an organization that lists assignments only with a filter', async () => {
  const { states } = await examined(await sandboxed({ requireAssignmentFilter: true }));
  expect(states).toMatchObject(readScopes);
});

test('doctor reports a refused token as a problem of the login, not of the scopes', async () => {
  const { by, states, exitCode } = await examined(await sandboxed(), {
    TWILIO_ORG_ACCESS_TOKEN: 'expired-canary',
  });
  expect(by.login).toMatchObject({ state: 'problem', remedy: expect.stringContaining('auth login') });
  expect(states).toMatchObject({ ...network, 'managed-users/list': 'unknown', 'roles/list': 'unknown' });
  expect(exitCode).toBe(1);
});

test('doctor reports a token of another organization', async () => {
  const world = await sandboxed();
  const token = world.sandbox.issueToken({ organizationSid: `OR${'9'.repeat(32)}` });
  const { by } = await examined(world, { TWILIO_ORG_ACCESS_TOKEN: token });
  expect(by['managed-users/list']).toMatchObject({
    state: 'problem',
    remedy: expect.stringContaining('right organization'),
  });
});

test('doctor names an origin that does not respond, and tries the other', async () => {
  const world = await sandboxed();
  const gone = await nowhere();
  const { by, states, exitCode } = await examined(world, { TWILIO_ORG_API_URL: gone });
  expect(by.api).toMatchObject({
    state: 'problem',
    found: `${gone} could not be reached: connection refused`,
  });
  expect(states).toMatchObject({ oauth: 'ok', clock: 'ok', login: 'ok', 'managed-users/list': 'unknown' });
  expect(exitCode).toBe(1);
});

test('doctor counts any response as reachable, and warns of a redirect', async () => {
  const world = await sandboxed();
  const failing = await serverOf((_request, response) => response.writeHead(503).end());
  const elsewhere = await serverOf((_request, response) =>
    response.writeHead(302, { location: 'http://sign-in.example.com/' }).end(),
  );
  const { states, by } = await examined(world, {
    TWILIO_ORG_API_URL: failing,
    TWILIO_ORG_OAUTH_URL: elsewhere,
  });
  expect(states).toMatchObject({ api: 'ok', oauth: 'warning', 'managed-users/list': 'unknown' });
  expect(by.oauth?.found).toContain('redirect');
});

test('doctor draws no conclusion about a scope from a 404 that is not about a user', async () => {
  const other = await serverOf((_request, response) =>
    response.writeHead(404).end('{"code":20404,"status":404}'),
  );
  const { states } = await examined(await sandboxed(), { TWILIO_ORG_API_URL: other });
  expect(states).toMatchObject({ 'managed-users/read': 'unknown', 'roles/list': 'unknown' });
});

describe('doctor and the clock', () => {
  it.each([
    ['ahead of', -20 * 60],
    ['behind', 90],
  ])('finds the clock of this machine %s that of the server', async (words, seconds) => {
    const { by, exitCode } = await examined(await sandboxed({ now: () => Date.now() + seconds * 1000 }));
    expect(by.clock?.state).toBe('warning');
    const [, found = ''] = new RegExp(`clock is (\\d+) s ${words} `).exec(by.clock?.found ?? '') ?? [];
    expect(Math.abs(Number(found) - Math.abs(seconds))).toBeLessThan(15);
    expect(exitCode).toBe(0);
  });

  it('draws no conclusion from a response without a date', async () => {
    const silent = await serverOf((_request, response) => {
      response.sendDate = false;
      response.end();
    });
    const origins = { TWILIO_ORG_API_URL: silent, TWILIO_ORG_OAUTH_URL: silent };
    expect((await examined(await sandboxed(), origins)).states.clock).toBe('unknown');
  });
});

test('doctor shows no secret, wherever it comes from', async () => {
  const world = await sandboxed();
  const login = await loggedIn(world);
  const secrets = {
    // With its own proxy support, Node does not start if the variable contains more than an origin.
    NODE_USE_ENV_PROXY: undefined,
    HTTPS_PROXY: 'http://ada:canary@proxy.example.com:3128/?key=canary',
  };
  const { stdout, stderr } = await examined(world, { ...login, ...secrets });
  const { by: proxied, stdout: again } = await examined(world, {
    ...secrets,
    NO_PROXY: 'localhost',
  });
  expect(proxied.proxy?.found).toMatch(
    /^HTTPS_PROXY=http:\/\/\[hidden\]@proxy\.example\.com:3128, NO_PROXY=localhost, not used for http:/,
  );
  const shown = stdout + stderr + again;
  const held = [...world.sandbox.state.accessTokens.keys()];
  expect(held.length).toBeGreaterThan(0);
  for (const secret of [
    'canary',
    'open, canary',
    world.sandbox.apps.client_credentials.client_secret,
    ...held,
  ]) {
    expect(shown).not.toContain(secret);
  }
  const misplaced = {
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_STORE: 'open, canary',
    TWILIO_ORG_CONFIG_DIR: await configDir(),
  };
  const { by: store, stdout: last, stderr: told } = await examined(world, misplaced);
  expect(store['credential store']?.state).toBe('problem');
  expect(last + told).not.toContain('open, canary');
});

test('doctor reports an unreadable configuration, and continues', async () => {
  const world = await sandboxed();
  const dir = await configDir();
  await writeFile(join(dir, 'config.json'), '{');
  const { by, states, exitCode } = await examined(world, {
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_CONFIG_DIR: dir,
  });
  expect(by.configuration).toMatchObject({ state: 'problem', found: expect.stringContaining('config.json') });
  expect(states).toMatchObject({
    'credential store': 'unknown',
    proxy: 'ok',
    login: 'problem',
    'roles/list': 'unknown',
  });
  expect(exitCode).toBe(1);
  expect((await examined(world, { TWILIO_ORG_CONFIG_DIR: dir })).states).toMatchObject({
    configuration: 'warning',
    login: 'ok',
  });
});

testWith('file modes', 'doctor warns of a configuration directory that others can open', async () => {
  const world = await sandboxed();
  const dir = await configDir();
  await mkdir(join(dir, 'open'));
  await chmod(join(dir, 'open'), 0o755);
  const { by, exitCode } = await examined(world, { TWILIO_ORG_CONFIG_DIR: join(dir, 'open') });
  expect(by.configuration).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('(mode 0755)'),
    remedy: `Make it private: chmod go= "${join(dir, 'open')}"`,
  });
  expect(exitCode).toBe(0);
});

test('doctor checks that NODE_EXTRA_CA_CERTS names certificates', async () => {
  const world = await sandboxed();
  const file = join(await configDir(), 'ca.pem');
  await writeFile(file, 'nothing');
  expect((await examined(world, { NODE_EXTRA_CA_CERTS: file })).states.certificates).toBe('warning');
  await writeFile(file, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
  expect((await examined(world, { NODE_EXTRA_CA_CERTS: file })).by.certificates).toMatchObject({
    state: 'ok',
    found: expect.stringContaining('with 1 certificate'),
  });
});

test('doctor asks once for the passphrase of the credential file on a terminal', async () => {
  const world = await sandboxed();
  const { TWILIO_ORG_STORE_PASSPHRASE, ...login } = await loggedIn(world);
  const terminal = openTerminal(process.execPath, [program, 'doctor'], {
    env: cleanEnv(login),
    columns: 200,
    rows: 50,
  });
  onTestFinished(() => terminal.close());
  await terminal.waitFor('Passphrase');
  terminal.type(`${TWILIO_ORG_STORE_PASSPHRASE}\r`);
  await terminal.waitFor(/ok +login +Profile default/);
  expect(await terminal.exited).toBe(0);
});

test('doctor keeps findings in their column on a terminal of 80 columns', async () => {
  const world = await sandboxed();
  // A directory that does not exist yet: a path can't be wrapped, and that of a test may be longer than the column.
  const terminal = openTerminal(process.execPath, [program, 'doctor'], {
    env: cleanEnv({ ...world.env, TWILIO_ORG_CONFIG_DIR: '/nonexistent/config' }),
  });
  onTestFinished(() => terminal.close());
  await terminal.exited;
  const lines = terminal
    .text()
    .split('\r\n')
    .filter((line) => line !== '' && !/^(error|What)/.test(line));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.filter((line) => !/^(ok|unknown|warning|problem) |^ {34}\S/.test(line))).toEqual([]);
});

test('doctor reports a Node older than package.json allows', () => {
  expect(checkNodeVersion('v20.18.3', '>=20.19', 'x')).toMatchObject({
    state: 'problem',
    remedy: 'Install Node 20.19 or newer',
  });
  expect(checkNodeVersion('v20.19.0', '>=20.19', 'x').state).toBe('ok');
  expect(checkNodeVersion('v22.1.0', '>=20.19', 'x').state).toBe('ok');
  expect(checkNodeVersion('v18.20.0', '>=20.19', 'x').state).toBe('problem');
});

test('doctor names a missing BROWSER in the words that logging in uses', async () => {
  const env = { BROWSER: 'no-such-browser', PATH: process.env.PATH, TWILIO_ORG_ACCESS_TOKEN: 'a-canary' };
  const browser = await findBrowser(env, process.platform);
  const offline = { TWILIO_ORG_API_URL: 'http://127.0.0.1:9', TWILIO_ORG_OAUTH_URL: 'http://127.0.0.1:9' };
  const { stdout } = await call(['doctor', '-o', 'json'], { env: { ...env, ...offline } });
  const findings: Finding[] = JSON.parse(stdout);
  expect(findings.find(({ check }) => check === 'browser')?.found).toBe(browser.found || browser.why);
});

test('doctor works where nothing is set up', async () => {
  const { stdout, exitCode } = await run(['doctor', '-o', 'jsonl', '--timeout', '2'], {
    env: { TWILIO_ORG_API_URL: 'http://twilio.example.com' },
  });
  const findings: Finding[] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(findings.find(({ check }) => check === 'login')).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('TWILIO_ORG_API_URL is http'),
  });
  expect(findings).toHaveLength(19);
  expect(exitCode).toBe(1);
});
