import { expect, test } from 'vitest';
import { ada, adasRole } from '../../support/changes.ts';
import { organizationWith } from '../../support/organization.ts';

const role = { sid: adasRole.role_sid, friendly_name: 'Admin' };

async function readEverything({
  users,
  roles,
  assignments,
}: ReturnType<typeof organizationWith>['organization']) {
  await Promise.all([users.all(), users.get({ id: ada.id }), roles.index(), assignments.of([ada.id])]);
}

test('each request is sent once, whoever asks for it and however often', async () => {
  const { organization, reads } = organizationWith({ users: [ada], roles: [role], assignments: [adasRole] });
  await readEverything(organization);
  const first = [...reads];
  expect(first).toHaveLength(4);
  await readEverything(organization);
  await organization.users.list();
  await organization.reader.send({ method: 'GET', path: first[0] ?? '' });
  expect(reads).toEqual(first);
});

test('a change makes it forget users and role assignments, but no roles', async () => {
  const { organization, reads } = organizationWith({ users: [ada], roles: [role], assignments: [adasRole] });
  await readEverything(organization);
  organization.onChange();
  reads.length = 0;
  await readEverything(organization);
  expect(reads).toHaveLength(3);
  expect(reads.filter((path) => path.includes('/Roles'))).toEqual([]);
});

test('a refresh makes everything after it read anew', async () => {
  const { organization, reads } = organizationWith({ users: [ada], roles: [role], assignments: [adasRole] });
  await readEverything(organization);
  const first = [...reads].sort();
  reads.length = 0;
  organization.refresh();
  await readEverything(organization);
  expect(reads.sort()).toEqual(first);
});

test('what it answers after a refresh is what is there then', async () => {
  const users = [ada];
  const { organization } = organizationWith({ users });
  expect((await organization.users.get({ id: ada.id })).active).toBe(true);
  users[0] = { ...ada, active: false };
  expect((await organization.users.get({ id: ada.id })).active).toBe(true);
  organization.refresh();
  expect((await organization.users.get({ id: ada.id })).active).toBe(false);
});

test('a complete listing is compared with the baseline once', async () => {
  const { organization, checked } = organizationWith({
    users: [ada],
    assignments: [adasRole, adasRole].slice(1),
  });
  await organization.users.all();
  await organization.users.all();
  await organization.assignments.all();
  await organization.assignments.all();
  expect(checked).toEqual([{ users: 1 }, { assignments: 1 }]);
});
