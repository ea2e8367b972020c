import { expect, test } from 'vitest';
import type { Context } from '../../../../src/cli/context.ts';
import { heldRoleChoices, scopeChoices, userChoices } from '../../../../src/cli/questions/choices.ts';
import { indexAccounts, noAccounts } from '../../../../src/organization/accounts.ts';
import { indexRoles } from '../../../../src/organization/roles.ts';
import { sid } from '../../../support/changes.ts';

const organizationSid = sid('OR', 1);
const users = [
  { id: sid('US', 1), userName: 'ada@b.example', active: true },
  { id: sid('US', 2), userName: 'bob@b.example', active: false },
];
const roles = [
  { sid: sid('IX', 1), friendly_name: 'Viewer', product_group: 'general' },
  { sid: sid('IX', 2), friendly_name: 'Viewer', product_group: 'billing' },
  { sid: sid('IX', 3), friendly_name: 'Admin' },
];
const held = [
  { role_sid: sid('IX', 1), scope: organizationSid },
  { role_sid: sid('IX', 3), scope: sid('AC', 1), resource_type: 'flow', resource_id: 'FW1' },
];
const organization = {
  users: { list: async () => users, sidOf: async () => sid('US', 1) },
  roles: { index: async () => indexRoles(roles) },
  assignments: { where: async () => held },
};
const ctx = {
  organization: async () => organization,
  settings: async () => ({ organizationSid }),
  scopes: async () => ({ organizationSid, accounts: noAccounts }),
} as unknown as Context;

test.each([
  [undefined, ['ada@b.example', 'bob@b.example']],
  [true, ['ada@b.example', 'bob@b.example (inactive)']],
  [false, ['bob@b.example', 'ada@b.example (active)']],
])('users whose state should be %s come first, and the others are marked', async (active, names) => {
  expect((await userChoices(ctx, active)).map(({ name }) => name)).toEqual(names);
});

test.each([
  [{ user: ['ada@b.example'] }, ['Viewer (general)', 'Admin']],
  [{ user: 'ada@b.example', scope: ['org'] }, ['Viewer (general)']],
  [{}, ['Viewer (general)', 'Viewer (billing)', 'Admin']],
])('of the roles, those are offered that the users in %j have', async (flags, names) => {
  expect((await heldRoleChoices(ctx, { flags })).map(({ name }) => name)).toEqual(names);
});

test('scopes are offered by name, by SID where the name is shared or unknown, and with accounts that nobody has a role in', async () => {
  const accounts = indexAccounts([
    { sid: sid('AC', 1), name: 'EU production' },
    { sid: sid('AC', 2), name: 'Sandbox' },
    { sid: sid('AC', 3), name: 'sandbox' },
  ]);
  const assignments = { list: async () => [...held, { role_sid: sid('IX', 1), scope: sid('AC', 4) }] };
  const named = {
    ...ctx,
    organization: async () => ({ ...organization, assignments }),
    scopes: async () => ({ organizationSid, accounts }),
  } as unknown as Context;
  const choices = await scopeChoices(named);
  expect(choices.map(({ name, value }) => [name, value]).toSorted()).toEqual(
    [
      ['org', 'org'],
      ['EU production', 'EU production'],
      [`Sandbox (${sid('AC', 2)})`, sid('AC', 2)],
      [`sandbox (${sid('AC', 3)})`, sid('AC', 3)],
      [sid('AC', 4), sid('AC', 4)],
    ].toSorted(),
  );
  expect(choices.find(({ value }) => value === 'EU production')?.description).toBe(
    `${sid('AC', 1)}, an account with 1 role assignments`,
  );
});
