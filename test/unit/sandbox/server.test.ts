import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { freePort } from '../../support/ports.ts';
import {
  type Answer,
  authorizeUrl,
  callerOf,
  errorSchema,
  postToken,
  sandboxFor,
  testClock,
  userAt,
} from '../../support/sandbox.ts';

const users = '/scim/v2/Users';
const assignments = '/v2/Organizations/RoleAssignments';
const roles = '/v2/Organizations/Roles';

test('the sandbox listens on 127.0.0.1 on a free port, with one origin for both APIs', async () => {
  const sandbox = await sandboxFor();
  expect(sandbox.apiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(sandbox.oauthUrl).toBe(sandbox.apiUrl);
  expect(sandbox.organizationSid).toMatch(/^OR[0-9a-f]{32}$/);
  expect(sandbox.accountSids).toHaveLength(4);
});

test('the sandbox on a port in use is a usage error that says so', async () => {
  const sandbox = await sandboxFor();
  const port = Number(new URL(sandbox.apiUrl).port);
  await expect(startSandbox({ port })).rejects.toMatchObject({
    kind: 'usage',
    message: `The sandbox can't listen on port ${port}: the port is in use`,
    hint: expect.any(String),
  });
});

test('every response has a request id and a date by the clock', async () => {
  const { now } = testClock(Date.UTC(2030, 0, 1));
  const sandbox = await sandboxFor({ now });
  const call = callerOf(sandbox);
  const answers = [await call('GET', users), await call('GET', '/nowhere'), await postToken(sandbox, {})];
  for (const { headers } of answers) {
    expect(headers.get('twilio-request-id')).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:00 GMT');
  }
  expect(new Set(answers.map(({ headers }) => headers.get('twilio-request-id'))).size).toBe(3);
});

test('an unknown path is not found, in the error format of its API', async () => {
  const call = callerOf(await sandboxFor());
  const scim = await call('GET', '/scim/v2/Groups');
  expect(scim).toMatchObject({ status: 404, body: { schemas: [errorSchema], status: '404', code: 20404 } });
  const other = await call('GET', '/v2/Organizations/Users');
  expect(other).toMatchObject({ status: 404, body: { status: 404, code: 20404 } });
});

test('the sandbox records requests', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  await call('GET', `${users}?filter=userName%20eq%20%22a%22`);
  await call('POST', assignments, { a: 1 });
  expect(sandbox.requests).toEqual([
    {
      method: 'GET',
      path: users,
      query: { filter: 'userName eq "a"' },
      headers: expect.objectContaining({ authorization: expect.stringMatching(/^Bearer /) }),
      status: 200,
    },
    {
      method: 'POST',
      path: assignments,
      query: {},
      headers: expect.objectContaining({ 'content-type': 'application/json' }),
      body: '{"a":1}',
      status: 400,
    },
  ]);
});

function getWithHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}

test.each([
  ['evil.example', 403],
  ['127.0.0.1.evil.example', 403],
  ['localhost.evil.example:80', 403],
  ['10.0.0.1', 403],
  ['localhost:1', 200],
  ['127.0.0.1', 200],
  ['[::1]:1', 200],
])('a request for the host %s is answered with %i', async (host, status) => {
  const sandbox = await sandboxFor();
  expect(await getWithHost(authorizeUrl(sandbox).href, host)).toBe(status);
});

test('a request for another host is not recorded', async () => {
  const sandbox = await sandboxFor();
  expect(await getWithHost(authorizeUrl(sandbox).href, 'evil.example')).toBe(403);
  expect(sandbox.requests).toEqual([]);
});

test('requests beyond the rate limit are refused, by each API with its code', async () => {
  const { now, advance } = testClock();
  const sandbox = await sandboxFor({ rateLimit: 2, now });
  const call = callerOf(sandbox);
  expect((await call('GET', users)).status).toBe(200);
  expect((await call('GET', users)).status).toBe(200);
  for (const [path, code] of [
    [users, 25021],
    [assignments, 25109],
    [roles, 20429],
  ] as const) {
    const { status, headers, body } = await call('GET', path);
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({ code, status: path === users ? '429' : 429 });
  }
  expect(await postToken(sandbox, {})).toMatchObject({ status: 429, body: { code: 20429 } });
  expect((await fetch(authorizeUrl(sandbox))).status).toBe(200);
  advance(500);
  expect((await call('GET', users)).status).toBe(200);
  expect((await call('GET', users)).status).toBe(429);
  advance(60_000);
  const statuses = [];
  for (let number = 0; number < 3; number += 1) statuses.push((await call('GET', users)).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test('a rate limit with a window counts the requests in each second of the clock', async () => {
  const { now, advance } = testClock();
  const sandbox = await sandboxFor({ rateLimit: 2, rateLimitWindow: true, now });
  const call = callerOf(sandbox);
  const statuses = async (count: number) => {
    const seen: number[] = [];
    while (seen.length < count) seen.push((await call('GET', users)).status);
    return seen;
  };
  advance(1900 - (now() % 1000));
  expect(await statuses(3)).toEqual([200, 200, 429]);
  expect((await call('GET', users)).headers.get('retry-after')).toBe('1');
  advance(99);
  expect(await statuses(1)).toEqual([429]);
  advance(1);
  expect(await statuses(3)).toEqual([200, 200, 429]);
  advance(60_000);
  expect(await statuses(3)).toEqual([200, 200, 429]);
});

test.each([true, false])(
  'a running sandbox takes another rate limit (window: %s)',
  async (rateLimitWindow) => {
    const { now, advance } = testClock();
    const sandbox = await sandboxFor({ rateLimit: 1, rateLimitWindow, now });
    const call = callerOf(sandbox);
    const accepted = async () => {
      let count = 0;
      while ((await call('GET', users)).status === 200) count += 1;
      advance(1000);
      return count;
    };
    const change = (body: string) => fetch(`${sandbox.apiUrl}/sandbox/rate-limit`, { method: 'PUT', body });
    expect(await accepted()).toBe(1);
    expect((await change('5')).status).toBe(204);
    expect(await accepted()).toBe(5);
    expect((await change('2')).status).toBe(204);
    expect(await accepted()).toBe(2);
    for (const wrong of ['0', 'many', '', '1.5']) expect((await change(wrong)).status).toBe(400);
  },
);

test('Retry-After can be left out', async () => {
  const { now } = testClock();
  const sandbox = await sandboxFor({ rateLimit: 1, retryAfter: false, now });
  const call = callerOf(sandbox);
  await call('GET', users);
  const { status, headers } = await call('GET', users);
  expect(status).toBe(429);
  expect(headers.has('retry-after')).toBe(false);
});

test('every response is delayed by the latency', async () => {
  const sandbox = await sandboxFor({ latency: 60 });
  const before = performance.now();
  await callerOf(sandbox)('GET', roles);
  expect(performance.now() - before).toBeGreaterThanOrEqual(59);
});

test('a request took effect before its latency', async () => {
  const sandbox = await sandboxFor({ latency: 3_600_000 });
  const user = userAt(sandbox, 2);
  const waiting = callerOf(sandbox)('DELETE', `${users}/${user.id}`).catch((error: unknown) => error);
  await expect.poll(() => userAt(sandbox, 2).active).toBe(false);
  await sandbox.close();
  expect(await waiting).toBeInstanceOf(Error);
});

test('with a failure fraction of 1 everything except the login fails, in three ways', async () => {
  const sandbox = await sandboxFor({ fail: 1 });
  const call = callerOf(sandbox);
  const answers: Answer[] = [];
  for (let number = 0; number < 30; number += 1) answers.push(await call('GET', number % 2 ? users : roles));
  const of = (status: number) => answers.filter((answer) => answer.status === status);
  expect(of(500).length + of(502).length + of(503).length).toBe(30);
  for (const { body } of of(500)) expect(body.code).toBe(20500);
  for (const { text } of of(502)) expect(text).toContain('502 Bad Gateway');
  for (const { body } of of(503)) expect(body.code).toBe(20503);
  expect(Math.min(of(500).length, of(502).length, of(503).length)).toBeGreaterThan(0);
  expect((await fetch(authorizeUrl(sandbox))).status).toBe(200);
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const form = { client_id, client_secret, grant_type: 'client_credentials' };
  expect((await postToken(sandbox, form)).status).toBe(200);
});

test('about half of the writes that fail took effect', async () => {
  const sandbox = await sandboxFor({ fail: 1, users: 60, seed: 3 });
  const call = callerOf(sandbox);
  const active = [...sandbox.state.users.all()].slice(1).filter((user) => user.active);
  for (const { id } of active)
    expect((await call('DELETE', `${users}/${id}`)).status).toBeGreaterThanOrEqual(500);
  const changed = active.filter(({ id }) => sandbox.state.users.get(id)?.active === false).length;
  expect(changed / active.length).toBeGreaterThan(0.25);
  expect(changed / active.length).toBeLessThan(0.75);
});

test('failures come at the given rate, and the same ones for the same seed', async () => {
  const statuses = async (seed: number) => {
    const sandbox = await sandboxFor({ fail: 0.3, seed });
    const call = callerOf(sandbox);
    const found = [];
    for (let number = 0; number < 50; number += 1)
      found.push((await call('GET', `${roles}?PageSize=1`)).status);
    return found;
  };
  const first = await statuses(1);
  const failed = first.filter((status) => status >= 500).length;
  expect(failed).toBeGreaterThan(7);
  expect(failed).toBeLessThan(23);
  expect(await statuses(1)).toEqual(first);
  expect(await statuses(2)).not.toEqual(first);
});

test('closing the sandbox ends open connections at once', async () => {
  const sandbox = await startSandbox({ latency: 3_600_000, port: await freePort() });
  const waiting = fetch(authorizeUrl(sandbox)).catch((error: unknown) => error);
  await expect.poll(() => sandbox.requests.length).toBe(1);
  await sandbox.close();
  expect(await waiting).toBeInstanceOf(Error);
  await expect(fetch(sandbox.apiUrl)).rejects.toThrow();
});

test.each([
  [{ users: 0 }, 'number of users'],
  [{ users: 1.5 }, 'number of users'],
  [{ port: 70_000 }, 'port'],
  [{ fail: 1.1 }, 'fraction of failures'],
  [{ fail: Number.NaN }, 'fraction of failures'],
  [{ rateLimit: 0 }, 'rate limit'],
  [{ rateLimitWindow: true }, 'no rate limit for the window'],
  [{ latency: -1 }, 'latency'],
  [{ users: 2, assignments: 101 }, 'number of role assignments'],
  [{ scopes: ['roles/list', 'roles/write'] }, '"roles/write" is not a scope'],
  [{ redirectUri: '/callback' }, '/callback'],
  [{ redirectUri: 'http://127.0.0.1/#x' }, 'Redirect URL'],
])('the options %j are refused', async (options, words) => {
  await expect(startSandbox(options)).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining(words),
    hint: expect.any(String),
  });
});

test('the sandbox leaves the global Request and Response alone', async () => {
  const before = [globalThis.Request, globalThis.Response];
  await sandboxFor();
  expect([globalThis.Request, globalThis.Response]).toEqual(before);
});
