import { expect, test } from 'vitest';
import { readPart } from '../../../../src/organization/snapshots/read-part.ts';
import { snapshotLists } from '../../../../src/organization/snapshots/source.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { madeUser } from '../../../support/runs.ts';
import { snapshotsHere, takenFrom } from '../../../support/snapshots.ts';

const hex = (number: number) => number.toString(16).padStart(32, '0');
const sid = (prefix: string, number: number) => `${prefix}${hex(number)}`;

/** Users in more than one block, one of them in several, with characters of several bytes wherever a block may end. */
const users: User[] = Array.from({ length: 1_000 }, (_, index) => ({
  ...madeUser(sid('US', index), `user${index}@example.com`),
  displayName: index === 7 ? 'Łódź 😀'.repeat(30_000) : `Zoë ${index}`,
  emails: [{ value: index % 3 === 0 ? 'other@example.com' : `user${index}@example.com`, primary: true }],
  schemas: index === 9 ? [] : ['urn:ietf:params:scim:schemas:core:2.0:User'],
  locale: 'en-US',
}));
const assignments = users.map(({ id }, index) => ({
  sid: sid('IY', index),
  role_sid: sid('IX', index % 3),
  scope: sid('OR', 0),
  identity: id,
  resource_type: index % 2 === 0 ? null : 'billing_group',
  resource_id: index % 2 === 0 ? null : 'bg_1',
}));
const roles = [0, 1, 2].map((index) => ({
  sid: sid('IX', index),
  policy: { allow: ['/twilio/*'], format: 1 },
}));
const contents = { users, roles, assignments };

test('a part is read as it was written, whatever the length of its lines', async () => {
  const snapshot = await takenFrom(contents, snapshotsHere());
  expect(await readPart(snapshot, 'users')).toEqual(users);
  expect(await readPart(snapshot, 'roleAssignments')).toEqual(assignments);
  expect(await readPart(snapshot, 'accounts')).toEqual([]);
});

test('the lists of a snapshot are equal to those that it was taken of, though they share texts', async () => {
  const lists = snapshotLists(await takenFrom(contents, snapshotsHere()));
  expect(await lists.users()).toEqual(users);
  expect(await lists.roleAssignments()).toEqual(assignments);
  expect(JSON.stringify(await lists.users())).toBe(JSON.stringify(users));
});

test('only the lines with a text are parsed where one is given', async () => {
  const snapshot = await takenFrom(contents, snapshotsHere());
  const containing = users[512]?.id;
  expect(await readPart(snapshot, 'roleAssignments', { containing })).toEqual([assignments[512]]);
  expect(await readPart(snapshot, 'roleAssignments', { containing: 'nobody' })).toEqual([]);
});

test('lines that are not those of the manifest are refused', async () => {
  const snapshot = await takenFrom(contents, snapshotsHere());
  const { manifest } = snapshot;
  const parts = { ...manifest.parts, users: { ...manifest.parts.users, content_sha256: '0'.repeat(64) } };
  const changed = { ...snapshot, manifest: { ...manifest, parts } };
  await expect(readPart(changed, 'users')).rejects.toThrow('its lines are not those of the manifest');
});
