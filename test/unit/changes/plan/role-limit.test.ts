import { expect, test } from 'vitest';
import { type Item, planFromItems } from '../../../../src/changes/plan/plan.ts';
import { checkRoleLimit } from '../../../../src/changes/plan/role-limit.ts';
import { AssignmentIndex } from '../../../../src/organization/assignments.ts';
import { maxRolesPerUser } from '../../../../src/twilio/role-assignments.ts';
import { adasRole, changes, header, item, sid } from '../../../support/changes.ts';

const held = (count: number) =>
  new AssignmentIndex(Array.from({ length: count }, (_, index) => ({ ...adasRole, sid: sid('IY', index) })));

const gives = (count: number, row: Item['row'] = { user: 'ada@example.com' }): Item => ({
  ...item(...Array.from({ length: count }, () => changes['create-assignment'])),
  row,
});

const check = (items: Item[], holdings = held(0)) => checkRoleLimit(planFromItems(header, items), holdings);

test('a user may hold as many roles as Twilio allows', async () => {
  await check([gives(maxRolesPerUser)]);
  await check([gives(2)], held(maxRolesPerUser - 2));
});

test('one role more is refused, with the user and the count', async () => {
  await expect(check([gives(2)], held(maxRolesPerUser - 1))).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringMatching(new RegExp(`ada@example.com .*${maxRolesPerUser + 1} roles`)),
  });
});

test('roles of one user count over all items', async () => {
  await expect(check([gives(1), gives(1)], held(maxRolesPerUser - 1))).rejects.toMatchObject({
    kind: 'conflict',
  });
});

test('roles of a new user count by row, and the refusal names the line', async () => {
  const forNew = (line: number, count: number): Item => ({
    row: { line, email: 'grace@example.com' },
    steps: Array.from({ length: count }, () => ({
      do: 'create-assignment' as const,
      grant: { ...adasRole, identity: null },
    })),
  });
  await check([forNew(2, maxRolesPerUser), forNew(3, maxRolesPerUser)]);
  await expect(check([forNew(4, maxRolesPerUser + 1)])).rejects.toMatchObject({
    message: expect.stringContaining('(line 4)'),
  });
});

test('a plan that gives no roles is not checked', async () => {
  await check([item(changes['delete-assignment'])], held(maxRolesPerUser + 1));
});
