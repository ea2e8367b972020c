import { expect, test } from 'vitest';
import { planOffboarding } from '../../../../src/changes/planners/offboard-users.ts';
import { AssignmentIndex } from '../../../../src/organization/assignments.ts';
import { maxRolesPerUser, type RoleAssignment } from '../../../../src/twilio/role-assignments.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { ada, sid } from '../../../support/changes.ts';

const heir: User = { ...ada, id: sid('US', 2), userName: 'grace@example.com', externalId: null };
const other: User = { ...ada, id: sid('US', 3), userName: 'kim@example.com', externalId: null };

function assignment(digit: number, { id }: User, role: number): RoleAssignment {
  return { sid: sid('IY', digit), role_sid: sid('IX', role), scope: sid('OR', 1), identity: id };
}

const plan = (assignments: RoleAssignment[], users = [ada], to?: User) =>
  planOffboarding(users, to, new AssignmentIndex(assignments));

const kinds = (item: ReturnType<typeof plan>[number] | undefined) => item?.steps.map(({ do: kind }) => kind);

test('the user is deactivated before the roles go, and each step stands alone', () => {
  const [item] = plan([assignment(1, ada, 1), assignment(2, ada, 2)]);
  expect(item).toEqual({
    row: { id: ada.id, userName: ada.userName },
    sid: ada.id,
    steps: [
      { do: 'update-user', user: ada, fields: { active: false } },
      { do: 'delete-assignment', assignment: assignment(1, ada, 1) },
      { do: 'delete-assignment', assignment: assignment(2, ada, 2) },
    ],
    independent: true,
    rests: [
      { user: ada.id, version: 'W/1' },
      { holder: ada.id, assignments: [sid('IY', 1), sid('IY', 2)] },
    ],
  });
});

test('an inactive user without roles is left alone, with a note', () => {
  expect(plan([], [{ ...ada, active: false }])[0]).toMatchObject({
    steps: [],
    note: 'Already deactivated, without roles',
  });
});

test('a role is removed only after the heir has received it', () => {
  const [item] = plan([assignment(1, ada, 1), assignment(2, ada, 2), assignment(3, heir, 2)], [ada], heir);
  expect(kinds(item)).toEqual(['update-user', 'create-assignment', 'delete-assignment', 'delete-assignment']);
  expect(item?.steps[1]).toEqual({
    do: 'create-assignment',
    grant: { role_sid: sid('IX', 1), scope: sid('OR', 1), identity: heir.id },
    whose: 'grace@example.com',
  });
  // The heir has the second role already.
  expect(item?.needs).toEqual({ 2: 1 });
  expect(item?.rests).toContainEqual({ holder: heir.id, assignments: [sid('IY', 3)] });
});

test('a role that two users have is given to the heir once', () => {
  const items = plan([assignment(1, ada, 1), assignment(2, other, 1)], [ada, other], heir);
  expect(items.map((item) => kinds(item))).toEqual([
    ['update-user', 'create-assignment', 'delete-assignment'],
    ['update-user', 'delete-assignment'],
  ]);
  expect(items[1]).not.toHaveProperty('needs');
});

test('an heir who would have more roles than Twilio allows is refused', () => {
  const full = Array.from({ length: maxRolesPerUser }, (_, index) =>
    assignment(index + 10, heir, index + 10),
  );
  expect(() => plan([assignment(1, ada, 1), ...full], [ada], heir)).toThrow(
    expect.objectContaining({
      kind: 'conflict',
      message: "grace@example.com would have 51 roles; Twilio's limit is 50. Nothing was changed",
    }),
  );
});
