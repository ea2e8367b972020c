import { expect, test } from 'vitest';
import { callerOf, patchSchema, sandboxFor, userAt } from '../../../support/sandbox.ts';

async function patching(index = 2) {
  const sandbox = await sandboxFor();
  const user = userAt(sandbox, index);
  const call = callerOf(sandbox);
  const send = (Operations: unknown, more: object = {}, headers: Record<string, string> = {}) =>
    call('PATCH', `/scim/v2/Users/${user.id}`, { schemas: [patchSchema], Operations, ...more }, headers);
  return { user, send, after: () => userAt(sandbox, index) };
}

const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });

test.each([
  ['active', false, { active: false }],
  ['name.givenName', 'Zazie', { name: { givenName: 'Zazie', familyName: 'Lefèvre' } }],
  ['name.familyName', 'Duval', { name: { givenName: 'Zoé', familyName: 'Duval' } }],
  ['displayName', 'Z', { displayName: 'Z' }],
  ['timezone', 'UTC', { timezone: 'UTC' }],
  ['locale', 'fr-CA', { locale: 'fr-CA' }],
  ['NAME.givenname', 'Zazie', { name: { givenName: 'Zazie', familyName: 'Lefèvre' } }],
  ['urn:ietf:params:scim:schemas:core:2.0:User:displayName', 'Z', { displayName: 'Z' }],
])('%s can be patched', async (path, value, change) => {
  const { user, send, after } = await patching();
  const { status, body } = await send([replace(path, value)]);
  expect(status).toBe(200);
  const { version } = after().meta;
  expect(body).toMatchObject({ ...user, ...change, meta: { created: user.meta.created, version } });
  expect(version).toBe(`W/${Number(user.meta.version.slice(2)) + 1}`);
});

test.each(['False', 'false', 'FALSE'])(
  'active can be the text %s, as Microsoft Entra sends it',
  async (text) => {
    const { send, after } = await patching();
    expect((await send([replace('active', text)])).body.active).toBe(false);
    expect((await send([replace('active', text.replace(/false/i, 'True'))])).body.active).toBe(true);
    expect(after().active).toBe(true);
  },
);

test('user name and primary e-mail are patched together or not at all', async () => {
  const { user, send, after } = await patching();
  const name = replace('userName', 'zazie@example.com');
  const email = replace('emails[primary eq true].value', 'zazie@example.com');
  expect(await send([name])).toMatchObject({ status: 400, body: { code: 25014 } });
  expect(await send([email])).toMatchObject({ status: 400, body: { code: 25014 } });
  expect(after()).toEqual(user);
  const { body } = await send([name, email]);
  expect(body).toMatchObject({
    userName: 'zazie@example.com',
    emails: [{ value: 'zazie@example.com', primary: true, type: 'work' }],
  });
});

test.each([
  'nickName',
  'externalId',
  'id',
  'meta.version',
  'emails[type eq "work"].value',
  '__proto__.x',
  'schemas',
])('the path %s is ignored silently', async (path) => {
  const { user, send, after } = await patching();
  const { status } = await send([replace(path, 'other'), replace('locale', 'fr-BE')]);
  expect(status).toBe(200);
  expect(after()).toMatchObject({ ...user, locale: 'fr-BE', meta: { created: user.meta.created } });
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test('a patch operation without a path has values by path', async () => {
  const { send, after } = await patching();
  const value = { active: false, 'name.givenName': 'Zazie', nickName: 'Z' };
  expect((await send([{ op: 'replace', value }])).status).toBe(200);
  expect(after()).toMatchObject({ active: false, name: { givenName: 'Zazie' } });
  expect(after()).not.toHaveProperty('nickName');
});

test('a patch may add and remove attributes', async () => {
  const { send, after } = await patching();
  expect(
    (
      await send([
        { op: 'remove', path: 'displayName' },
        { op: 'Add', path: 'locale', value: 'fr-CH' },
      ])
    ).status,
  ).toBe(200);
  expect(after()).toMatchObject({ locale: 'fr-CH' });
  expect(after()).not.toHaveProperty('displayName');
});

test.each([
  ['no operations', []],
  ['operations that are no list', { op: 'replace', path: 'active', value: false }],
  ['an operation that is no object', ['active']],
  ['an unknown op', [{ op: 'move', path: 'active', value: false }]],
  ['no op', [{ path: 'active', value: false }]],
  ['no value', [{ op: 'add', path: 'displayName' }]],
  ['a remove without a path', [{ op: 'remove' }]],
  ['a path that is no text', [{ op: 'replace', path: 5, value: 1 }]],
  ['an operation without a path whose value is no object', [{ op: 'replace', value: 'x' }]],
  ['an operation whose path is null', [{ op: 'replace', path: null, value: 'x' }]],
  ['active as another text', [replace('active', 'no')]],
  ['active removed', [{ op: 'remove', path: 'active' }]],
])('%s is refused with 25015', async (_, operations) => {
  const { user, send, after } = await patching();
  const answer = await send(operations);
  expect(answer).toMatchObject({ status: 400, body: { code: 25015, scimType: 'invalidSyntax' } });
  expect(after()).toEqual(user);
});

test('a body without the schema of a patch is refused with 25015', async () => {
  const { send } = await patching();
  for (const schemas of [undefined, [], 'x', ['urn:ietf:params:scim:schemas:core:2.0:User']]) {
    const answer = await send([replace('active', false)], { schemas });
    expect(answer).toMatchObject({ status: 400, body: { code: 25015 } });
  }
});

test.each([
  [25002, replace('name.givenName', 'Z')],
  [25005, { op: 'remove', path: 'userName' }],
  [25011, { op: 'remove', path: 'emails[primary eq true].value' }],
])('what comes out of a patch has to be right: %i', async (code, operation) => {
  const { send } = await patching();
  expect(await send([operation])).toMatchObject({ status: 400, body: { code } });
});

test('only If-Match makes a patch conditional, not a version in the body', async () => {
  const { user, send } = await patching();
  const operations = [replace('active', false)];
  const stale = await send(operations, {}, { 'if-match': 'W/0' });
  expect(stale).toMatchObject({ status: 412, body: { status: '412', code: 25020 } });
  expect((await send(operations, {}, { 'if-match': user.meta.version })).status).toBe(200);
  expect((await send(operations, { meta: { version: 'W/0' } })).status).toBe(200);
});
