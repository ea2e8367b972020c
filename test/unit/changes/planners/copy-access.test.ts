import { expect, test } from 'vitest';
import { planAccessCopy } from '../../../../src/changes/planners/copy-access.ts';
import { AssignmentIndex } from '../../../../src/organization/assignments.ts';
import { maxRolesPerUser, type RoleAssignment } from '../../../../src/twilio/role-assignments.ts';
import { ada, sid } from '../../../support/changes.ts';

const source = sid('US', 2);

function assignment(digit: number, identity: string, role: number, resource = {}): RoleAssignment {
  return { sid: sid('IY', digit), role_sid: sid('IX', role), scope: sid('OR', 1), identity, ...resource };
}

const plan = (assignments: RoleAssignment[], mirror = false) =>
  planAccessCopy(ada, source, new AssignmentIndex(assignments), mirror);

test('missing roles are given with their resources, and present ones are kept', () => {
  const resource = { resource_type: 'billing_group', resource_id: 'b1' };
  const item = plan([
    assignment(1, source, 1),
    assignment(2, source, 2, resource),
    assignment(3, ada.id, 1),
    assignment(4, ada.id, 5),
  ]);
  expect(item).toEqual({
    row: { id: ada.id, userName: ada.userName },
    sid: ada.id,
    steps: [
      {
        do: 'create-assignment',
        grant: { role_sid: sid('IX', 2), scope: sid('OR', 1), identity: ada.id, ...resource },
      },
    ],
    rests: [
      { user: ada.id, version: 'W/1' },
      { holder: source, assignments: [sid('IY', 1), sid('IY', 2)] },
      { assignment: sid('IY', 3), identity: ada.id, scope: sid('OR', 1) },
    ],
  });
});

test('a mirror removes the other roles last', () => {
  const item = plan([assignment(1, source, 1), assignment(4, ada.id, 5)], true);
  expect(item.steps.map(({ do: kind }) => kind)).toEqual(['create-assignment', 'delete-assignment']);
  expect(item.steps[1]).toEqual({ do: 'delete-assignment', assignment: assignment(4, ada.id, 5) });
  expect(item.rests).toContainEqual({ holder: ada.id, assignments: [sid('IY', 4)] });
});

test('a role that the source has twice is given once, and a mirror removes a repeated role', () => {
  expect(plan([assignment(1, source, 1), assignment(2, source, 1)]).steps).toHaveLength(1);
  const repeated = [assignment(1, source, 1), assignment(3, ada.id, 1), assignment(4, ada.id, 1)];
  expect(plan(repeated, true).steps).toEqual([
    { do: 'delete-assignment', assignment: assignment(4, ada.id, 1) },
  ]);
});

test('a role on a resource is not taken for the role on the whole scope', () => {
  const resource = { resource_type: 'billing_group', resource_id: 'b1' };
  expect(plan([assignment(1, source, 1), assignment(3, ada.id, 1, resource)]).steps).toHaveLength(1);
});

test('more roles than Twilio allows are refused', () => {
  const full = Array.from({ length: maxRolesPerUser }, (_, index) =>
    assignment(index + 10, ada.id, index + 10),
  );
  expect(() => plan([assignment(1, source, 1), ...full])).toThrow(
    expect.objectContaining({
      kind: 'conflict',
      message: "ada@example.com would have 51 roles; Twilio's limit is 50. Nothing was changed",
    }),
  );
  expect(plan([assignment(1, source, 1), ...full.slice(1)]).steps).toHaveLength(1);
});
