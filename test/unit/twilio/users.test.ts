import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyFields,
  createUser,
  deleteUser,
  listUsers,
  parseUser,
  primaryEmail,
  replaceUser,
  type User,
} from '../../../src/twilio/users.ts';

const ada: User = {
  id: 'US1',
  userName: 'ada@example.com',
  displayName: 'Ada',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [
    { value: 'ada@home.example', type: 'home' },
    { value: 'ada@example.com', primary: true, type: 'work' },
  ],
  externalId: '4711',
  active: true,
  meta: { version: 'W/13' },
};

describe('changing fields of a user', () => {
  test('keeps other fields, and the user that was read', () => {
    const before = structuredClone(ada);
    const after = applyFields(ada, { displayName: 'Ada King', locale: 'en-GB' });
    expect(after).toEqual({ ...before, displayName: 'Ada King', locale: 'en-GB' });
    expect(ada).toEqual(before);
  });

  test('changes nothing without fields', () => {
    expect(applyFields(ada, {})).toEqual(ada);
  });

  test('keeps the other half of a name', () => {
    expect(applyFields(ada, { familyName: 'King' }).name).toEqual({ givenName: 'Ada', familyName: 'King' });
    expect(applyFields({ ...ada, name: null }, { givenName: 'Ada' }).name).toEqual({ givenName: 'Ada' });
  });

  test('sets user name and primary address together, and keeps other addresses', () => {
    const after = applyFields(ada, { email: 'ada.king@example.com' });
    expect(after.userName).toBe('ada.king@example.com');
    expect(after.emails).toEqual([
      { value: 'ada.king@example.com', primary: true, type: 'work' },
      { value: 'ada@home.example', type: 'home' },
    ]);
  });

  test('treats the only address as the primary one, marked or not', () => {
    const unmarked = { ...ada, emails: [{ value: 'ada@example.com', type: 'other' }] };
    expect(primaryEmail(unmarked)).toBe('ada@example.com');
    expect(applyFields(unmarked, { email: 'ada.king@example.com' }).emails).toEqual([
      { value: 'ada.king@example.com', primary: true, type: 'other' },
    ]);
  });

  test('finds no primary address among several without a mark', () => {
    const emails = [{ value: 'a@example.com' }, { value: 'b@example.com' }];
    expect(primaryEmail({ ...ada, emails })).toBeUndefined();
    expect(applyFields({ ...ada, emails }, { email: 'c@example.com' }).emails).toHaveLength(3);
    expect(primaryEmail({ ...ada, emails: null })).toBeUndefined();
  });

  test('can make a user inactive', () => {
    expect(applyFields(ada, { active: false }).active).toBe(false);
  });
});

describe('the requests for users', () => {
  test('a new user has the address as user name and primary e-mail, and is active', () => {
    expect(createUser({ email: 'ada@example.com', givenName: 'Ada' })).toEqual({
      method: 'POST',
      path: '/scim/v2/Users',
      contentType: 'application/scim+json',
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'ada@example.com',
        emails: [{ value: 'ada@example.com', primary: true, type: 'work' }],
        name: { givenName: 'Ada' },
        active: true,
      },
    });
    expect(createUser({ email: 'a@example.com', active: false }).body).toMatchObject({ active: false });
  });

  test('a user is written back whole, on condition of the version that was read', () => {
    expect(replaceUser(ada)).toMatchObject({
      method: 'PUT',
      path: '/scim/v2/Users/US1',
      body: ada,
      headers: { 'if-match': 'W/13' },
    });
    const { meta: _, ...unversioned } = ada;
    expect(replaceUser(unversioned)).not.toHaveProperty('headers');
  });

  test("delete with SCIM's DELETE", () => {
    expect(deleteUser('US1')).toEqual({ method: 'DELETE', path: '/scim/v2/Users/US1' });
  });

  test.each([
    [{}, null],
    [{ userName: 'ada@example.com' }, 'userName eq "ada@example.com"'],
    [{ externalId: 'a"b\\c' }, 'externalId eq "a\\"b\\\\c"'],
    [{ userName: 'ada@example.com', externalId: '4711' }, 'userName eq "ada@example.com"'],
  ])('the server is asked for %j with one filter', async (where, filter) => {
    let asked = '';
    await listUsers(async ({ path }) => {
      asked = path;
      return { Resources: [] };
    }, where);
    expect(new URL(asked, 'https://x').searchParams.get('filter')).toBe(filter);
  });
});

describe('the responses with users', () => {
  test('keep unknown members', () => {
    expect(parseUser({ ...ada, planet: 'Earth' })).toEqual({ ...ada, planet: 'Earth' });
  });

  test.each([
    ['no id', { ...ada, id: undefined }, 'id'],
    ['a number as user name', { ...ada, userName: 1 }, 'userName'],
    ['a text as active', { ...ada, active: 'true' }, 'active'],
    ['a text as e-mails', { ...ada, emails: 'ada@example.com' }, 'emails'],
  ])('%s are refused as no user', (_, value, member) => {
    expect(() => parseUser(value)).toThrow(`without a usable "${member}"`);
  });

  test.each([[undefined], [[ada]], ['ada']])('%j is something else', (value) => {
    expect(() => parseUser(value)).toThrow('something other than a user');
  });

  test.each([[undefined], [{}], [{ Resources: {} }]])('%j is no list of users', async (answer) => {
    await expect(listUsers(async () => answer)).rejects.toThrow('Resources');
  });
});

test('a name in a filter is read back as it was, whatever quotes and backslashes it holds', async () => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^["\\a' ]{0,12}$/));
  await fc.assert(
    fc.asyncProperty(texts, async (userName) => {
      let path = '';
      await listUsers(
        async (request) => {
          path = request.path;
          return { Resources: [] };
        },
        { userName },
      );
      const filter = new URL(path, 'http://x').searchParams.get('filter') ?? '';
      // RFC 7644, section 3.4.2.2: the value is a JSON string.
      const [, value = ''] = /^userName eq ("(?:[^"\\]|\\.)*")$/.exec(filter) ?? [];
      expect(JSON.parse(value)).toBe(userName);
    }),
  );
});
