import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readPart } from '../../../../src/organization/snapshots/read-part.ts';
import { snapshotLists } from '../../../../src/organization/snapshots/source.ts';
import type { Taken } from '../../../../src/organization/snapshots/take.ts';
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
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
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

describe('a file that was changed after it was written', () => {
  /** A snapshot whose roles are these bytes, with the hashes that they have or are given. */
  async function withRoles(bytes: Buffer, content: string, hash = sha256(content)): Promise<Taken> {
    const snapshot = await takenFrom(contents, snapshotsHere());
    const { parts } = snapshot.manifest;
    const changed = { ...parts.roles, sha256: sha256(bytes), content_sha256: hash };
    writeFileSync(join(snapshot.dir, changed.file), bytes);
    return { ...snapshot, manifest: { ...snapshot.manifest, parts: { ...parts, roles: changed } } };
  }

  const good = roles.map((role) => `${JSON.stringify(role)}\n`).join('');
  const bad = `${good}[]\n`;

  test('is read where its hashes are right, also without an end of its last line', async () => {
    const content = good.trimEnd();
    expect(await readPart(await withRoles(gzipSync(content), content), 'roles')).toEqual(roles);
  });

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, -9)],
    ['changed in its last bytes', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -8), Buffer.alloc(8)])],
  ])('is refused where it is %s', async (_how, damage) => {
    const snapshot = await withRoles(damage(gzipSync(good)), good);
    await expect(readPart(snapshot, 'roles')).rejects.toThrow('it cannot be decompressed');
  });

  test.each([
    ['good', good],
    ['bad', bad],
  ])('is refused where %s lines are not those of the manifest', async (_how, content) => {
    const snapshot = await withRoles(gzipSync(content), content, '0'.repeat(64));
    await expect(readPart(snapshot, 'roles')).rejects.toThrow('its lines are not those of the manifest');
  });

  test.each([
    ['all of it', undefined],
    ['the lines with a text', ''],
  ])('is refused where a line is no object: %s', async (_what, containing) => {
    const snapshot = await withRoles(gzipSync(bad), bad);
    await expect(readPart(snapshot, 'roles', { containing })).rejects.toThrow('is not an object');
  });
});
