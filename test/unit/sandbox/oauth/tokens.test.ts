import { expect, test } from 'vitest';
import { answerOf, callerOf, errorSchema, sandboxFor, testClock } from '../../../support/sandbox.ts';

const us = `US${'0'.repeat(32)}`;
const iy = `IY${'0'.repeat(32)}`;

const routes = [
  ['GET', '/scim/v2/Users', 'managed-users/list'],
  ['POST', '/scim/v2/Users', 'managed-users/create'],
  ['GET', `/scim/v2/Users/${us}`, 'managed-users/read'],
  ['PUT', `/scim/v2/Users/${us}`, 'managed-users/update'],
  ['PATCH', `/scim/v2/Users/${us}`, 'managed-users/update'],
  ['DELETE', `/scim/v2/Users/${us}`, 'managed-users/delete'],
  ['GET', '/v2/Organizations/Roles', 'roles/list'],
  ['GET', '/v2/Organizations/Roles', 'role-assignments/list'],
  ['GET', '/v2/Organizations/RoleAssignments', 'role-assignments/list'],
  ['POST', '/v2/Organizations/RoleAssignments', 'role-assignments/create'],
  ['DELETE', `/v2/Organizations/RoleAssignments/${iy}`, 'role-assignments/delete'],
] as const;

const scopes = [...new Set(routes.map(([, , scope]) => scope))];

test.each(routes)('%s %s accepts a token with %s', async (method, path, scope) => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox, sandbox.issueToken({ scopes: [scope] }));
  const { status } = await call(method, path, method === 'GET' ? undefined : {});
  expect([401, 403]).not.toContain(status);
});

test.each(routes)('%s %s refuses a token with all scopes except the needed ones', async (method, path) => {
  const sandbox = await sandboxFor();
  const enough = routes
    .filter((route) => route[0] === method && route[1] === path)
    .map(([, , scope]) => scope);
  const others = scopes.filter((scope) => !enough.includes(scope));
  const call = callerOf(sandbox, sandbox.issueToken({ scopes: others }));
  const { status, body } = await call(method, path, method === 'GET' ? undefined : {});
  expect(status).toBe(403);
  if (path.startsWith('/scim/')) {
    expect(body).toMatchObject({ schemas: [errorSchema], status: '403', code: 20003 });
  } else {
    expect(body).toEqual({
      code: 20003,
      message: 'Authorization denied',
      more_info: 'https://www.twilio.com/docs/errors/20003',
      status: 403,
    });
  }
});

test.each(['/scim/v2/Users', '/v2/Organizations/Roles', '/v2/Organizations/RoleAssignments'])(
  '%s answers 401 without a token that is known',
  async (path) => {
    const sandbox = await sandboxFor();
    const url = sandbox.apiUrl + path;
    const basic = `Basic ${Buffer.from('OQ1:secret').toString('base64')}`;
    for (const headers of [{}, { authorization: 'Bearer made.up.token' }, { authorization: basic }]) {
      const { status, body } = await answerOf(await fetch(url, { headers }));
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: 20003, status: path.startsWith('/scim/') ? '401' : 401 });
    }
  },
);

test('a token works until it expires', async () => {
  const { now, advance } = testClock();
  const sandbox = await sandboxFor({ now });
  const call = callerOf(sandbox, sandbox.issueToken({ expiresIn: 60 }));
  advance(59_999);
  expect((await call('GET', '/scim/v2/Users')).status).toBe(200);
  advance(1);
  expect((await call('GET', '/scim/v2/Users')).status).toBe(401);
});

test('a revoked token is refused', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  sandbox.state.accessTokens.clear();
  expect((await call('GET', '/scim/v2/Users')).status).toBe(401);
});

test.each([
  ['/scim/v2/Users', 25018],
  ['/v2/Organizations/RoleAssignments', 25105],
  ['/v2/Organizations/Roles', 25107],
])('%s refuses a token of another organization with %i', async (path, code) => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox, sandbox.issueToken({ organizationSid: `OR${'0'.repeat(32)}` }));
  expect(await call('GET', path)).toMatchObject({ status: 403, body: { code } });
});
