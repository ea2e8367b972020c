import { expect, test } from 'vitest';
import { remainingPlan } from '../../../../src/changes/runs/remaining.ts';
import { changes, collect, done, itemOf, storedRun } from '../../../support/plans.ts';

test('the rest of a run is every change that is not known to be done', async () => {
  const items = [
    itemOf(1, changes.deactivate(1)),
    itemOf(2, changes.removeRole(2), changes.deactivate(2)),
    itemOf(3, changes.deactivate(3)),
    itemOf(4, changes.deactivate(4)),
    itemOf(5, changes.deactivate(5)),
  ];
  const rest = await remainingPlan(
    storedRun(items, [
      done(0, 0),
      done(1, 0),
      { type: 'intent', item: 1, step: 1, at: '' },
      done(2, 0, { status: 'unknown' }),
      done(3, 0, { status: 'failed' }),
    ]),
  );
  expect((await collect(rest.items())).map(({ row, steps }) => [row.email, steps.length])).toEqual([
    ['p2@example.com', 1],
    ['p3@example.com', 1],
    ['p4@example.com', 1],
    ['p5@example.com', 1],
  ]);
  expect(rest.removals).toHaveLength(4);
});

test('nothing remains of a run whose changes were all done, by it or by others', async () => {
  const items = [itemOf(1, changes.deactivate(1)), itemOf(2)];
  expect((await remainingPlan(storedRun(items, [done(0, 0, { found: true })]))).size).toBe(0);
});
