import { expect, test } from 'vitest';
import { roles } from '../../../../src/sandbox/iam/role-fixtures.ts';
import type { Sandbox } from '../../../../src/sandbox/server.ts';
import { type Call, callerOf, sandboxFor, userAt } from '../../../support/sandbox.ts';

const path = '/v2/Organizations/RoleAssignments';
const unknown = (prefix: string) => prefix + '0'.repeat(32);

function role(name: string): string {
  return roles.find(({ friendly_name }) => friendly_name === name)?.sid ?? '';
}

function account(sandbox: Sandbox, name: string): string {
  return sandbox.state.accounts.find(({ friendlyName }) => friendlyName === name)?.sid ?? '';
}

/** A sandbox without assignments, and the parts of a new assignment. */
async function empty() {
  const sandbox = await sandboxFor({ assignments: 0 });
  const wanted = {
    role_sid: role('Developer'),
    scope: sandbox.organizationSid,
    identity: userAt(sandbox, 2).id,
  };
  return { sandbox, call: callerOf(sandbox), wanted };
}

async function everything(call: Call, query: string) {
  const found = [];
  for (let url: string | null = `${path}${query}`; url !== null; ) {
    const { body } = await call('GET', url);
    found.push(...body.content);
    url = body.meta.next_page_url;
  }
  return found;
}

test('an assignment is created, listed and deleted', async () => {
  const { call, wanted } = await empty();
  const created = await call('POST', path, wanted);
  const assignment = {
    sid: expect.stringMatching(/^IY[0-9a-f]{32}$/),
    ...wanted,
    resource_type: null,
    resource_id: null,
  };
  expect([created.status, created.body]).toEqual([201, assignment]);
  expect((await call('GET', path)).body.content).toEqual([created.body]);
  const gone = await call('DELETE', `${path}/${created.body.sid}`);
  expect([gone.status, gone.text]).toEqual([204, '']);
  expect((await call('GET', path)).body.content).toEqual([]);
});

test('an assignment may be limited to a resource', async () => {
  const { call, wanted } = await empty();
  const narrow = { resource_type: 'billing_group', resource_id: 'billing_group_1' };
  const whole = { ...wanted, role_sid: role('Billing Group Manager') };
  expect((await call('POST', path, whole)).status).toBe(201);
  const { status, body } = await call('POST', path, { ...whole, ...narrow });
  expect([status, body]).toEqual([201, { sid: body.sid, ...whole, ...narrow }]);
  const other = { ...narrow, resource_id: 'billing_group_2' };
  expect((await call('POST', path, { ...whole, ...other })).status).toBe(201);
  expect((await call('POST', path, { ...whole, ...other })).status).toBe(409);
});

test('the resources of a new sandbox are assigned at the scope of the organization', async () => {
  const { assignments, organizationSid } = (await sandboxFor({ users: 200 })).state;
  const narrowed = assignments.filter(({ resource_id }) => resource_id !== null);
  expect(narrowed.length).toBeGreaterThan(10);
  expect(new Set(narrowed.map(({ scope }) => scope))).toEqual(new Set([organizationSid]));
});

test('the listing has pages of 50 with meta', async () => {
  const sandbox = await sandboxFor({ assignments: 120 });
  const { status, body } = await callerOf(sandbox)('GET', path);
  expect(status).toBe(200);
  expect(body.content).toHaveLength(50);
  expect(body.meta).toEqual({
    page: 0,
    page_size: 50,
    key: 'content',
    first_page_url: `${sandbox.apiUrl}${path}?PageSize=50&Page=0`,
    previous_page_url: null,
    next_page_url: expect.stringContaining(`${sandbox.apiUrl}${path}?PageSize=50&Page=1&PageToken=`),
    url: `${sandbox.apiUrl}${path}`,
  });
});

test('following the pages finds every assignment once', async () => {
  const sandbox = await sandboxFor({ assignments: 120 });
  const sids = (await everything(callerOf(sandbox), '?PageSize=50')).map(({ sid }) => sid);
  expect(sids).toEqual(sandbox.state.assignments.map(({ sid }) => sid));
});

test('deleting while listing skips nothing', async () => {
  const sandbox = await sandboxFor({ assignments: 30 });
  const call = callerOf(sandbox);
  const first = await call('GET', `${path}?PageSize=10`);
  const rest = sandbox.state.assignments.slice(10).map(({ sid }) => sid);
  for (const { sid } of first.body.content) await call('DELETE', `${path}/${sid}`);
  const second = await call('GET', first.body.meta.next_page_url ?? '');
  const third = await call('GET', second.body.meta.next_page_url ?? '');
  expect([...second.body.content, ...third.body.content].map(({ sid }) => sid)).toEqual(rest);
});

test('filters by user, scope and resource combine', async () => {
  const sandbox = await sandboxFor({ users: 10, assignments: 500 });
  const call = callerOf(sandbox);
  const { assignments } = sandbox.state;
  const identity = userAt(sandbox, 3).id;
  const scope = sandbox.accountSids[0] ?? '';
  const narrowed = assignments.find(({ resource_id }) => resource_id !== null);
  const { resource_type, resource_id } = narrowed ?? {};
  const cases: [string, (assignment: (typeof assignments)[number]) => boolean][] = [
    [`?Identity=${identity}`, (one) => one.identity === identity],
    [`?Scope=${scope}`, (one) => one.scope === scope],
    [`?Scope=${scope}&Identity=${identity}`, (one) => one.scope === scope && one.identity === identity],
    [`?ResourceType=${resource_type}`, (one) => one.resource_type === resource_type],
    [`?ResourceId=${resource_id}`, (one) => one.resource_id === resource_id],
  ];
  for (const [query, matches] of cases) {
    const expected = assignments.filter(matches).map(({ sid }) => sid);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(500);
    expect((await everything(call, `${query}&PageSize=20`)).map(({ sid }) => sid)).toEqual(expected);
  }
});

test('a user without roles has an empty list', async () => {
  const { call } = await empty();
  expect(await call('GET', `${path}?Identity=${unknown('US')}`)).toMatchObject({
    status: 200,
    body: { content: [] },
  });
});

test.each([
  [400, 20001, '?PageSize=101'],
  [400, 20001, '?PageSize=0'],
  [400, 20001, '?Identity=maya'],
  [400, 20001, '?Identity='],
  [400, 20001, `?Identity=${unknown('AC')}`],
  [400, 20001, '?Scope=org'],
  [400, 20001, `?Scope=${unknown('US')}`],
  [400, 25023, '?PageToken=PTnonsense'],
  [404, 25100, `?Scope=${unknown('OR')}`],
  [404, 25101, `?Scope=${unknown('AC')}`],
])('listing is refused with %i and %i for %s', async (status, code, query) => {
  const { call } = await empty();
  const { body, ...answer } = await call('GET', `${path}${query}`);
  expect(answer.status).toBe(status);
  expect(body).toMatchObject({ code, status, more_info: `https://www.twilio.com/docs/errors/${code}` });
});

test('a page of assignments may contain a hundred', async () => {
  const sandbox = await sandboxFor({ assignments: 120 });
  expect((await callerOf(sandbox)('GET', `${path}?PageSize=100`)).body.content).toHaveLength(100);
});

test('an unmanaged account is refused as a scope', async () => {
  const { sandbox, call, wanted } = await empty();
  const scope = account(sandbox, 'Somebody else');
  const refused = { status: 400, body: { code: 25200 } };
  expect(sandbox.accountSids).not.toContain(scope);
  expect(await call('GET', `${path}?Scope=${scope}`)).toMatchObject(refused);
  expect(await call('POST', path, { ...wanted, scope })).toMatchObject(refused);
});

test('with a required filter, a list needs a user or a scope', async () => {
  const sandbox = await sandboxFor({ requireAssignmentFilter: true });
  const call = callerOf(sandbox);
  for (const query of ['', '?ResourceType=billing_group']) {
    expect(await call('GET', `${path}${query}`)).toMatchObject({ status: 400, body: { code: 25203 } });
  }
  expect((await call('GET', `${path}?Scope=${sandbox.organizationSid}`)).status).toBe(200);
  expect((await call('GET', `${path}?Identity=${userAt(sandbox, 0).id}`)).status).toBe(200);
});

test.each([
  [400, 20001, { role_sid: 'Admin' }],
  [400, 20001, { role_sid: undefined }],
  [400, 20001, { identity: 5 }],
  [400, 20001, { identity: 'maya.bennett@owl.example' }],
  [400, 20001, { scope: 'org' }],
  [400, 20001, { scope: unknown('US') }],
  [400, 20001, { resource_type: 'billing_group' }],
  [400, 20001, { resource_id: 'billing_group_1' }],
  [400, 20001, { resource_type: 'billing_group', resource_id: '' }],
  [404, 25100, { scope: unknown('OR') }],
  [404, 25101, { scope: unknown('AC') }],
  [400, 25201, { identity: unknown('US') }],
  [400, 25202, { role_sid: unknown('IX') }],
  [400, 25202, { resource_type: 'billing_group', resource_id: 'billing_group_1' }],
])('creating is refused with %i and %i for %j', async (status, code, change) => {
  const { sandbox, call, wanted } = await empty();
  const answer = await call('POST', path, { ...wanted, ...change });
  expect(answer).toMatchObject({ status, body: { code, status } });
  expect(sandbox.state.assignments).toEqual([]);
});

test.each(['{', '[]', 'null', ''])('the body <%s> is an invalid request', async (text) => {
  const { call } = await empty();
  expect(await call('POST', path, text)).toMatchObject({ status: 400, body: { code: 20001 } });
});

test.each([
  ['Organization Admin', true, false, false],
  ['Billing', true, true, false],
  ['Developer', true, true, true],
])('%s may be given at the organization: %s, an account: %s, a subaccount: %s', async (name, ...allowed) => {
  const { sandbox, call, wanted } = await empty();
  const scopes = [sandbox.organizationSid, account(sandbox, 'Owl Europe'), account(sandbox, 'Owl Staging')];
  const role_sid = role(name);
  const answers = [];
  for (const scope of scopes) answers.push(await call('POST', path, { ...wanted, role_sid, scope }));
  expect(answers.map(({ status }) => status)).toEqual(allowed.map((yes) => (yes ? 201 : 400)));
  const refused = answers.filter(({ status }) => status === 400);
  for (const answer of refused) expect(answer.body).toMatchObject({ code: 25202 });
});

test('the same assignment is refused the second time', async () => {
  const { call, wanted } = await empty();
  await call('POST', path, wanted);
  expect(await call('POST', path, { ...wanted, resource_type: null })).toMatchObject({
    status: 409,
    body: { code: 25106, message: 'The role assignment already exists' },
  });
});

test('a user can have at most 50 built-in roles over all scopes', async () => {
  const { sandbox, call, wanted } = await empty();
  const scopes = [sandbox.organizationSid, account(sandbox, 'Owl Europe')];
  const fitting = roles.filter(({ lowest_level }) => lowest_level !== 'ORGANIZATION');
  const places = scopes.flatMap((scope) => fitting.map(({ sid }) => ({ ...wanted, role_sid: sid, scope })));
  for (const place of places.slice(0, 50)) expect((await call('POST', path, place)).status).toBe(201);
  const refused = {
    status: 400,
    body: { code: 25106, message: expect.stringContaining('50 built-in roles') },
  };
  expect(await call('POST', path, places[50])).toMatchObject(refused);
  const other = { ...places[50], identity: userAt(sandbox, 3).id };
  expect((await call('POST', path, other)).status).toBe(201);
  await call('DELETE', `${path}/${sandbox.state.assignments[0]?.sid}`);
  expect((await call('POST', path, places[50])).status).toBe(201);
});

test.each([unknown('IY'), 'nonsense'])('deleting %s finds nothing', async (sid) => {
  const { call } = await empty();
  expect(await call('DELETE', `${path}/${sid}`)).toMatchObject({
    status: 404,
    body: { code: 20404, status: 404 },
  });
});

test('an assignment cannot be read or changed by its SID', async () => {
  const { sandbox, call, wanted } = await empty();
  const { sid } = (await call('POST', path, wanted)).body;
  for (const method of ['GET', 'PUT', 'PATCH', 'POST']) {
    const answer = await call(method, `${path}/${sid}`, method === 'GET' ? undefined : wanted);
    expect(answer).toMatchObject({ status: 404, body: { code: 20404 } });
  }
  expect(sandbox.state.assignments).toHaveLength(1);
});
