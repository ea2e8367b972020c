import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { call, type Env, run } from '../support/cli.ts';
import { hostile, jsonHead, pour } from '../support/hostile.ts';
import { type Answer, answering, json } from '../support/server.ts';
import { newAuthority, tlsServer } from '../support/tls.ts';
import { measuredRun } from '../support/usage.ts';

function at(url: string): Env {
  return { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
}

const once = ['--max-retries', '0'];

/** A process that reads users from there: how it ended, and how much memory and CPU time it took. */
function measured(url: string, ...args: string[]) {
  return measuredRun(['users', 'list', ...once, ...args], at(url));
}

describe('a response that cannot be trusted is a clear failure:', () => {
  const bad: [string, Answer, RegExp][] = [
    ['truncated JSON', (response) => response.end('{"Resources":[{"id":"US1"'), /is not JSON/],
    ['an empty 200', (response) => response.writeHead(200).end(), /without a usable "Resources"/],
    [
      'a web page with status 200',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><html>'),
      /A web page came from/,
    ],
    ['a list that is a text', json('Resources'), /without a usable "Resources"/],
    ['no Resources', json({ totalResults: 1 }), /is inconsistent: totalResults is 1, but it contains 0/],
    ['Resources that are no list', json({ Resources: {} }), /without a usable "Resources"/],
    ['a user that is a number', json({ Resources: [7] }), /contains something other than a user\n/],
    [
      'a user without a name',
      json({ Resources: [{ id: 'US1', active: true }] }),
      /a user without a usable "userName"/,
    ],
    [
      'a user whose state is a text',
      json({ Resources: [{ id: 'US1', userName: 'a@example.com', active: 'yes' }] }),
      /a user without a usable "active"/,
    ],
    [
      'a user whose external id is a number',
      json({ Resources: [{ id: 'US1', userName: 'a@example.com', active: true, externalId: 7 }] }),
      /a user without a usable "externalId"/,
    ],
    [
      'a user with an empty e-mail address',
      json({ Resources: [{ id: 'US1', userName: 'a@example.com', active: true, emails: [null] }] }),
      /a user without a usable "emails"/,
    ],
    [
      'a user whose address is primary in words',
      json({
        Resources: [{ id: 'US1', userName: 'a', active: true, emails: [{ value: 'a', primary: 'true' }] }],
      }),
      /a user without a usable "emails"/,
    ],
    [
      'a user whose name is a text',
      json({ Resources: [{ id: 'US1', userName: 'a@example.com', active: true, name: 'Ada' }] }),
      /contains something other than a user's name/,
    ],
    [
      'a user whose given name is a number',
      json({ Resources: [{ id: 'US1', userName: 'a@example.com', active: true, name: { givenName: 7 } }] }),
      /a user's name without a usable "givenName"/,
    ],
    [
      'a number of users that is a text',
      json({ totalResults: '2', Resources: [{ id: 'US1', userName: 'a@example.com', active: true }] }),
      /a list of users without a usable "totalResults"/,
    ],
    [
      'fewer users than it says there are',
      json({ totalResults: 2, Resources: [{ id: 'US1', userName: 'a@example.com', active: true }] }),
      /is inconsistent: totalResults is 2, but it contains 1/,
    ],
    [
      'compressed rubbish',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
      /its compressed body is damaged/,
    ],
  ];
  test.each(bad)('%s', async (_, answer, message) => {
    const { url } = await answering(answer);
    const { stdout, stderr, exitCode } = await call(['users', 'list', ...once], { env: at(url) });
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect([1, 8]).toContain(exitCode);
  });

  test.each([
    ['roles', ['roles', 'list'], { content: [] }],
    ['role assignments', ['role-assignments', 'list'], { roles: [] }],
  ])('%s under another name', async (_, args, body) => {
    const { url } = await answering(json(body));
    const { stdout, stderr, exitCode } = await call(args, { env: at(url) });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toContain('The list could not be read to its end: the response has no "');
  });
});

describe('a response that is nested 200,000 deep', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const user = `{"id":"US1","userName":"a@example.com","active":true,"emails":[],"deep":${deep}}`;
  const said: Answer = (response, { method }) =>
    response.end(method === 'GET' ? `{"Resources":[${user}]}` : user);

  test.each([[['users', 'list']], [['users', 'list', '-o', 'json']], [['api', 'GET', '/x']]])(
    'is a clear failure of `%j`',
    async (args) => {
      const { url } = await answering(said);
      const { stdout, stderr, exitCode } = await call(args, { env: at(url) });
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
      expect(stderr).toContain('responded with JSON that is nested too deep');
    },
  );

  test('to a write is verified', async () => {
    const { url } = await answering(said);
    const args = ['users', 'create', '--email', 'a@example.com', '-o', 'json', ...once];
    const { stdout, stderr, exitCode } = await call(args, { env: at(url) });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 11 });
    expect(JSON.parse(stderr).error.message).toContain('verifying it failed too');
  });
});

test.each([
  ['role', { sid: 'IX1', friendly_name: 'x', lowest_level: 7 }, 'lowest_level'],
  ['role', { sid: 'IX1', friendly_name: 'x', policy: 'all' }, 'policy'],
  ['role', { sid: 'IX1', friendly_name: 'x', resource_types: 'a' }, 'resource_types'],
  [
    'role assignment',
    { sid: 'IY1', role_sid: 'IX1', scope: 'OR1', identity: 'US1', resource_type: 7 },
    'resource_type',
  ],
])('a %s of the wrong form is not shown: %j', async (what, item, member) => {
  const { url } = await answering(json({ roles: [item], content: [item], meta: { next_page_url: null } }));
  const { stdout, stderr, exitCode } = await call([`${what.replace(' ', '-')}s`, 'list'], { env: at(url) });
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  expect(stderr).toContain(`contains a ${what} without a usable "${member}"`);
});

test('unknown members of a response are passed on in JSON', async () => {
  const user = { id: 'US1', userName: 'a@example.com', active: true, new_in_2030: { deep: [1] } };
  const { url } = await answering(json({ Resources: [user], extra: 1 }));
  const { stdout, exitCode } = await call(['users', 'list', '-o', 'json'], { env: at(url) });
  expect({ users: JSON.parse(stdout), exitCode }).toEqual({ users: [user], exitCode: 0 });
});

describe('a response has limits of size and time:', () => {
  const most = 250;
  /** The limit of size is to come before that of time. */
  const patiently = ['--timeout', '120'];

  test('an endless one is abandoned at the limit, with little memory', async () => {
    const { url } = await hostile((socket) => {
      socket.write(`${jsonHead}\r\n{"Resources":[`);
      pour(socket, ' '.repeat(65_536));
    });
    const { stderr, exitCode, cpuSeconds, megabytes } = await measured(
      url,
      '--max-answer',
      '8',
      ...patiently,
    );
    expect(stderr).toMatch(/was not read: it is larger than 8 MB\n.*--max-answer MB\n/);
    expect(exitCode).toBe(1);
    expect(cpuSeconds).toBeLessThan(15);
    expect(megabytes).toBeLessThan(most);
  });

  test('one of 200 MB exceeds the default limit', async () => {
    const { url } = await hostile((socket) => {
      socket.write(`${jsonHead}content-length: ${200 * 1024 * 1024}\r\n\r\n`);
      pour(socket, Buffer.alloc(1024 * 1024, ' '));
    });
    const { stderr, exitCode, cpuSeconds, megabytes } = await measured(url, ...patiently);
    expect({ exitCode, large: stderr.includes('it is larger than 128 MB') }).toEqual({
      exitCode: 1,
      large: true,
    });
    expect(cpuSeconds).toBeLessThan(15);
    expect(megabytes).toBeLessThan(128 + most);
  });

  test('a gzip bomb is abandoned at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '));
    const { url } = await answering((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    const { stderr, exitCode, cpuSeconds, megabytes } = await measured(
      url,
      '--max-answer',
      '8',
      ...patiently,
    );
    expect({ exitCode, large: stderr.includes('it is larger than 8 MB') }).toEqual({
      exitCode: 1,
      large: true,
    });
    expect(cpuSeconds).toBeLessThan(15);
    expect(megabytes).toBeLessThan(most);
  });

  test('one that drips is abandoned when its time is over', async () => {
    const { url } = await hostile((socket) => {
      socket.write(`${jsonHead}\r\n`);
      const drip = setInterval(() => socket.write(' '), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const { stderr, exitCode } = await measured(url, '--timeout', '4');
    expect(stderr).toContain('sent no complete response: no complete response within 4 seconds');
    expect(exitCode).toBe(8);
  });

  test('endless headers are refused', async () => {
    const { url } = await hostile((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      pour(socket, `x-more: ${'y'.repeat(1000)}\r\n`);
    });
    const { exitCode, cpuSeconds, megabytes } = await measured(url, '--timeout', '5');
    expect(exitCode).toBe(8);
    expect(cpuSeconds).toBeLessThan(15);
    expect(megabytes).toBeLessThan(most);
  });
});

describe('the pages of a listing', () => {
  const assignment = (number: number) => ({
    sid: `IY${String(number).padStart(32, '0')}`,
    role_sid: `IX${'0'.repeat(32)}`,
    scope: `OR${'0'.repeat(32)}`,
    identity: `US${'0'.repeat(32)}`,
  });
  const page = (items: unknown[], next: unknown, more = {}) =>
    json({ content: items, meta: { key: 'content', next_page_url: next, ...more } });
  const next = (number: number) => `/v2/Organizations/RoleAssignments?Page=${number}`;
  const list = (url: string, ...args: string[]) =>
    call(['role-assignments', 'list', ...once, ...args], { env: at(url) });

  test('that break on page 7 fail the listing, although six pages were printed', async () => {
    const six = [1, 2, 3, 4, 5, 6].map((number) => page([assignment(number)], next(number)));
    const { url } = await answering(...six, (response) => response.writeHead(500).end('{}'));
    const printed = await list(url);
    expect(printed.stdout.split('\n')).toHaveLength(7);
    expect(printed.stderr).toMatch(/^error: .*\nThe list shown so far is incomplete\. /);
    expect(printed.exitCode).toBe(8);
    const whole = await answering(...six, (response) => response.writeHead(500).end('{}'));
    expect(await list(whole.url, '-o', 'json')).toMatchObject({ stdout: '', exitCode: 8 });
  });

  test.each<[string, (url: string) => string]>([
    ['to another host', () => 'https://twilio.example.com/v2/Organizations/RoleAssignments?Page=1'],
    ['to another scheme', (url) => `${url.replace('http:', 'ftp:')}/v2/x`],
    ['to another port', (url) => `${url.replace(/\d+$/, '1')}/v2/x`],
    ['with user and password', (url) => `${url.replace('http://', 'http://me:word@')}/v2/x`],
  ])('that lead %s end the listing, and the token goes nowhere', async (_, elsewhere) => {
    let url = '';
    const server = await answering((response) => page([assignment(1)], elsewhere(url))(response));
    url = server.url;
    const { stderr, exitCode } = await list(url);
    expect(stderr).toContain('where the token is not sent');
    expect({ exitCode, arrived: server.arrived.length }).toEqual({ exitCode: 1, arrived: 1 });
  });

  test('that lead from https to http end the listing, and the token goes nowhere', async () => {
    const authority = await newAuthority();
    onTestFinished(authority.remove);
    const { url, port, arrived } = await tlsServer(authority, (response, { headers }) =>
      page([assignment(1)], `http://${headers.host}/v2/x`)(response),
    );
    const env = { ...at(url), NODE_EXTRA_CA_CERTS: authority.file };
    const { stderr, exitCode } = await run(['role-assignments', 'list', ...once], { env });
    expect(stderr).toContain(`at another origin, http://127.0.0.1:${port}, where the token is not sent`);
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 1, arrived: 1 });
  });

  test.each<[string, Answer[], RegExp]>([
    [
      'lead in a circle',
      [page([assignment(1)], next(1)), page([assignment(2)], next(1))],
      /lead in a circle/,
    ],
    ['repeat an item', [page([assignment(1)], next(1)), page([assignment(1)], null)], /IY0+1 is in it twice/],
    [
      'leave one out',
      [page([assignment(1)], next(1), { page: 0 }), page([assignment(2)], null, { page: 2 })],
      /page 2 came after page 0/,
    ],
    ['do not say whether more follow', [json({ content: [assignment(1)] })], /whether more pages follow/],
    ['lose their items', [page([assignment(1)], next(1)), json({ meta: {} })], /has no "content"/],
    ['name a next page that is no address', [page([assignment(1)], 7)], /is not a URL/],
  ])('that %s are a failure, of `api --paginate` too', async (_, answers, message) => {
    const { url } = await answering(...answers);
    const { stderr, exitCode } = await list(url);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
    const again = await answering(...answers);
    const args = ['api', 'GET', '/v2/Organizations/RoleAssignments', '--paginate', ...once];
    expect(await call(args, { env: at(again.url) })).toMatchObject({ stdout: '', exitCode: 1 });
  });
});

test.each([
  ['role-assignments list', ['role-assignments', 'list']],
  ['api --paginate', ['api', 'GET', '/v2/x', '--paginate']],
])('a listing of endless empty pages ends: %s', async (_, args) => {
  let number = 0;
  const { url, arrived } = await answering((response) => {
    number += 1;
    if (number > 30) return response.writeHead(400).end();
    return json({ content: [], meta: { key: 'content', next_page_url: `/v2/x?Page=${number}` } })(response);
  });
  const { stderr, exitCode } = await call([...args, ...once], { env: at(url) });
  expect(stderr).toContain('21 pages in a row are empty');
  expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 1, arrived: 21 });
});

test.each(['0', '501', '1.5', 'all'])('--max-answer %s is refused', async (most) => {
  const { url, arrived } = await answering(json({ Resources: [] }));
  const { exitCode } = await call(['users', 'list', '--max-answer', most], { env: at(url) });
  expect({ exitCode, arrived }).toEqual({ exitCode: 2, arrived: [] });
});

test('an empty response may be declared as compressed', async () => {
  for (const status of [200, 204]) {
    const { url } = await answering((response) =>
      response
        .writeHead(status, { 'content-encoding': 'gzip', ...(status === 200 && { 'content-length': 0 }) })
        .end(),
    );
    const result = await call(['api', 'GET', '/x', ...once], { env: at(url) });
    expect(result).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  }
});

describe('a response with a status that Twilio never uses for success', () => {
  const body = JSON.stringify({ Resources: [], totalResults: 0 });
  const saying = (status: string) =>
    hostile((socket) => {
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
    });

  test.each([
    '099 Odd',
    '201 Created',
    '202 Accepted',
    '203 Changed',
    '205 Reset',
    '206 Partial',
    '207 Many',
    '226 IM',
    '299 Odd',
  ])('fails a read: %s', async (status) => {
    const { url } = await saying(status);
    const shown = `answered GET with status ${status.slice(0, 3)}, which is not what Twilio sends on success`;
    for (const args of [
      ['users', 'list'],
      ['api', 'GET', '/x'],
      ['roles', 'list'],
    ]) {
      const { stdout, stderr, exitCode } = await call([...args, ...once], { env: at(url) });
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
      expect(stderr).toContain(shown);
    }
  });

  test.each(['099 Odd', '202 Accepted', '203 Changed', '206 Partial'])(
    'leaves open whether a write happened: %s',
    async (status) => {
      const { url } = await saying(status);
      const { stdout, stderr, exitCode } = await call(['api', 'POST', '/x', ...once], { env: at(url) });
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 11 });
      expect(stderr).toContain(`answered POST with status ${status.slice(0, 3)}`);
    },
  );

  test('gives no token', async () => {
    const token = JSON.stringify({ access_token: 'canary', token_type: 'Bearer', expires_in: 3600 });
    const { url } = await answering((response) => response.writeHead(203).end(token));
    const client = { TWILIO_ORG_CLIENT_ID: `OQ${'0'.repeat(32)}`, TWILIO_ORG_CLIENT_SECRET: 'canary-secret' };
    const { stderr, exitCode } = await call(['users', 'list', ...once], {
      env: { TWILIO_ORG_OAUTH_URL: url, ...client },
    });
    expect({ exitCode, said: stderr.includes('answered POST with status 203') }).toEqual({
      exitCode: 1,
      said: true,
    });
  });
});

test('a response that is not HTTP is reported as such', async () => {
  const { url } = await hostile((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
  const { stderr, exitCode } = await call(['users', 'list', ...once], { env: at(url) });
  expect(stderr).toContain('sent no complete response: the response is not HTTP\n');
  expect(exitCode).toBe(8);
});

test('a response that switches protocols is refused', async () => {
  const { url } = await hostile((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  );
  const { stderr, exitCode } = await call(['users', 'list', ...once], { env: at(url) });
  expect(stderr).toContain('sent no complete response: the connection broke');
  expect(exitCode).toBe(8);
});

describe('redirects are not followed', () => {
  test.each([301, 302, 303, 307, 308])('with status %i, to another origin, by the API', async (status) => {
    const other = await answering(json({ Resources: [] }));
    const { url } = await answering((response) => response.writeHead(status, { location: other.url }).end());
    const { exitCode } = await call(['users', 'list', ...once], { env: at(url) });
    expect({ exitCode, arrived: other.arrived }).toEqual({ exitCode: 1, arrived: [] });
  });

  test('by the token endpoint', async () => {
    const other = await answering(json({ access_token: 'stolen', token_type: 'Bearer', expires_in: 3600 }));
    const { url } = await answering((response) => response.writeHead(307, { location: other.url }).end());
    const env = {
      TWILIO_ORG_API_URL: url,
      TWILIO_ORG_OAUTH_URL: url,
      TWILIO_ORG_CLIENT_ID: `OQ${'0'.repeat(32)}`,
      TWILIO_ORG_CLIENT_SECRET: 'canary-secret',
    };
    const { stderr, exitCode } = await call(['users', 'list', ...once], { env });
    expect({ exitCode, arrived: other.arrived }).toEqual({ exitCode: 1, arrived: [] });
    expect(stderr).not.toContain('canary-secret');
  });
});
