import { expect, test } from 'vitest';
import { mutateUser } from '../../../../src/sandbox/server.ts';
import {
  callerOf,
  errorSchema,
  listSchema,
  sandboxFor,
  testClock,
  userAt,
  userSchema,
} from '../../../support/sandbox.ts';

const path = '/scim/v2/Users';

function person(email: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { schemas: [userSchema], userName: email, emails: [{ value: email, primary: true }], ...more };
}

const listWith = (filter: string) => `${path}?${new URLSearchParams({ filter })}`;

test('the list of users comes in one response, whatever paging is requested', async () => {
  const sandbox = await sandboxFor({ users: 130 });
  const { status, headers, body } = await callerOf(sandbox)('GET', `${path}?startIndex=10&count=5`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/scim+json');
  expect(body).toEqual({
    Resources: [...sandbox.state.users.all()],
    totalResults: 130,
    schemas: [listSchema],
  });
});

test('the list shows each change at once', async () => {
  const sandbox = await sandboxFor({ users: 250 });
  const call = callerOf(sandbox);
  await call('GET', path);
  await call('POST', path, person('new@example.com'));
  await call('DELETE', `${path}/${userAt(sandbox, 120).id}`);
  const { body } = await call('GET', path);
  expect(body.Resources).toEqual([...sandbox.state.users.all()]);
  expect(body).toMatchObject({ totalResults: 251 });
  expect(body.Resources[120]).toMatchObject({ active: false });
  expect(body.Resources[250]).toMatchObject({ userName: 'new@example.com' });
});

test('userName eq and externalId eq find one user', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const user = userAt(sandbox, 3);
  for (const filter of [
    `userName eq "${user.userName}"`,
    `userName EQ "${user.userName.toUpperCase()}"`,
    `externalId eq "${user.externalId}"`,
  ]) {
    expect(await call('GET', listWith(filter))).toMatchObject({
      status: 200,
      body: { Resources: [user], totalResults: 1, schemas: [listSchema] },
    });
  }
  expect((await call('GET', listWith('userName eq "nobody@example.com"'))).body).toEqual({
    Resources: [],
    totalResults: 0,
    schemas: [listSchema],
  });
});

test('an external id is compared with its case, and a user without one is not found by it', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  expect((await call('GET', listWith('externalId eq "EMP-00004"'))).body.Resources).toEqual([]);
  expect((await call('GET', listWith('externalId eq "undefined"'))).body.Resources).toEqual([]);
});

test.each(['OWL\\mara', 'say "hi"', 'ends with \\', 'ünïcode', 'a" or userName pr or "b'])(
  'an external id such as %s is found by its JSON string',
  async (externalId) => {
    const sandbox = await sandboxFor();
    const call = callerOf(sandbox);
    const { body } = await call('POST', path, person('mara@example.com', { externalId }));
    const found = await call('GET', listWith(`externalId eq ${JSON.stringify(externalId)}`));
    expect(found.body.Resources).toEqual([body]);
  },
);

test.each([
  'userName sw "a"',
  'displayName eq "Maya"',
  'userName eq "a" and externalId eq "b"',
  'not (userName eq "a")',
  'emails[primary eq true]',
  'userName pr',
  'userName eq 5',
  'user name eq "a"',
  'userName eq "a',
  'userName eq',
  'userName eq "\\q"',
  'userName eq "a" trailing',
  '0',
  '',
])('the filter <%s> is not supported', async (filter) => {
  const answer = await callerOf(await sandboxFor())('GET', listWith(filter));
  expect(answer).toMatchObject({
    status: 400,
    body: { schemas: [errorSchema], status: '400', code: 25001, scimType: 'invalidFilter' },
  });
});

test('a user is read by SID', async () => {
  const sandbox = await sandboxFor();
  const user = userAt(sandbox, 2);
  const { status, headers, body } = await callerOf(sandbox)('GET', `${path}/${user.id}`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/scim+json');
  expect(body).toEqual(user);
});

test('an unknown SID gives no user', async () => {
  const call = callerOf(await sandboxFor());
  const unknown = `${path}/US${'0'.repeat(32)}`;
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await call(method, unknown, method === 'GET' ? undefined : person('a@example.com'));
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      schemas: [errorSchema],
      detail: 'User not found',
      status: '404',
      code: 25008,
      moreInfo: 'https://www.twilio.com/docs/errors/25008',
    });
  }
});

test('a created user has a SID, a first version and times with nanoseconds', async () => {
  const { now } = testClock(Date.UTC(2025, 0, 2, 3, 4, 5, 678));
  const sandbox = await sandboxFor({ now });
  const call = callerOf(sandbox);
  const given = person('new@example.com', {
    externalId: 'x-1',
    displayName: '',
    name: { givenName: 'Nia', familyName: 'Oyelaran' },
    locale: 'fr-FR',
    timezone: 'UTC',
    active: false,
    nickName: 'N',
  });
  const { status, headers, body } = await call('POST', path, given);
  const { nickName: _, ...kept } = given;
  const time = expect.stringMatching(/^2025-01-02T03:04:05\.678\d{6}Z$/);
  expect(status).toBe(201);
  expect(body).toEqual({
    ...kept,
    id: expect.stringMatching(/^US[0-9a-f]{32}$/),
    meta: { resourceType: 'User', created: time, lastModified: time, version: 'W/1' },
  });
  expect(headers.get('location')).toBe(`${sandbox.apiUrl}${path}/${body.id}`);
  expect((await call('GET', `${path}/${body.id}`)).body).toEqual(body);
});

test('a new user is active unless the request says otherwise; application/json will do', async () => {
  const call = callerOf(await sandboxFor());
  const { status, body } = await call('POST', path, person('new@example.com'), {
    'content-type': 'application/json; charset=utf-8',
  });
  expect(status).toBe(201);
  expect(body.active).toBe(true);
});

const email = 'new@example.com';
const long = (length: number) => 'x'.repeat(length);

test.each([
  [25002, { name: { givenName: 'N' } }],
  [25002, { name: { givenName: long(256) } }],
  [25003, { name: { familyName: 7 } }],
  [25003, { name: { familyName: 'O' } }],
  [25004, { externalId: 'x' }],
  [25004, { externalId: long(256) }],
  [25005, { userName: undefined }],
  [25005, { userName: null }],
  [25005, { userName: 'n' }],
  [25005, { userName: `${long(250)}@example.com` }],
  [25006, { active: 'yes' }],
  [25006, { displayName: long(256) }],
  [25006, { locale: 5 }],
  [25006, { timezone: long(65) }],
  [25006, { name: 'Nia' }],
  [25006, { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'] }],
  [25006, { emails: email }],
  [25006, { emails: [email] }],
  [25010, { emails: undefined }],
  [25010, { emails: [] }],
  [25010, { emails: [{ value: email, primary: false }] }],
  [25010, { emails: [{ value: email }, { value: 'other@example.com' }] }],
  [25011, { emails: [{ primary: true }] }],
  [25011, { emails: [{ value: 'nobody', primary: true }] }],
  [25011, { emails: [{ value: `${long(160)}@example.com`, primary: true }] }],
  [
    25011,
    {
      emails: [
        { value: email, primary: true },
        { value: 'b@example.com', primary: true },
      ],
    },
  ],
  [25014, { userName: 'other@example.com' }],
  [25017, { userName: 'n@elsewhere.example', emails: [{ value: 'n@elsewhere.example', primary: true }] }],
])('creating is refused with %i for %j', async (code, change) => {
  const sandbox = await sandboxFor();
  const { status, body } = await callerOf(sandbox)('POST', path, person(email, change));
  expect(status).toBe(400);
  expect(body).toMatchObject({ schemas: [errorSchema], status: '400', code });
  expect(sandbox.state.users.size).toBe(25);
});

test('names of min and max length are accepted, and an empty name counts as absent', async () => {
  const call = callerOf(await sandboxFor());
  const name = { givenName: 'Al', familyName: long(255) };
  expect((await call('POST', path, person('a@example.com', { name }))).body.name).toEqual(name);
  const empty = await call(
    'POST',
    path,
    person('b@example.com', { name: { givenName: '', familyName: 'Bo' } }),
  );
  expect(empty.body.name).toEqual({ familyName: 'Bo' });
});

test.each(['{"userName":', '"text"', '[]', ''])('the body <%s> is not valid SCIM', async (text) => {
  const answer = await callerOf(await sandboxFor())('POST', path, text);
  expect(answer).toMatchObject({ status: 400, body: { code: 25006, scimType: 'invalidSyntax' } });
});

test('a body of another content type is refused', async () => {
  const call = callerOf(await sandboxFor());
  const answer = await call('POST', path, person(email), { 'content-type': 'text/plain' });
  expect(answer).toMatchObject({ status: 415, body: { code: 25006 } });
});

test('user names in any case and external ids are unique, inactive users included', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const inactive = userAt(sandbox, 7);
  const duplicate = { status: 409, body: { status: '409', code: 25022, scimType: 'uniqueness' } };
  expect(await call('POST', path, person(inactive.userName.toUpperCase()))).toMatchObject(duplicate);
  const { externalId } = inactive;
  expect(await call('POST', path, person(email, { externalId }))).toMatchObject(duplicate);
});

test('a user beyond the limit is refused', async () => {
  const sandbox = await sandboxFor();
  sandbox.state.userLimit = 26;
  const call = callerOf(sandbox);
  expect((await call('POST', path, person('a@example.com'))).status).toBe(201);
  expect(await call('POST', path, person('b@example.com'))).toMatchObject({
    status: 400,
    body: { code: 25007 },
  });
});

test('replacing a user drops attributes that the body leaves out', async () => {
  const { now, advance } = testClock();
  const sandbox = await sandboxFor({ now });
  const user = userAt(sandbox, 2);
  advance(1000);
  const { status, body } = await callerOf(sandbox)('PUT', `${path}/${user.id}`, person(user.userName));
  expect(status).toBe(200);
  const { id, userName, schemas } = user;
  const version = `W/${Number(user.meta.version.slice(2)) + 1}`;
  const lastModified = expect.stringMatching(/^2025-06-01T12:00:01\.000\d{6}Z$/);
  expect(body).toEqual({
    ...{ id, userName, schemas },
    emails: [{ value: userName, primary: true }],
    active: true,
    meta: { ...user.meta, version, lastModified },
  });
  expect(userAt(sandbox, 2)).toEqual(body);
});

test('user name and e-mail change together, and the old name becomes free', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const user = userAt(sandbox, 2);
  const { status } = await call('PUT', `${path}/${user.id}`, { ...user, ...person('renamed@example.com') });
  expect(status).toBe(200);
  const byName = (name: string) => call('GET', listWith(`userName eq "${name}"`));
  expect((await byName('renamed@example.com')).body.Resources).toHaveLength(1);
  expect((await byName(user.userName)).body.Resources).toEqual([]);
  expect((await call('POST', path, person(user.userName))).status).toBe(201);
});

test.each([
  [400, 25014, { userName: 'renamed@example.com' }],
  [400, 25014, { emails: [{ value: 'renamed@example.com', primary: true }] }],
  [400, 25017, person('renamed@elsewhere.example')],
  [400, 25010, { emails: [] }],
  [409, 25022, { externalId: 'emp-00001' }],
])('replacing is refused with %i and %i for %j', async (status, code, change) => {
  const sandbox = await sandboxFor();
  const user = userAt(sandbox, 2);
  const answer = await callerOf(sandbox)('PUT', `${path}/${user.id}`, { ...user, ...change });
  expect(answer).toMatchObject({ status, body: { code } });
  expect(userAt(sandbox, 2)).toEqual(user);
});

test("the name of another user can't be taken", async () => {
  const sandbox = await sandboxFor();
  const user = userAt(sandbox, 2);
  const taken = { ...user, ...person(userAt(sandbox, 5).userName.toUpperCase()) };
  const answer = await callerOf(sandbox)('PUT', `${path}/${user.id}`, taken);
  expect(answer).toMatchObject({ status: 409, body: { code: 25022 } });
});

test('a user whose domain is no longer verified can still be changed otherwise', async () => {
  const sandbox = await sandboxFor();
  sandbox.state.verifiedDomains.length = 0;
  const user = userAt(sandbox, 2);
  const answer = await callerOf(sandbox)('PUT', `${path}/${user.id}`, { ...user, displayName: 'Z' });
  expect(answer.status).toBe(200);
});

test('the version in If-Match overrides the one in the body', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const put = (version: string | undefined, ifMatch?: string) => {
    const user = userAt(sandbox, 2);
    const body = { ...user, meta: version === undefined ? {} : { version } };
    return call('PUT', `${path}/${user.id}`, body, ifMatch === undefined ? {} : { 'if-match': ifMatch });
  };
  const current = () => userAt(sandbox, 2).meta.version;
  const conflict = { status: 412, body: { status: '412', code: 25020 } };
  expect(await put('W/0')).toMatchObject(conflict);
  expect(await put(current(), 'W/0')).toMatchObject(conflict);
  expect((await put(undefined)).status).toBe(200);
  expect((await put(current())).status).toBe(200);
  expect((await put('W/0', current())).status).toBe(200);
  expect((await put(undefined, `"x", W/"${current().slice(2)}"`)).status).toBe(200);
  expect((await put('W/0', '*')).status).toBe(200);
});

test('deleting a user deactivates them, and a second time changes nothing', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const user = userAt(sandbox, 2);
  const { status, text } = await call('DELETE', `${path}/${user.id}`);
  expect([status, text]).toEqual([204, '']);
  const after = (await call('GET', `${path}/${user.id}`)).body;
  expect(after).toMatchObject({ ...user, active: false, meta: { created: user.meta.created } });
  expect(after.meta.version).not.toBe(user.meta.version);
  expect((await call('DELETE', `${path}/${user.id}`)).status).toBe(204);
  expect((await call('GET', `${path}/${user.id}`)).body).toEqual(after);
});

const patch = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'active', value: false }],
};

test.each([
  ['the Organization Owner', 0, 403, 25016],
  ['a suspended user', 4, 400, 25009],
])("%s can't be changed in any way", async (_, index, status, code) => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const user = userAt(sandbox, index);
  const own = `${path}/${user.id}`;
  for (const answer of [
    await call('PUT', own, user),
    await call('PATCH', own, patch),
    await call('DELETE', own),
  ]) {
    expect(answer).toMatchObject({ status, body: { code } });
  }
  expect(userAt(sandbox, index)).toEqual(user);
});

test('tests can suspend a user, hand the organization on and fix an e-mail', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const [first, second] = [userAt(sandbox, 1), userAt(sandbox, 2)];
  sandbox.state.suspended.add(first.id);
  sandbox.state.ownerSid = second.id;
  expect((await call('DELETE', `${path}/${first.id}`)).body).toMatchObject({ code: 25009 });
  expect((await call('DELETE', `${path}/${second.id}`)).body).toMatchObject({ code: 25016 });
  expect((await call('DELETE', `${path}/${userAt(sandbox, 0).id}`)).status).toBe(204);
});

test('a direct change of the state increases the version', async () => {
  const sandbox = await sandboxFor();
  const user = userAt(sandbox, 2);
  const changed = mutateUser(sandbox.state, user, { displayName: 'Elsewhere' }, Date.now());
  expect(changed.meta.version).not.toBe(user.meta.version);
  const answer = await callerOf(sandbox)('PUT', `${path}/${user.id}`, user);
  expect(answer).toMatchObject({ status: 412, body: { code: 25020 } });
});

test('for a user with a fixed e-mail, only changes of e-mail and user name are refused', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const user = userAt(sandbox, 11);
  const put = (change: object) => call('PUT', `${path}/${user.id}`, { ...user, meta: {}, ...change });
  const refused = (code: number) => ({ status: 400, body: { code } });
  expect(await put(person('renamed@example.com'))).toMatchObject(refused(25012));
  expect(await put({ userName: 'renamed@example.com' })).toMatchObject(refused(25013));
  expect((await put({ displayName: 'Im' })).status).toBe(200);
});

test('the only e-mail of a user is the primary one, without being marked', async () => {
  const sandbox = await sandboxFor();
  const { status, body } = await callerOf(sandbox)('POST', path, {
    schemas: [userSchema],
    userName: 'only@example.com',
    emails: [{ value: 'only@example.com' }],
  });
  expect([status, body.emails]).toEqual([201, [{ value: 'only@example.com', primary: true }]]);
});

test.each(['username', 'USERNAME', 'UserName'])('%s is an attribute to filter by', async (attribute) => {
  const sandbox = await sandboxFor();
  const { userName, id } = userAt(sandbox, 3);
  const filter = encodeURIComponent(`${attribute} eq "${userName}"`);
  const { body } = await callerOf(sandbox)('GET', `${path}?filter=${filter}`);
  expect(body.Resources.map((user) => user.id)).toEqual([id]);
});

test('the statuses of a version conflict and a duplicate can be configured', async () => {
  const sandbox = await sandboxFor({ versionConflict: 409, duplicateUser: 400 });
  const call = callerOf(sandbox);
  const user = userAt(sandbox, 3);
  const stale = await call('PUT', `${path}/${user.id}`, user, { 'if-match': 'W/999' });
  expect(stale).toMatchObject({ status: 409, body: { status: '409', code: 25020 } });
  const { userName, emails } = user;
  const twin = await call('POST', path, { schemas: [userSchema], userName, emails });
  expect(twin).toMatchObject({ status: 400, body: { status: '400', code: 25022 } });
});
