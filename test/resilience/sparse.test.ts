import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { call, type Env, home } from '../support/cli.ts';
import { type Answer, answering, json } from '../support/server.ts';

const sid = (prefix: string, number: number) => `${prefix}${String(number).padStart(32, '0')}`;
const whole = {
  id: sid('US', 1),
  userName: 'ada@example.com',
  emails: [{ value: 'ada@example.com', primary: true }],
  active: true,
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  meta: { version: 'W/1' },
};
/** Only the members that the published schema requires. */
const sparse = { id: sid('US', 2), userName: 'bob@example.com' };
const nulls = {
  id: sid('US', 3),
  userName: 'eve@example.com',
  active: null,
  emails: null,
  meta: null,
  name: null,
  schemas: null,
  externalId: null,
};

const env = (url: string): Env => ({ TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' });
const list = (...users: unknown[]) => json({ Resources: users, totalResults: users.length });

/** An API of these users: it lists them all, finds by name, and answers a write with what `written` makes of it. */
async function api(users: { id: string; userName: string }[], written: Answer = json({}, 500)) {
  const bodies: unknown[] = [];
  const server = await answering((response, request) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (request.method !== 'GET') return written(response, request);
    const name = /^userName eq "(.*)"$/.exec(url.searchParams.get('filter') ?? '')?.[1];
    const byId = users.find(({ id }) => url.pathname.endsWith(id));
    if (url.pathname.includes('/v2/Organizations')) {
      return json({ content: [], roles: [], meta: { next_page_url: null } })(response);
    }
    if (byId !== undefined) return json(byId)(response);
    return list(...(name === undefined ? users : users.filter(({ userName }) => userName === name)))(
      response,
    );
  });
  const writes = () => server.arrived.filter((line) => !line.startsWith('GET '));
  return { url: server.url, writes, bodies };
}

describe('a user with only id and name in the response', () => {
  test('is in lists, searches and exports, with absent fields for programs and unknown ones for people', async () => {
    const { url } = await api([whole, sparse, nulls]);
    const json = await call(['users', 'list', '-o', 'json'], { env: env(url) });
    expect(JSON.parse(json.stdout)).toEqual([whole, sparse, nulls]);
    const searched = await call(['users', 'list', '--search', 'BOB', '-o', 'csv'], { env: env(url) });
    expect(searched.stdout).toBe(`id,userName,displayName,active\r\n${sparse.id},bob@example.com,,\r\n`);
    const table = await call(['users', 'list', '-o', 'table'], { env: env(url) });
    expect(table.stdout).toMatch(/bob@example\.com.*Unknown/);
    expect(table.stdout).not.toContain('undefined');
    const exported = await call(['users', 'export', '-o', 'jsonl'], { env: env(url) });
    expect(exported.stdout).toBe(
      '{"email":"ada@example.com","active":true}\n{"email":"bob@example.com"}\n{"email":"eve@example.com"}\n',
    );
    const got = await call(['users', 'get', 'bob@example.com', '-o', 'table'], { env: env(url) });
    expect(got.stdout).toMatch(/Status +Unknown/);
    for (const { exitCode, stderr } of [json, searched, table, exported, got]) {
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    }
  });

  test.each([
    ['--active', ['ada@example.com']],
    ['--inactive', []],
  ])('is left out of %s, with a note', async (flag, names) => {
    const { url } = await api([whole, sparse, nulls]);
    for (const args of [
      ['users', 'list', flag, '-o', 'jsonl', '--fields', 'userName'],
      ['users', 'export', flag, '-o', 'jsonl', '--fields', 'email'],
    ]) {
      const { stdout, stderr, exitCode } = await call(args, { env: env(url) });
      const shown = stdout
        .split('\n')
        .filter(Boolean)
        .flatMap((line) => Object.values(JSON.parse(line)));
      expect({ shown, exitCode }).toEqual({ shown: names, exitCode: 0 });
      expect(stderr).toContain('2 users are left out: Twilio does not say whether they are active');
    }
  });

  const csv = 'email,displayName\nbob@example.com,Bob\n';
  test.each<[string, string[], string?]>([
    ['update', ['users', 'update', 'bob@example.com', '--display-name', 'Bob']],
    ['update to inactive', ['users', 'update', 'bob@example.com', '--inactive', '--yes']],
    ['activate', ['users', 'activate', 'bob@example.com', '--yes']],
    ['deactivate', ['users', 'deactivate', 'ada@example.com', 'bob@example.com', '--yes']],
    ['delete', ['users', 'delete', 'bob@example.com', '--yes']],
    ['offboard', ['users', 'offboard', 'bob@example.com', '--yes']],
    ['import', ['users', 'import', '-', '--yes'], csv],
    ['a dry run', ['users', 'deactivate', 'bob@example.com', '--dry-run']],
  ])('is not changed: %s', async (_, args, input = '') => {
    const { url, writes } = await api([whole, sparse]);
    const { stdout, stderr, exitCode } = await call(args, { env: env(url), input });
    expect(stderr).toContain(
      `error: Twilio does not say whether bob@example.com (${sparse.id}) is active, so nothing was sent\nLook at the response with`,
    );
    expect({ stdout, exitCode, writes: writes() }).toEqual({ stdout: '', exitCode: 1, writes: [] });
  });

  test('does not prevent changes to others', async () => {
    const answer = json({ ...whole, displayName: 'Ada' });
    const { url, writes } = await api([whole, sparse, nulls], answer);
    const args = ['users', 'update', 'ada@example.com', '--display-name', 'Ada', '--yes'];
    expect((await call(args, { env: env(url) })).exitCode).toBe(0);
    expect(writes()).toEqual([`PUT /scim/v2/Users/${whole.id}`]);
  });

  test('can be the response to a change of other fields', async () => {
    const { url } = await api([whole], (response, { method }) =>
      json(
        method === 'POST' ? { ...sparse } : { ...whole, active: undefined, displayName: 'Ada' },
        method === 'POST' ? 201 : 200,
      )(response),
    );
    const made = await call(['users', 'create', '--email', 'bob@example.com', '-o', 'json'], {
      env: env(url),
    });
    expect({ user: JSON.parse(made.stdout), exitCode: made.exitCode }).toEqual({ user: sparse, exitCode: 0 });
    const args = ['users', 'update', 'ada@example.com', '--display-name', 'Ada', '-o', 'json'];
    expect((await call(args, { env: env(url) })).exitCode).toBe(0);
  });

  test('is no proof that they lost their access', async () => {
    const { url } = await api([whole, sparse], json(sparse, 201));
    const args = ['users', 'create', '--email', 'bob@example.com', '--inactive', '--max-retries', '0'];
    const { stdout, stderr, exitCode } = await call(args, { env: env(url) });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 11 });
    expect(stderr).toContain(`Twilio does not say whether bob@example.com (${sparse.id}) is active`);
  });
});

describe('a list of users without Resources', () => {
  test.each([
    [{ totalResults: 0 }],
    [{ totalResults: 0, Resources: null }],
    [{ totalResults: 0, Resources: [] }],
  ])('is an empty one when it says that there are none: %j', async (body) => {
    const { url } = await answering(json(body));
    const listed = await call(['users', 'list', '-o', 'json'], { env: env(url) });
    expect(listed).toEqual({ stdout: '[]\n', stderr: 'No users\n', exitCode: 0 });
    const got = await call(['users', 'get', 'ada@example.com'], { env: env(url) });
    expect({ exitCode: got.exitCode, stderr: got.stderr.split('\n')[0] }).toEqual({
      exitCode: 6,
      stderr: 'error: There is no user ada@example.com',
    });
    const pages = await call(['api', 'GET', '/scim/v2/Users', '--paginate'], { env: env(url) });
    expect({ stdout: pages.stdout, exitCode: pages.exitCode }).toEqual({ stdout: '[]\n', exitCode: 0 });
  });

  test.each([
    [{ totalResults: 2 }],
    [{}],
    [{ Resources: null }],
    [{ totalResults: '0' }],
    [{ totalResults: 0, Resources: {} }],
  ])('is a failure otherwise: %j', async (body) => {
    const { url } = await answering(json(body));
    const { stdout, exitCode } = await call(['users', 'list', '-o', 'json'], { env: env(url) });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  });
});

describe('a user without a version', () => {
  const unversioned = { ...whole, meta: { version: null } };
  const changed = { ...unversioned, displayName: 'Ada' };
  const args = ['users', 'update', 'ada@example.com', '--display-name', 'Ada', '-o', 'json'];

  test('is changed without If-Match, with a warning', async () => {
    let match: unknown;
    let body = '';
    const { url } = await api([unversioned], (response, request) => {
      match = request.headers['if-match'];
      return json(changed)(response);
    });
    const { stdout, stderr, exitCode } = await call(args, { env: env(url) });
    expect({ user: JSON.parse(stdout), match, exitCode }).toEqual({
      user: changed,
      match: undefined,
      exitCode: 0,
    });
    expect(stderr).toContain(
      'Twilio sends no version of these users, so concurrent changes by others may be overwritten',
    );
    body = (await call([...args, '--dry-run'], { env: env(url) })).stdout;
    expect(body).not.toMatch(/undefined|if-match/i);
  });

  test('cannot be changed with --if-match', async () => {
    const { url, writes } = await api([unversioned]);
    const { stderr, exitCode } = await call([...args, '--if-match', 'W/1'], { env: env(url) });
    expect(JSON.parse(stderr).error).toMatchObject({
      kind: 'conflict',
      message:
        "Twilio does not tell the version of ada@example.com, so it can't be compared with W/1. Nothing was sent",
    });
    expect({ exitCode, writes: writes() }).toEqual({ exitCode: 7, writes: [] });
  });
});

describe('incomplete roles and role assignments', () => {
  const role = { sid: sid('IX', 1), friendly_name: 'Support' };
  const nameless = { sid: sid('IX', 2), friendly_name: null };
  const meta = { next_page_url: null };

  test('are listed, but match no name of a role', async () => {
    const { url } = await answering(json({ roles: [nameless, { sid: sid('IX', 3) }, role], meta }));
    const listed = await call(['roles', 'list', '--fields', 'sid,friendly_name'], { env: env(url) });
    expect(listed).toEqual({
      stdout: `${nameless.sid}\t\n${sid('IX', 3)}\t\n${role.sid}\tSupport\n`,
      stderr: '',
      exitCode: 0,
    });
    for (const [name, exitCode] of [
      ['support', 0],
      [nameless.sid, 0],
      ['undefined', 6],
      ['null', 6],
    ] as const) {
      expect((await call(['roles', 'get', name], { env: env(url) })).exitCode).toBe(exitCode);
    }
  });

  test('are listed, but never taken away', async () => {
    const bare = { sid: sid('IY', 1) };
    const { url, arrived } = await answering(
      json({ content: [bare], roles: [role], Resources: [], totalResults: 0, meta }),
    );
    const listed = await call(['role-assignments', 'list', '--names', '-o', 'json'], { env: env(url) });
    expect(JSON.parse(listed.stdout)).toEqual([
      { ...bare, user_name: null, role_name: null, scope_name: null },
    ]);
    const args = ['--user', sid('US', 1), '--role', role.sid, '--scope', sid('OR', 1), '--yes'];
    const { stderr, exitCode } = await call(['role-assignments', 'delete', ...args], { env: env(url) });
    expect(stderr).toContain('a role assignment without a usable "role_sid"');
    expect({ exitCode, deleted: arrived.filter((line) => line.startsWith('DELETE')) }).toEqual({
      exitCode: 1,
      deleted: [],
    });
  });
});

describe('a text beyond the published limits is exit code 2, and nothing is sent:', () => {
  const long = (count: number) => 'x'.repeat(count);
  test.each<[string, string, string]>([
    ['--external-id', 'externalId', '7'],
    ['--external-id', 'externalId', long(256)],
    ['--external-id', 'externalId', '😀'],
    ['--given-name', 'givenName', long(256)],
    ['--family-name', 'familyName', long(256)],
    ['--display-name', 'displayName', long(256)],
    ['--locale', 'locale', long(256)],
    ['--timezone', 'timezone', long(256)],
    ['--email', 'email', `${long(149)}@example.com`],
    ['--email', 'email', 'no address'],
  ])('%s (%s) %.20s', async (flag, column, text) => {
    const { url, writes } = await api([whole]);
    const email = flag === '--email' ? [] : ['--email', 'new@example.com'];
    const row = column === 'email' ? { email: text } : { email: 'new@example.com', [column]: text };
    for (const [args, input] of [
      [['users', 'create', ...email, flag, text], ''],
      [['users', 'update', 'ada@example.com', flag, text], ''],
      [['users', 'import', '-', '--yes'], `${JSON.stringify(row)}\n`],
    ] as const) {
      const { stdout, stderr, exitCode } = await call(args, { env: env(url), input });
      expect({ args, stdout, exitCode, writes: writes() }).toEqual({
        args,
        stdout: '',
        exitCode: 2,
        writes: [],
      });
      expect(stderr).toMatch(/characters|not an e-mail address/);
    }
  });

  test.each([long(2), long(255), '😀'.repeat(255)])(
    'a text within the published limits is sent',
    async (text) => {
      const { url, writes } = await api([whole], json({ ...sparse, externalId: text }, 201));
      await call(['users', 'create', '--email', 'bob@example.com', '--external-id', text], { env: env(url) });
      expect(writes()).toEqual(['POST /scim/v2/Users']);
    },
  );

  test("--external-id '' removes an external id, and is an error for a new user", async () => {
    let body = '';
    const known = { ...whole, externalId: '4711' };
    const { url, writes } = await api([known], (response, request) => {
      body = String(request.method);
      return json({ ...whole, meta: { version: 'W/2' } })(response);
    });
    const emptied = ['users', 'update', 'ada@example.com', '--external-id', ''];
    const { stdout } = await call([...emptied, '--dry-run', '-o', 'json'], { env: env(url) });
    expect(JSON.parse(stdout)[0].body).toMatchObject({ externalId: null });
    expect((await call(emptied, { env: env(url) })).exitCode).toBe(0);
    expect({ body, writes: writes() }).toEqual({ body: 'PUT', writes: [`PUT /scim/v2/Users/${whole.id}`] });
    const nothing = await api([whole]);
    const held = await call(emptied, { env: env(nothing.url) });
    expect({ exitCode: held.exitCode, writes: nothing.writes() }).toEqual({ exitCode: 0, writes: [] });
    const made = await call(['users', 'create', '--email', 'b@example.com', '--external-id', ''], {
      env: env(nothing.url),
    });
    expect({ exitCode: made.exitCode, writes: nothing.writes() }).toEqual({ exitCode: 2, writes: [] });
  });
});

test('a saved plan about a user without a version applies until a field changes', async () => {
  const user = { ...whole, meta: null };
  let now: object = user;
  const { url } = await answering((response, request) => {
    const isOne = request.url?.endsWith(whole.id);
    return (isOne ? json(now) : list(now))(response);
  });
  const folder = mkdtempSync(join(home, 'unversioned-'));
  const plan = join(folder, 'plan.jsonl');
  const variables = { env: { ...env(url), TWILIO_ORG_CONFIG_DIR: folder } };
  const planned = await call(['users', 'activate', 'ada@example.com', '--plan-out', plan], variables);
  expect(planned.exitCode).toBe(0);
  const apply = () => call(['runs', 'apply', plan, '--yes', '--dry-run'], variables);
  // The order of members says nothing.
  now = Object.fromEntries(Object.entries(user).reverse());
  expect((await apply()).exitCode).toBe(0);
  now = { ...user, displayName: 'Ada King' };
  const { stderr, exitCode } = await apply();
  expect(stderr).toContain('ada@example.com has changed');
  expect(exitCode).toBe(7);
});
