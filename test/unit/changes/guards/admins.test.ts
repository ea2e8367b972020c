import { describe, expect, test } from 'vitest';
import { checkAdmins, checkLastAdmin } from '../../../../src/changes/guards/admins.ts';
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

describe('without --keep-admins', () => {
  const deputy = { sid: sid('IX', 2), friendly_name: 'Organization admin' };
  const support = { sid: sid('IX', 3), friendly_name: 'Support' };
  const account = sid('AC', 1);
  const two: Contents = {
    users: [user(1), user(2), user(3), user(4, false)],
    roles: [role, deputy, support],
    assignments: [
      gives(1),
      gives(2, { role_sid: deputy.sid }),
      gives(3, { scope: account }),
      gives(4),
      gives(5, { identity: sid('US', 3), role_sid: support.sid }),
    ],
  };
  const holders = `/v2/Organizations/RoleAssignments?Scope=${scope}&PageSize=100`;
  const rolesOf = (digit: number) =>
    `/v2/Organizations/RoleAssignments?Identity=${sid('US', digit)}&PageSize=100`;
  const allRoles = '/v2/Organizations/Roles?PageSize=1000';
  const allUsers = '/scim/v2/Users';

  async function checkLast(removals: Change[], contents: Contents = {}) {
    const { organization, reads } = organizationWith({ ...two, sizes: { users: 9 }, ...contents });
    const warnings: string[] = [];
    const log = { note() {}, say() {}, warn: (...lines: string[]) => void warnings.push(...lines) };
    const refusal = await checkLastAdmin(organization, scope, removals, { keep_admins: 1 }, log).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return { refusal, warnings, reads };
  }

  const refusal =
    'This leaves no active user with the role Admin or Organization admin; the minimum is 1. Nothing was changed';

  test.each<[what: string, removals: Change[]]>([
    ['deactivates both', [deactivate(1), deactivate(2)]],
    ['takes the role from one and deactivates the other', [remove(gives(1)), deactivate(2)]],
    [
      'takes their roles, known by SID alone',
      [1, 2].map((digit) => ({
        do: 'delete-assignment',
        assignment: { sid: gives(digit).sid.toLowerCase() },
      })),
    ],
    ['deactivates seven, both among them', [1, 2, 3, 5, 6, 7, 8].map(deactivate)],
  ])('the last active admin stays when a command %s', async (_, removals) => {
    expect(await checkLast(removals)).toMatchObject({ refusal, warnings: [] });
  });

  test.each<[what: string, removals: Change[], reads: string[]]>([
    ['one of two admins goes', [deactivate(1)], [rolesOf(1), allRoles, holders, allUsers]],
    ['a role in an account is removed', [remove(gives(3, { scope: account }))], []],
    ['a role of one resource is removed', [remove(gives(1, { resource_type: 'x', resource_id: '1' }))], []],
    ['a role that is not of admins is removed', [remove(gives(5, { role_sid: support.sid }))], [allRoles]],
    ['a user with roles in accounts alone is deactivated', [deactivate(7)], [rolesOf(7)]],
    ['a user with another role is deactivated', [deactivate(3)], [rolesOf(3), allRoles]],
    [
      'seven are deactivated, none an admin',
      [3, 5, 6, 7, 8, 9, 4].map(deactivate),
      [allRoles, holders, allUsers],
    ],
  ])('it reads only what it must when %s', async (_, removals, reads) => {
    expect(await checkLast(removals)).toEqual({ refusal: undefined, warnings: [], reads });
  });

  test('an inactive admin may lose the role although no active one is left', async () => {
    expect(await checkLast([remove(gives(4))], { assignments: [gives(4)] })).toMatchObject({
      refusal: undefined,
    });
  });

  test.each(['/v2/Organizations/RoleAssignments', '/v2/Organizations/Roles', '/scim/v2/Users'])(
    'where the login may not list %s, it warns and lets the removal pass',
    async (path) => {
      expect(await checkLast([deactivate(1), deactivate(2)], { forbidden: [path] })).toMatchObject({
        refusal: undefined,
        warnings: [
          `It was not checked that an active admin remains: ${path} needs a scope`,
          'The check needs the scopes role-assignments/list, roles/list and managed-users/list. To do without it, add --keep-admins 0',
        ],
      });
    },
  );

  test('it warns where no role has the name of an admin', async () => {
    const named = { ...role, friendly_name: 'Chief' };
    expect(await checkLast([deactivate(1)], { roles: [named] })).toMatchObject({
      refusal: undefined,
      warnings: [
        'No role is named Admin or Organization Admin, so it was not checked that an admin remains',
        expect.stringContaining('--admin-role'),
      ],
    });
  });
});

test.each(['/v2/Organizations/RoleAssignments', '/scim/v2/Users'])(
  'a minimum that was set refuses where the login may not list %s',
  async (path) => {
    await expect(check([deactivate(1)], 1, { forbidden: [path] })).rejects.toMatchObject({
      kind: 'guard',
      message: expect.stringContaining(`${path} needs a scope`),
    });
  },
);
