import { expect, test } from 'vitest';
import type { OrganizationSource } from '../../../src/organization/source.ts';
import { indexUsers, requireUsers, Users } from '../../../src/organization/users.ts';
import { AppError } from '../../../src/platform/core/errors.ts';
import { PackedUser } from '../../../src/twilio/packed-user.ts';
import type { User } from '../../../src/twilio/users.ts';
import { ada, sid } from '../../support/changes.ts';
import { organizationWith } from '../../support/organization.ts';

const users: User[] = Array.from({ length: 8 }, (_, index) => ({
  id: sid('US', index + 1),
  userName: `user${index + 1}@example.com`,
  externalId: `E${index + 1}`,
  active: true,
}));

const ids = (count: number) => users.slice(0, count).map(({ id }) => ({ id }));
const list = '/scim/v2/Users';

test('a user is found by SID, by external id, and by e-mail address in any case', () => {
  const references = [{ id: ada.id }, { externalId: 'E1' }, { userName: 'ADA@example.com' }];
  const index = indexUsers([ada], references);
  for (const reference of references) expect(index.find(reference)).toBe(ada);
  expect(index.find({ userName: 'ada@EXAMPLE.com' })).toBe(ada);
  expect(index.find({ externalId: 'e1' })).toBeUndefined();
});

test('an index of packed users finds them whole, and a command that changes something reads whole ones', async () => {
  const asked: boolean[] = [];
  const source: Partial<OrganizationSource> = {
    async listUsers(_, pack) {
      asked.push(pack !== undefined);
      return pack === undefined ? users : users.map(pack);
    },
  };
  const packing = new Users(source as OrganizationSource, { sizes: async () => ({}), check: async () => {} });
  packing.pack();
  const index = await packing.named(ids(8));
  for (const { id } of ids(8)) {
    const whole = users.find((user) => user.id === id);
    expect(index.find({ id })).toEqual(whole);
    expect(packing.seen({ id })).toBeInstanceOf(PackedUser);
  }
  packing.forget();
  await packing.list();
  expect(asked).toEqual([true, false]);
});

test('an index holds only the users whom a reference names', () => {
  expect(indexUsers([ada], [{ id: ada.id }]).find({ externalId: 'E1' })).toBeUndefined();
});

test('a reference that names two users is a conflict', () => {
  const other = { ...ada, id: sid('US', 2) };
  expect(() => indexUsers([ada, other], [{ externalId: 'E1' }])).toThrow(
    expect.objectContaining({
      kind: 'conflict',
      message: 'external:E1 matches 2 users',
      hint: `Use the SID of one: ${ada.id} (${ada.userName}), ${other.id} (${other.userName})`,
    }),
  );
});

test('several references that name more than one user are one error, with all of them', () => {
  const others = [2, 3].map((digit) => ({ ...ada, id: sid('US', digit) }));
  const references = [{ externalId: 'E1' }, { userName: ada.userName }];
  expect(() => indexUsers([ada, ...others, ada], references)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^(\S+ matches 3 users(; )?){2}$/),
      hint: expect.stringContaining(sid('US', 3)),
    }),
  );
});

test('required users come once each, in the order of the references', () => {
  const references = [{ userName: 'user2@example.com' }, { id: users[0]?.id ?? '' }, { externalId: 'E2' }];
  const index = indexUsers(users, references);
  expect(requireUsers(index, references).map(({ userName }) => userName)).toEqual([
    'user2@example.com',
    'user1@example.com',
  ]);
});

test('one error names all required users who are missing', () => {
  const references = [{ userName: 'eve@example.com' }, { id: ada.id }, { externalId: 'E9' }];
  expect(() => requireUsers(indexUsers([ada], references), references)).toThrow(
    expect.objectContaining({
      kind: 'not-found',
      message: 'There is no user eve@example.com; There is no user external:E9',
    }),
  );
});

test('a single user is looked up, however often the command names them', async () => {
  const { organization, reads, checked } = organizationWith({ users });
  const index = await organization.users.named([...ids(1), ...ids(1)]);
  expect(index.find(ids(1)[0] ?? { id: '' })).toBe(users[0]);
  expect({ reads, checked }).toEqual({ reads: [`${list}/${users[0]?.id}`], checked: [] });
});

test('several users are found in one list of all, which is compared with the baseline', async () => {
  const { organization, reads, checked } = organizationWith({ users });
  const names = users.slice(0, 2).map(({ userName }) => ({ userName }));
  const index = await organization.users.named(names);
  expect(index.find(names[1] ?? { id: '' })).toBe(users[1]);
  expect({ reads, checked }).toEqual({ reads: [list], checked: [{ users: 8 }] });
});

test('two SIDs are looked up, which needs a lesser scope than a list; three are found in a list', async () => {
  const { organization, reads } = organizationWith({ users });
  await organization.users.named(ids(2));
  expect(reads.splice(0)).toEqual(ids(2).map(({ id }) => `${list}/${id}`));
  await organization.users.named(ids(3));
  expect(reads).toEqual([list]);
});

test.each([
  [4_000, 2, 1],
  [6_000, 2, 2],
  [50_000, 5, 5],
  [50_000, 11, 1],
])('with %i users in the list before, %i users take %i requests', async (size, count, requests) => {
  const many = Array.from({ length: count }, (_, index) => ({ userName: `user${index}@example.com` }));
  const { organization, reads } = organizationWith({ users, sizes: { users: size } });
  await organization.users.named(many);
  expect(reads).toHaveLength(requests);
});

test('look-ups are sent side by side, eight at a time, and one error is that of the first user', async () => {
  const many = Array.from({ length: 9 }, (_, index) => ({ id: sid('US', 20 + index) }));
  const forbidden = [3, 0].map((index) => `${list}/${many[index]?.id}`);
  const { organization, reads } = organizationWith({ users, sizes: { users: 1_000_000 }, forbidden });
  const found = organization.users.named(many);
  await expect(found).rejects.toMatchObject({ message: `${forbidden[1]} needs a scope` });
  expect(reads).toEqual(many.slice(0, 8).map(({ id }) => `${list}/${id}`));
});

test('a few users are looked up where a list has lost most of its entries; for many nothing is done', async () => {
  const shrunk = new AppError('guard', 'The list of users has shrunk');
  const { organization, reads } = organizationWith({ users, checkFails: shrunk });
  await organization.users.named(ids(5));
  expect(reads).toEqual([list, ...ids(5).map(({ id }) => `${list}/${id}`)]);
  await expect(organization.users.named(ids(6))).rejects.toBe(shrunk);
});

test('who is missing in a list is looked up where "does not exist" must be true', async () => {
  const { organization, reads } = organizationWith({ users });
  const missing = { userName: 'nobody@example.com' };
  const index = await organization.users.named([...ids(2), missing], { sure: true });
  expect(index.find(missing)).toBeUndefined();
  expect(reads).toEqual([list, `${list}?filter=userName+eq+%22nobody%40example.com%22`]);
});

test('a few users are listed where a look-up would need another scope', async () => {
  const { organization, reads } = organizationWith({ users, forbidden: [`${list}/`] });
  expect((await organization.users.named(ids(1), { whole: true })).find(ids(1)[0] ?? { id: '' })).toBe(
    users[0],
  );
  expect(reads).toEqual([list]);
});

test('a few users need no request after all were listed', async () => {
  const { organization, reads } = organizationWith({ users });
  await organization.users.all();
  await organization.users.named([...ids(2), { userName: 'nobody@example.com' }]);
  expect(reads).toEqual([list]);
});

test('a few users are looked up anew after a list that was read for a question', async () => {
  const { organization, reads } = organizationWith({ users });
  await organization.users.list();
  await organization.users.named(ids(1));
  expect(reads).toEqual([list, `${list}/${users[0]?.id}`]);
});

test('a look-up is tried even after listing all was forbidden', async () => {
  const contents = { users, forbidden: [list] };
  const { organization, reads } = organizationWith(contents);
  await expect(organization.users.all()).rejects.toThrow('needs a scope');
  contents.forbidden = [];
  expect((await organization.users.named(ids(1))).find(ids(1)[0] ?? { id: '' })).toBe(users[0]);
  expect(reads).toEqual([list, `${list}/${users[0]?.id}`]);
});

test('users who do not exist are left out of an index', async () => {
  const { organization } = organizationWith({ users });
  const reference = { id: sid('US', 99) };
  expect((await organization.users.named([reference])).find(reference)).toBeUndefined();
});

test('a single user is looked up also after all were listed, to be written back as they are now', async () => {
  const { organization, reads } = organizationWith({ users });
  await organization.users.all();
  await organization.users.get({ id: users[0]?.id ?? '' });
  expect(reads).toEqual([list, `${list}/${users[0]?.id}`]);
});

test('a single user who does not exist is named in the error', async () => {
  const { organization } = organizationWith({ users });
  await expect(organization.users.get({ id: sid('US', 99) })).rejects.toMatchObject({
    kind: 'not-found',
    message: `There is no user ${sid('US', 99)}`,
  });
  await expect(organization.users.get({ userName: 'eve@example.com' })).rejects.toMatchObject({
    kind: 'not-found',
    message: 'There is no user eve@example.com',
  });
});

test('similar addresses are suggested where the list of users is at hand, and no request is sent for them', async () => {
  const { organization, reads } = organizationWith({ users });
  const mistyped = { userName: 'usr1@example.com' };
  const hint = async () =>
    (await organization.users.get(mistyped).catch((error: AppError) => error)) as AppError;
  expect((await hint()).hint).toContain('twilio-org users list');
  expect(reads).toHaveLength(1);
  await organization.users.list();
  expect((await hint()).hint).toBe('Did you mean user1@example.com?');
  const index = await organization.users.named([mistyped, { externalId: 'E0' }]);
  expect([mistyped, { externalId: 'E0' }].map((one) => index.similar?.(one))).toEqual([
    ['user1@example.com'],
    [],
  ]);
  expect(() => requireUsers(index, [mistyped, { externalId: 'E0' }])).toThrow(
    expect.objectContaining({
      hint: expect.stringMatching(/^Did you mean user1@example\.com\? Only users managed .*users list$/),
    }),
  );
  expect(reads.filter((path) => path === list)).toHaveLength(1);
});

test('a SID stands for itself without a request', async () => {
  const { organization, reads } = organizationWith({ users });
  expect(await organization.users.sidOf({ id: sid('US', 99) })).toBe(sid('US', 99));
  expect(reads).toEqual([]);
  expect(await organization.users.sidOf({ externalId: 'E2' })).toBe(users[1]?.id);
});
