import { expect, test } from 'vitest';
import { checkAdmins } from '../../../../src/changes/guards/admins.ts';
import type { Change } from '../../../../src/changes/plan/change.ts';
import type { RoleAssignment } from '../../../../src/twilio/role-assignments.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { ada, sid } from '../../../support/changes.ts';
import { type Contents, organizationWith } from '../../../support/organization.ts';

const role = { sid: sid('IX', 1), friendly_name: 'Admin' };
const scope = sid('OR', 1);
const user = (digit: number, active = true): User => ({
  ...ada,
  id: sid('US', digit),
  userName: `u${digit}@example.com`,
  active,
});
const gives = (digit: number, difference: Partial<RoleAssignment> = {}): RoleAssignment => ({
  sid: sid('IY', digit),
  role_sid: role.sid,
  scope,
  identity: sid('US', digit),
  ...difference,
});
const deactivate = (digit: number): Change => ({
  do: 'update-user',
  user: user(digit),
  fields: { active: false },
});
const remove = (assignment: RoleAssignment): Change => ({ do: 'delete-assignment', assignment });

const three: Contents = {
  users: [user(1), user(2), user(3)],
  roles: [role],
  assignments: [gives(1), gives(2), gives(3)],
};

function check(
  removals: Change[],
  keep_admins: number,
  contents: Contents = {},
  at: string | undefined = scope,
) {
  const { organization } = organizationWith({ ...three, ...contents });
  return checkAdmins(organization, at, removals, { admin_role: 'admin', keep_admins });
}

test('removals that leave enough admins pass', async () => {
  await check([deactivate(1)], 2);
  await check([remove(gives(1))], 2);
});

test.each([
  ['deactivates them', [deactivate(1), deactivate(2)]],
  ['takes their role', [remove(gives(1)), remove(gives(2, { sid: gives(2).sid.toLowerCase() }))]],
  ['does both to different ones', [deactivate(1), remove(gives(2))]],
])('too few admins are left when a command %s', async (_, removals) => {
  await expect(check(removals, 2)).rejects.toMatchObject({
    kind: 'guard',
    message: 'This leaves 1 active user with the role Admin; the minimum is 2. Nothing was changed',
    hint: 'Give the role to another user first',
  });
});

test('an admin with the role twice keeps it when one of the two goes', async () => {
  const twice = gives(1, { sid: sid('IY', 9) });
  await check([remove(gives(1))], 3, { assignments: [gives(1), twice, gives(2), gives(3)] });
});

test.each<[string, Contents]>([
  ['in an account alone', { assignments: [gives(1), gives(2), gives(3, { scope: sid('AC', 1) })] }],
  [
    'on one resource alone',
    { assignments: [gives(1), gives(2), gives(3, { resource_type: 'x', resource_id: '1' })] },
  ],
  ['and is inactive', { users: [user(1), user(2), user(3, false)] }],
])('a user who has the role %s does not count', async (_, contents) => {
  await expect(check([deactivate(1)], 2, contents, undefined)).rejects.toThrow('This leaves 1 active user');
});

test('removals that affect no admin pass below the minimum', async () => {
  await check([deactivate(4)], 5);
});

test('an organization without any admin is refused, because the list may be wrong', async () => {
  await expect(check([deactivate(4)], 1, { assignments: [] })).rejects.toMatchObject({
    kind: 'guard',
    message: 'No active user has the role Admin in the organization; the minimum is 1. Nothing was changed',
  });
});

test('where a filter is wanted (25203) and the organization is unknown, the hint names it', async () => {
  const { organization } = organizationWith({ ...three, wantsFilter: true });
  const guards = { admin_role: 'Admin', keep_admins: 1 };
  await expect(checkAdmins(organization, undefined, [deactivate(1)], guards)).rejects.toMatchObject({
    kind: 'guard',
    hint: expect.stringContaining('TWILIO_ORG_ORGANIZATION_SID'),
  });
});
