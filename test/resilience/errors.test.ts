import { describe, expect, test } from 'vitest';
import {
  call,
  clientCredentials,
  run,
  sandboxed,
  sent,
  start,
  userAt,
  userNow,
  withoutProgress,
} from '../support/cli.ts';
import { answering, hungUp, json, nowhere, silent } from '../support/server.ts';

const token = 'a-canary-nobody-should-see';

/** Points the program at a server of the test. */
function at(url: string) {
  return {
    TWILIO_ORG_API_URL: url,
    TWILIO_ORG_OAUTH_URL: url,
    TWILIO_ORG_ACCESS_TOKEN: token,
    TWILIO_ORG_ORGANIZATION_SID: `OR${'0'.repeat(32)}`,
  };
}

const noUsers = { Resources: [], totalResults: 0 };
const limited = (headers = {}) => json({ code: 20429, message: 'Too many requests' }, 429, headers);

describe('a command', () => {
  test('without any login exits with 4 and says how to log in', async () => {
    const { stdout, stderr, exitCode } = await run(['users', 'list']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 });
    expect(stderr).toMatch(
      /^error: You are not logged in\nStart with: twilio-org auth setup.*TWILIO_ORG_CLIENT_ID/,
    );
  });

  test('with a profile has that profile in the command that its error suggests', async () => {
    for (const named of [['--profile', 'prod'], ['--profile=prod']]) {
      const { stderr } = await call(['users', 'list', ...named]);
      expect(stderr).toContain('Start with: twilio-org --profile prod auth setup. In a script set');
    }
    const { stderr } = await call(['auth', 'switch', 'staging', '--profile', 'prod', '-o', 'json']);
    expect(JSON.parse(stderr).error.hint).toBe('Log in first: twilio-org --profile prod auth login');
  });

  test('with a profile says when credentials of the environment take precedence', async () => {
    const { call, env } = await sandboxed({ users: 3 });
    const named = await call(['users', 'list', '--profile', 'prod'], { env });
    expect(named.exitCode).toBe(0);
    expect(named.stderr).toBe(
      'warning: --profile prod is not used: TWILIO_ORG_ACCESS_TOKEN in the environment overrides every profile\n',
    );
    expect((await call(['users', 'list'], { env })).stderr).toBe('');
  });

  test('with a refused token exits with 4, without a retry', async () => {
    const { call: callIn, sandbox } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await callIn(['users', 'list'], {
      env: { TWILIO_ORG_ACCESS_TOKEN: 'old-canary' },
    });
    expect(stderr).toMatch(/^error: Authentication failed.*\nLog in again.*TWILIO_ORG_ACCESS_TOKEN/);
    expect({ exitCode, sent: sent(sandbox) }).toEqual({ exitCode: 4, sent: ['GET /scim/v2/Users'] });
  });

  test('with client credentials fetches one token', async () => {
    const { call: callIn, sandbox } = await sandboxed({ users: 3 });
    const users = [1, 2].map((index) => userAt(sandbox, index).id);
    const env = clientCredentials(sandbox);
    expect((await callIn(['users', 'deactivate', ...users, '--yes'], { env })).exitCode).toBe(0);
    expect(sent(sandbox).filter((line) => line === 'POST /v2/token')).toHaveLength(1);
  });

  test('renews a token that is refused half-way once, and continues', async () => {
    const { call: callIn, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    revokeAt(sandbox, 'PUT', 1);
    const args = ['users', 'deactivate', user.id, '--yes', '--keep-admins', '0'];
    expect((await callIn(args, { env: clientCredentials(sandbox) })).exitCode).toBe(0);
    expect(userNow(sandbox, user).active).toBe(false);
    const path = `/scim/v2/Users/${user.id}`;
    expect(sent(sandbox)).toEqual([
      'POST /v2/token',
      `GET ${path}`,
      `PUT ${path}`,
      'POST /v2/token',
      `PUT ${path}`,
    ]);
  });

  test('with a token that is refused again exits with 4', async () => {
    const { call: callIn, sandbox } = await sandboxed({ users: 3 });
    revokeAt(sandbox, 'GET', 9);
    const { stderr, exitCode } = await callIn(['users', 'list'], { env: clientCredentials(sandbox) });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^error: Authentication failed/);
    expect(sent(sandbox)).toHaveLength(4);
  });

  test('with wrong client credentials exits with 4', async () => {
    const { call: callIn, sandbox } = await sandboxed({ users: 3 });
    const env = { ...clientCredentials(sandbox), TWILIO_ORG_CLIENT_SECRET: 'wrong-canary' };
    const { stderr, exitCode } = await callIn(['users', 'list'], { env });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^error: Twilio refused the credentials/);
    expect(stderr).not.toContain('wrong-secret');
  });
});

/** Makes all tokens unknown when a request with this method arrives, so many times. */
function revokeAt(
  { requests, state }: Awaited<ReturnType<typeof sandboxed>>['sandbox'],
  method: string,
  times: number,
) {
  const push = requests.push.bind(requests);
  let left = times;
  requests.push = (...records) => {
    if (records[0]?.method === method && left-- > 0) state.accessTokens.clear();
    return push(...records);
  };
}

describe('a server that misbehaves', () => {
  test('and refuses connections is exit code 8', async () => {
    const url = await nowhere();
    const { stderr, exitCode } = await call(['users', 'list', '--max-retries', '0'], { env: at(url) });
    expect(stderr).toMatch(`error: ${url} could not be reached: connection refused\nCheck the network`);
    expect(exitCode).toBe(8);
  });

  test('and stays silent is exit code 8 after --timeout', async () => {
    const { url } = await answering(silent);
    const args = ['users', 'list', '--timeout', '2', '--max-retries', '0'];
    const { stderr, exitCode } = await call(args, { env: at(url) });
    expect(stderr).toContain('no complete response within 2 seconds');
    expect(exitCode).toBe(8);
  });

  test('without a response to a write is exit code 11, with the command that shows the outcome', async () => {
    const { url, arrived } = await answering(hungUp);
    const { stdout, stderr, exitCode } = await call(['users', 'create', '--email', 'a@example.com'], {
      env: at(url),
    });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 11 });
    expect(stderr).toMatch(
      /^error: POST \/scim\/v2\/Users: no response.*\nIt may or may not have happened. This shows it: twilio-org users get a@example.com\n/,
    );
    expect(arrived.filter((line) => line.startsWith('POST'))).toEqual(['POST /scim/v2/Users']);
  });

  test('with a server error is retried on reading, and is exit code 11 on a write', async () => {
    const { url, arrived } = await answering(json({}, 503), json(noUsers));
    expect((await call(['users', 'list'], { env: at(url) })).exitCode).toBe(0);
    expect(arrived).toHaveLength(2);
    const failing = await answering(json({ code: 20500, message: 'Internal error' }, 500));
    const args = ['users', 'create', '--email', 'a@example.com', '-o', 'json'];
    const { stderr, exitCode } = await call(args, { env: at(failing.url) });
    expect(JSON.parse(stderr).error).toMatchObject({ kind: 'unknown-outcome', status: 500, code: 20500 });
    expect({ exitCode, writes: failing.arrived.filter((line) => line.startsWith('POST')).length }).toEqual({
      exitCode: 11,
      writes: 1,
    });
  });

  test('with 429 is waited for, as long as it says', async () => {
    const { url, arrived } = await answering(limited({ 'retry-after': '0' }), limited(), json(noUsers));
    const { stderr, exitCode } = await call(['users', 'list'], { env: at(url) });
    expect({ stderr, exitCode, tries: arrived.length }).toEqual({
      stderr: 'No users\n',
      exitCode: 0,
      tries: 3,
    });
  });

  test('with 429 for an hour is exit code 8 at once, with the time', async () => {
    const { url, arrived } = await answering(limited({ 'retry-after': '3600' }));
    const { stderr, exitCode } = await call(['users', 'list'], { env: at(url) });
    expect(stderr).toMatch(/^error: Too many requests: retry after 3600 seconds\n/);
    expect({ exitCode, tries: arrived.length }).toEqual({ exitCode: 8, tries: 1 });
  });

  test('with 429 is given up after --max-retries', async () => {
    const { url, arrived } = await answering(limited({ 'retry-after': '0' }));
    expect((await call(['users', 'list', '--max-retries', '2'], { env: at(url) })).exitCode).toBe(8);
    expect(arrived).toHaveLength(3);
  });

  test('with a next page at another origin is refused, and gets no token there', async () => {
    const other = await answering(json({ roles: [], meta: {} }));
    const role = { sid: `IX${'0'.repeat(32)}`, friendly_name: 'Admin' };
    const meta = { key: 'roles', next_page_url: `${other.url}/v2/Organizations/Roles?PageToken=x` };
    const { url } = await answering(json({ roles: [role], meta }));
    const { stdout, stderr, exitCode } = await call(['roles', 'list'], { env: at(url) });
    expect(stderr).toContain(`its next page is at another origin, ${other.url}, where the token is not sent`);
    expect({ exitCode, other: other.arrived }).toEqual({ exitCode: 1, other: [] });
    expect(stdout).toMatch(/^IX0+\tAdmin\t/);
  });

  test('with a redirect is not followed', async () => {
    const other = await answering(json(noUsers));
    const { url } = await answering(json({}, 302, { location: `${other.url}/scim/v2/Users` }));
    const { stderr, exitCode } = await call(['users', 'list'], { env: at(url) });
    expect(stderr).toMatch(/redirect, which is not followed\nCheck the address/);
    expect({ exitCode, other: other.arrived }).toEqual({ exitCode: 1, other: [] });
  });

  test.each([
    [
      'text',
      'Please sign in',
      /responded with something that is not JSON\nA proxy may have responded instead/,
    ],
    ['JSON of another shape', '{"users":[]}', /contains a list of users without a usable "Resources"/],
    ['a user without an id', '{"Resources":[{"userName":"x"}]}', /contains a user without a usable "id"/],
  ])('with %s is exit code 1 and not reported as a bug', async (_, text, message) => {
    const { url } = await answering((response) => response.end(text));
    const { stderr, exitCode } = await call(['users', 'list'], { env: at(url) });
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
  });
});

describe('an error', () => {
  test.each([
    ['-o json', ['-o', 'json'], undefined],
    ['--output=jsonl', ['--output=jsonl'], undefined],
    ['TWILIO_ORG_OUTPUT=json', [], 'json'],
  ])('with %s is one JSON object, without absent members', async (_, flags, TWILIO_ORG_OUTPUT) => {
    const { call: callIn } = await sandboxed({ users: 1 });
    const args = ['users', 'get', `US${'0'.repeat(32)}`, ...flags];
    const { stdout, stderr, exitCode } = await callIn(args, { env: { TWILIO_ORG_OUTPUT } });
    expect({ stdout, exitCode, lines: stderr.split('\n').length }).toEqual({
      stdout: '',
      exitCode: 6,
      lines: 2,
    });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        kind: 'not-found',
        message: `There is no user US${'0'.repeat(32)}`,
        hint: expect.any(String),
        status: 404,
        code: 25008,
        more_info: 'https://www.twilio.com/docs/errors/25008',
        request_id: expect.stringMatching(/^RQ/),
      },
    });
  });

  test('of usage is JSON when -o json comes after it', async () => {
    const { stderr, exitCode } = await call(['users', 'lst', '-o', 'json']);
    expect(JSON.parse(stderr)).toEqual({
      error: { kind: 'usage', message: "Unknown command 'lst'", hint: 'Did you mean users list?' },
    });
    expect(exitCode).toBe(2);
  });

  test('follows --output before TWILIO_ORG_OUTPUT', async () => {
    const env = { TWILIO_ORG_OUTPUT: 'json' };
    expect((await call(['users', 'list', '-o', 'tsv'], { env })).stderr).toMatch(
      /^error: You are not logged in/,
    );
  });

  test('can neither colour nor move the terminal', async () => {
    const { url } = await answering(json({ message: 'bad\u001b[31m\nerror: forged\u202e' }, 400));
    const { stderr } = await call(['users', 'list'], { env: at(url) });
    expect(stderr).toBe(
      'error: bad\\x1b[31m\\nerror: forged\\u202e\n--debug shows the request and the whole response\n',
    );
  });

  test('with --debug has requests and responses, but no secret', async () => {
    const { call: callIn, sandbox } = await sandboxed({ users: 2 });
    const env = clientCredentials(sandbox);
    const args = ['users', 'create', '--email', 'new@example.com', '--debug'];
    const { stderr, exitCode } = await callIn(args, { env });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`> POST ${sandbox.oauthUrl}/v2/token`);
    expect(stderr).toContain('client_secret=[hidden]');
    expect(stderr).toContain(`> POST ${sandbox.apiUrl}/scim/v2/Users`);
    expect(stderr).toMatch(/< 201 after \d+ ms, request id RQ/);
    expect(stderr).toMatch(/< \{"id":"US.*"userName":"new@example.com"/);
    expect(stderr).not.toContain(env.TWILIO_ORG_CLIENT_SECRET);
    for (const secret of sandbox.state.accessTokens.keys()) expect(stderr).not.toContain(secret);
    expect(stderr).not.toMatch(/Bearer (?!\$\(twilio-org auth token\))/i);
  });

  test('has a stack trace with --debug only', async () => {
    const env = at(await nowhere());
    const args = ['users', 'list', '--max-retries', '0'];
    expect((await call(args, { env })).stderr).not.toMatch(/^ +at /m);
    expect((await run([...args, '--debug'], { env })).stderr).toMatch(/^ +at /m);
  });
});

describe('the end of the program', () => {
  test('is quiet when the reader of a long list is gone', async () => {
    const { env } = await sandboxed({ users: 5000 });
    const subprocess = start(['users', 'list'], { env });
    subprocess.stdout.once('data', () => subprocess.stdout.destroy());
    const { exitCode, stderr } = await subprocess;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('by %s during a list is exit code 130', async (signal) => {
    const { url, arrived } = await answering(() => subprocess.kill(signal));
    const subprocess = start(['users', 'list'], { env: at(url) });
    const { exitCode, stdout, stderr } = await subprocess;
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 130, stdout: '', stderr: 'error: Cancelled\n' });
    expect(arrived).toHaveLength(1);
  });

  test('by Ctrl-C twice during several changes reports which are done, unknown and not tried', async () => {
    const users = ['1', '2', '3'].map((digit) => `US${digit.repeat(32)}`);
    const { url, arrived } = await answering((response, { method, url: path = '' }) => {
      const id = path.slice(path.lastIndexOf('/') + 1);
      const user = (sid: string) => ({ id: sid, userName: `${sid}@example.com`, active: true });
      if (method === 'GET' && id === 'Users') return json({ Resources: users.map(user) })(response);
      if (method === 'GET') return json(user(id))(response);
      if (id === users[0]) return response.writeHead(204).end();
      subprocess.kill('SIGINT');
    });
    const oneByOne = ['--concurrency', '1', '--keep-admins', '0', '-o', 'json'];
    const subprocess = start(['users', 'delete', ...users, '--yes', ...oneByOne], { env: at(url) });
    subprocess.stderr.on('data', (text) => {
      if (String(text).includes('Stopping')) subprocess.kill('SIGINT');
    });
    const { exitCode, stdout, stderr } = await subprocess;
    expect(JSON.parse(stdout).map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'deactivated',
      'unknown',
      'not tried',
    ]);
    expect(JSON.parse(stdout)[1].reason).toBe(
      `Cancelled while DELETE /scim/v2/Users/${users[1]} was under way`,
    );
    const [said = '', error = ''] = withoutProgress(stderr).split('\n');
    expect(said).toBe('Stopping after the changes in progress. Press Ctrl-C again to stop at once');
    expect(JSON.parse(error).error).toMatchObject({
      kind: 'cancelled',
      message: 'Stopped after 1 of 3',
      hint: expect.stringMatching(
        /^Resume with: twilio-org runs resume \d{8}-\d{9}-[0-9a-f]{4} --keep-admins 0$/,
      ),
    });
    expect(exitCode).toBe(130);
    expect(arrived.filter((line) => line.startsWith('DELETE'))).toHaveLength(2);
  });
});
