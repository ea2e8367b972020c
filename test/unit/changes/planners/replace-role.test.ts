import { expect, test } from 'vitest';
import { planRoleReplacement, type RoleReplacement } from '../../../../src/changes/planners/replace-role.ts';
import { AssignmentIndex } from '../../../../src/organization/assignments.ts';
import { maxRolesPerUser, type RoleAssignment } from '../../../../src/twilio/role-assignments.ts';
import { ada, sid } from '../../../support/changes.ts';

const org = { sid: sid('OR', 1), name: 'org' };
const account = { sid: sid('AC', 1), name: sid('AC', 1) };
const [from, to] = [sid('IX', 1), sid('IX', 2)];

function held(digit: number, role_sid: string, scope = org.sid): RoleAssignment {
  return { sid: sid('IY', digit), role_sid, scope, identity: ada.id };
}

function plan(assignments: RoleAssignment[], difference: Partial<RoleReplacement> = {}) {
  const replacement = { from, to, scopes: [org], resource: {}, ...difference };
  const [item] = planRoleReplacement([ada], new AssignmentIndex(assignments), replacement);
  return item;
}

const kinds = (item: ReturnType<typeof plan>) => item?.steps.map(({ do: kind }) => kind);

test('the new role is given before the old one is removed', () => {
  expect(plan([held(1, from)])).toEqual({
    row: { id: ada.id, userName: ada.userName },
    rests: [
      { user: ada.id, version: 'W/1' },
      { holder: ada.id, assignments: [sid('IY', 1)] },
    ],
    steps: [
      { do: 'create-assignment', grant: { role_sid: to, scope: org.sid, identity: ada.id } },
      { do: 'delete-assignment', assignment: held(1, from) },
    ],
  });
});

test('a user who has both roles only loses the old one', () => {
  const item = plan([held(1, from), held(2, to)]);
  expect(kinds(item)).toEqual(['delete-assignment']);
  expect(item?.sid).toBe(sid('IY', 2));
});

test('a user without the old role is left alone, with a note', () => {
  expect(plan([held(2, to)])).toMatchObject({
    steps: [],
    sid: sid('IY', 2),
    note: 'The user already has the new role',
  });
});

test('users with neither role are refused, all at once', () => {
  const grace = { ...ada, id: sid('US', 2), userName: 'grace@example.com' };
  const assignments = new AssignmentIndex([held(1, from, account.sid)]);
  const replace = (users: (typeof ada)[], scopes: RoleReplacement['scopes']) =>
    planRoleReplacement(users, assignments, { from, to, scopes, resource: {} });
  expect(() => replace([ada], [org])).toThrow(
    expect.objectContaining({
      kind: 'not-found',
      message: 'ada@example.com has neither role in org, so nothing was changed',
    }),
  );
  expect(() => replace([ada, grace], [org])).toThrow(
    expect.objectContaining({
      kind: 'not-found',
      listed: {
        summary: '2 users have no role to replace, so nothing was changed',
        lines: ['ada@example.com has neither role in org', 'grace@example.com has neither role in org'],
      },
    }),
  );
  expect(() => replace([ada, grace], [org, account])).toThrow(
    `grace@example.com has neither role in org or ${account.sid}`,
  );
  expect(replace([ada], [org, account])).toHaveLength(1);
});

test('a role on one resource is told from the role on the whole scope', () => {
  const resource = { resource_type: 'billing_group', resource_id: 'b1' };
  expect(() => plan([held(1, from)], { resource })).toThrow('has neither role in org');
  expect(plan([{ ...held(1, from), ...resource }], { resource })?.steps[0]).toEqual({
    do: 'create-assignment',
    grant: { role_sid: to, scope: org.sid, identity: ada.id, ...resource },
  });
});

test('at the limit of roles the old one goes first, if a gap is allowed', () => {
  const full = [
    held(1, from),
    ...Array.from({ length: maxRolesPerUser - 1 }, (_, index) => held(index + 2, sid('IX', 9))),
  ];
  expect(() => plan(full)).toThrow(
    expect.objectContaining({
      kind: 'conflict',
      message: "ada@example.com has 50 roles, Twilio's limit. Nothing was changed",
      hint: 'Add --allow-gap to remove the old role first; the user is briefly without both',
    }),
  );
  expect(kinds(plan(full, { allowGap: true }))).toEqual(['delete-assignment', 'create-assignment']);
  expect(kinds(plan(full.slice(1).concat(held(1, from)).slice(1)))).toEqual([
    'create-assignment',
    'delete-assignment',
  ]);
});

test('in several scopes, each removal depends on the new role of its own scope', () => {
  const scopes = [org, account];
  expect(plan([held(1, from), held(2, from, account.sid)], { scopes })).toMatchObject({
    independent: true,
    needs: { 1: 0, 3: 2 },
  });
  const noted = plan([held(2, from, account.sid)], { scopes });
  expect(noted).toMatchObject({
    needs: { 1: 0 },
    note: 'org: The user has neither role there; nothing to replace',
  });
});
