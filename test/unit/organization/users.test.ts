import { expect, test } from 'vitest';
import { indexUsers, requireUsers, singleLookupLimit } from '../../../src/organization/users.ts';
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

test('an index holds only the users whom a reference names', () => {
  expect(indexUsers([ada], [{ id: ada.id }]).find({ externalId: 'E1' })).toBeUndefined();
});

test('a reference that names two users is a conflict', () => {
  const other = { ...ada, id: sid('US', 2) };
  expect(() => indexUsers([ada, other], [{ externalId: 'E1' }])).toThrow(
    expect.objectContaining({ kind: 'conflict', message: 'external:E1 matches 2 users' }),
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

test('a few users are looked up one by one, each reference once', async () => {
  const { organization, reads, checked } = organizationWith({ users });
  const index = await organization.users.named([...ids(2), ...ids(2), { userName: 'user3@example.com' }]);
  expect(index.find({ userName: 'user3@example.com' })).toBe(users[2]);
  expect(reads).toHaveLength(3);
  expect(reads).not.toContain(list);
  expect(checked).toEqual([]);
});

test('many users are found in one list of all, which is compared with the baseline', async () => {
  const { organization, reads, checked } = organizationWith({ users });
  const index = await organization.users.named(ids(singleLookupLimit + 1));
  expect(index.find({ id: users[5]?.id ?? '' })).toBe(users[5]);
  expect(reads).toEqual([list]);
  expect(checked).toEqual([{ users: 8 }]);
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

test('a SID stands for itself without a request', async () => {
  const { organization, reads } = organizationWith({ users });
  expect(await organization.users.sidOf({ id: sid('US', 99) })).toBe(sid('US', 99));
  expect(reads).toEqual([]);
  expect(await organization.users.sidOf({ externalId: 'E2' })).toBe(users[1]?.id);
});
