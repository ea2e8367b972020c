import { describe, expect, test } from 'vitest';
import {
  emptyTotals,
  formatTotals,
  isFailed,
  itemsWithState,
  itemsWithStateBackwards,
  mayHaveChanged,
  summarizeItem,
  tally,
  totalsOf,
} from '../../../../src/changes/runs/outcomes.ts';
import { changes, collect, done, itemOf, sid, storedRun } from '../../../support/plans.ts';

const two = itemOf(1, changes.removeRole(1), changes.deactivate(1));

describe('the result of an item', () => {
  test.each([
    ['unchanged', itemOf(1)],
    ['created', itemOf(1, changes.createUser(1))],
    ['changed', itemOf(1, changes.deactivate(1))],
    ['deleted', itemOf(1, changes.removeRole(1))],
  ])('is %s when its changes are done', (outcome, item) => {
    const ends = item.steps.map((_, step) => done(0, step));
    expect(summarizeItem(item, ends, {}).outcome).toBe(outcome);
  });

  test('is the word of the plan where it has one', () => {
    expect(summarizeItem(two, [done(0, 0), done(0, 1)], { done: 'deactivated' }).outcome).toBe('deactivated');
  });

  test('is not tried when nothing of it was begun or sent', () => {
    expect(summarizeItem(two, [], {})).toEqual({ outcome: 'not tried', sid: undefined });
    expect(summarizeItem(two, [done(0, 0, { status: 'not sent' })], {}).outcome).toBe('not tried');
  });

  test('names what is done when the rest failed', () => {
    const result = summarizeItem(two, [done(0, 0), done(0, 1, { status: 'failed', reason: 'No' })], {});
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^deactivate p1@example\.com: No; done: take away role/),
    });
  });

  test.each([
    ['an intent without an outcome', { type: 'intent' as const }],
    ['an outcome that is not known', done(0, 1, { status: 'unknown', reason: 'Timeout' })],
  ])('is unknown with %s', (_, end) => {
    expect(summarizeItem(two, [done(0, 0), end], {}).outcome).toBe('unknown');
  });

  test('says which changes others had made before', () => {
    const found = summarizeItem(two, [done(0, 0, { found: true }), done(0, 1)], {});
    expect(found).toMatchObject({ outcome: 'changed', reason: expect.stringContaining(sid('IY', 1)) });
  });

  test('has the SID of the user that it created', () => {
    const item = itemOf(1, changes.createUser(1), changes.giveRole(1, null));
    const ends = [done(0, 0, { sid: sid('US', 1) }), done(0, 1, { sid: sid('IY', 1) })];
    expect(summarizeItem(item, ends, {}).sid).toBe(sid('US', 1));
  });
});

test('an unknown outcome counts as failed', () => {
  expect(['failed', 'unknown', 'not tried', 'changed'].map((outcome) => isFailed({ outcome }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('totals add up to the size of the plan', () => {
  const totals = emptyTotals();
  for (const outcome of ['created', 'deactivated', 'unchanged', 'failed', 'unknown', 'not tried']) {
    tally(totals, { outcome });
  }
  expect(totals).toEqual({ created: 1, changed: 1, unchanged: 1, failed: 2, notTried: 1 });
  expect(formatTotals(totals, 6)).toBe('1 created, 1 changed, 1 unchanged, 2 failed, 1 not tried: 6 in all');
});

test('totals of a stored run come from its journal', async () => {
  const items = [1, 2, 3].map((number) => itemOf(number, changes.createUser(number)));
  const run = storedRun(items, [done(0, 0), done(1, 0, { status: 'failed' })]);
  expect(await totalsOf(run)).toEqual({ created: 1, changed: 0, unchanged: 0, failed: 1, notTried: 1 });
});

test('items have the same state read forwards and backwards', async () => {
  const items = [1, 2, 3].map((number) => itemOf(number, changes.createUser(number)));
  const run = storedRun(items, [done(0, 0), done(2, 0, { sid: sid('US', 3) })]);
  expect((await collect(itemsWithStateBackwards(run))).toReversed()).toEqual(
    await collect(itemsWithState(run)),
  );
});

describe('a run', () => {
  const items = [itemOf(1, changes.deactivate(1)), itemOf(2, changes.deactivate(2))];
  const failed = done(0, 0, { status: 'failed' });
  test.each([
    ['changed nothing when each change failed', false, [failed, done(1, 0, { status: 'failed' })]],
    ['changed nothing when the rest was not sent', false, [failed, done(1, 0, { status: 'not sent' })]],
    ['changed nothing when others had done it', false, [failed, done(1, 0, { found: true })]],
    ['may have changed something when a change is done', true, [failed, done(1, 0)]],
    ['may have changed something when an outcome is unknown', true, [done(0, 0, { status: 'unknown' })]],
    [
      'may have changed something when a change was begun',
      true,
      [failed, { ...done(1, 0), type: 'intent' } as never],
    ],
    ['may be under way when no change was begun', true, []],
  ])('%s', (_, expected, records) => {
    expect(mayHaveChanged(storedRun(items, records))).toBe(expected);
  });

  test('without changes changed nothing', () => {
    expect(mayHaveChanged(storedRun([itemOf(1)], []))).toBe(false);
  });
});
