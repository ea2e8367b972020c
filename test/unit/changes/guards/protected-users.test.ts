import { expect, test } from 'vitest';
import { checkProtected } from '../../../../src/changes/guards/protected-users.ts';
import type { Change } from '../../../../src/changes/plan/change.ts';
import { ada, adasRole, changes, deactivation, sid } from '../../../support/changes.ts';
import { type Contents, organizationWith } from '../../../support/organization.ts';

const removal = changes['delete-assignment'];
const bySid: Change = { do: 'delete-assignment', assignment: { sid: adasRole.sid } };

async function check(removals: Change[], protect: string[], contents: Contents = {}): Promise<string[]> {
  const { organization, reads } = organizationWith({ users: [ada], assignments: [adasRole], ...contents });
  await checkProtected(organization, removals, { protect });
  return reads;
}

test('without protected users nothing is read', async () => {
  expect(await check([bySid, deactivation], [])).toEqual([]);
});

test.each([
  ['a deactivation, by e-mail address', deactivation, 'ADA@*'],
  ['a deactivation, by SID', deactivation, ada.id.toLowerCase()],
  ['a role, by e-mail address', removal, 'ada@example.com'],
  ['a role named by its SID alone', bySid, '*@example.com'],
])('a protected user is kept from %s', async (_, change, pattern) => {
  await expect(check([change], ['x@y.example', pattern])).rejects.toMatchObject({
    kind: 'guard',
    message: expect.stringMatching(/US0+1\) is protected \(.*\)\. Nothing was changed$/),
    hint: 'Remove that user from the command, or add --override-guards',
  });
});

test('other users may lose access, and are looked up only where their names are unknown', async () => {
  expect(await check([deactivation], ['grace@*'])).toEqual([]);
  expect(await check([removal], [sid('US', 9)])).toEqual([]);
  expect(await check([removal], ['grace@*'])).toEqual([`/scim/v2/Users/${ada.id}`]);
});

test('names come from a list where the login may not look up a single user', async () => {
  const forbidden = ['/scim/v2/Users/'];
  expect(await check([removal], ['grace@*'], { forbidden })).toEqual([
    `/scim/v2/Users/${ada.id}`,
    '/scim/v2/Users',
  ]);
  await expect(check([removal], ['ada@*'], { forbidden })).rejects.toThrow('is protected');
});

test('a user whose address cannot be read is refused where addresses are protected', async () => {
  await expect(check([removal], ['grace@*'], { forbidden: ['/scim/v2/Users'] })).rejects.toMatchObject({
    kind: 'guard',
    message: expect.stringContaining(`the address of ${ada.id} is unknown`),
  });
});

test('a role assignment whose user cannot be read is refused', async () => {
  for (const contents of [{ wantsFilter: true }, { assignments: [] }]) {
    await expect(check([bySid], [sid('US', 9)], contents)).rejects.toMatchObject({
      kind: 'guard',
      message: expect.stringContaining(`the user of the role assignment ${adasRole.sid} is unknown`),
    });
  }
});
