import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/platform/core/secret.ts';
import { createSend } from '../../../src/twilio/client.ts';
import { PackedUser, userPacker, wholeUser } from '../../../src/twilio/packed-user.ts';
import { listUsers, type User } from '../../../src/twilio/users.ts';
import { httpOptions } from '../../support/request-errors.ts';
import { answering, json } from '../../support/server.ts';

const ada: User = {
  id: 'US1',
  externalId: 'E"1',
  userName: 'ada@example.com',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ value: 'ada@example.com', primary: true, type: 'work' }],
  active: true,
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  meta: { resourceType: 'User', created: '2026-11-27', lastModified: '2026-11-27', version: 'W/1' },
};

function unpackedAfterPacking(users: readonly User[]): User[] {
  return users.map(userPacker()).map(wholeUser);
}

describe('a packed user', () => {
  test('says who the user is, and whether they are active', () => {
    const packed = userPacker()(ada);
    expect(packed).toBeInstanceOf(PackedUser);
    expect(packed).toMatchObject({
      id: 'US1',
      userName: 'ada@example.com',
      externalId: 'E"1',
      displayName: 'Ada Lovelace',
      active: true,
    });
    expect(packed).not.toHaveProperty('meta');
  });

  test.each<[string, User[]]>([
    ['one user', [ada]],
    ['users who differ in texts', [ada, { ...ada, id: 'US2', name: { givenName: 'E"1', familyName: '' } }]],
    ['users with other members', [ada, { id: 'US2', userName: 'x' }, { ...ada, externalId: null }]],
    ['texts that look like JSON', [ada, { ...ada, userName: '","active":false,"x":"', locale: '\n1\n"\\' }]],
    ['digits', [ada, { ...ada, userName: '0', externalId: '1' }]],
    ['numbers and lists', [ada, { ...ada, counts: [1, [2.5, null], {}], empty: [] } as User]],
    ['a lone surrogate', [ada, { ...ada, displayName: '\ud800 \u2028 \u{1f600}' }]],
  ])('gives back %s', (_, users) => {
    const unpacked = unpackedAfterPacking(users);
    expect(unpacked).toEqual(users);
    // The order of the members as well, because the user is written to journals and sent back.
    expect(JSON.stringify(unpacked)).toBe(JSON.stringify(users));
  });

  test('gives back whatever a response may hold', () => {
    const user = fc.record({ id: fc.string(), userName: fc.string(), more: fc.jsonValue() });
    fc.assert(
      fc.property(fc.array(user, { maxLength: 5 }), (users) => {
        const sent = users.map((each): User => JSON.parse(JSON.stringify(each)));
        expect(JSON.stringify(unpackedAfterPacking(sent))).toBe(JSON.stringify(sent));
      }),
    );
  });
});

test('users that have no form in common are not packed', () => {
  const users = Array.from({ length: 1001 }, (_, number): User => ({ ...ada, [`member${number}`]: 1 }));
  const packed = users.map(userPacker());
  expect(packed.at(-1)).toBe(users.at(-1));
  expect(packed.map(wholeUser)).toEqual(users);
});

describe('a list that is packed as it arrives', () => {
  const many = Array.from({ length: 4000 }, (_, number): User => ({ ...ada, id: `US${number}` }));
  /** The list, packed and whole, when the server sends these users and the rest of a long list. */
  async function listed(users: readonly unknown[], others: object = {}) {
    const response = { Resources: [...users, ...many], totalResults: users.length + many.length, ...others };
    const { url } = await answering(json(response));
    const tokens = { get: async () => new Secret('token'), replaceRejected: async () => undefined };
    const send = createSend(url, tokens, httpOptions({ timeoutMs: 60_000 }));
    const outcome = (list: Promise<User[]>) => list.catch((error: unknown) => error);
    return [await outcome(listUsers(send, {}, userPacker())), await outcome(listUsers(send))] as const;
  }

  test('has the same users', async () => {
    const [packed, whole] = await listed([]);
    expect((packed as User[]).every((user) => user instanceof PackedUser)).toBe(true);
    expect((packed as User[]).map(wholeUser)).toEqual(whole);
  });

  test.each<[string, unknown[], object?]>([
    ['a user without a name', [{ id: 'US' }]],
    ['something else than a user', [null, 7]],
    ['a user with an unusable version', [{ ...ada, id: 'US', meta: { version: 7 } }]],
    ['a user that comes twice', [many[7]]],
    ['a number of users that is wrong', [], { totalResults: 1 }],
    ['a user that is nested too deep', [JSON.parse('{"x":'.repeat(200) + 1 + '}'.repeat(200))]],
  ])('fails like any other for %s', async (_, users, others) => {
    const [packed, whole] = await listed(users, others);
    expect(packed).toBeInstanceOf(Error);
    expect(packed).toEqual(whole);
  });
});
