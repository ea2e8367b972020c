import { expect, test } from 'vitest';
import { type PlanHeader, planFromItems } from '../../../../src/changes/plan/plan.ts';
import { givenAccessBy, givenBackBy, isOffboarding } from '../../../../src/changes/runs/give-back.ts';
import { changes, itemOf, planHeader, sid, userNumber } from '../../../support/plans.ts';

const plan = planFromItems(planHeader, [
  itemOf(1, changes.giveRole(1), changes.giveRole(2, sid('US', 1)), changes.activate(1)),
  itemOf(2, changes.giveRole(2)),
  itemOf(3, changes.deactivate(3), changes.removeRole(3)),
  itemOf(4, { do: 'update-user', user: userNumber(4), fields: { active: true } }),
  itemOf(5, { do: 'update-user', user: userNumber(5), fields: { displayName: 'Ada' } }),
]);

test('a plan gives access back to users who can sign in again or get roles', async () => {
  const directory = {
    find: (reference: object) =>
      'id' in reference && reference.id === sid('US', 1) ? userNumber(1) : undefined,
  };
  expect(await givenBackBy(plan, directory)).toEqual([
    { id: sid('US', 1), name: 'p1@example.com', signsIn: true, roles: 2 },
    { id: sid('US', 2), name: sid('US', 2), signsIn: false, roles: 1 },
  ]);
});

test('each user to whom a plan gives access is named once', async () => {
  expect(await givenAccessBy(plan)).toEqual([sid('US', 1), sid('US', 2)]);
});

test.each<[Partial<PlanHeader>, boolean]>([
  [{ offboarding: { reason: null, copied_to: null } }, true],
  [{ verb: 'users offboard' }, true],
  [{ command: 'twilio-org --profile p users offboard ada@example.com' }, true],
  [{ verb: 'users deactivate', command: 'twilio-org users deactivate offboard' }, false],
])('a run with %j is an offboarding: %j', (head, expected) => {
  expect(isOffboarding({ ...planHeader, ...head })).toBe(expected);
});
