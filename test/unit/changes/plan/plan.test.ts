import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import {
  countChanges,
  emptyCounts,
  type Item,
  mustBeKeptWhole,
  planFromItems,
  streamPlan,
  successOutcome,
  verbOf,
} from '../../../../src/changes/plan/plan.ts';
import { ada, changes, deactivation, header, item } from '../../../support/changes.ts';

describe('a plan', () => {
  const items = [item(changes['create-user'], changes['create-assignment']), item(), item(deactivation)];

  test('counts its items, changes and removals', () => {
    const plan = planFromItems(header, items);
    expect(plan.size).toBe(3);
    expect(plan.steps).toEqual({
      ...emptyCounts(),
      'create-user': 1,
      'create-assignment': 1,
      'update-user': 1,
    });
    expect(countChanges(plan)).toBe(3);
    const { id, userName } = ada;
    expect(plan.removals).toEqual([{ ...deactivation, user: { id, userName } }]);
  });

  test('that is streamed counts the same, and makes its items again each time', async () => {
    let made = 0;
    const plan = await streamPlan(header, async function* () {
      made += 1;
      yield* items;
    });
    const { items: _, ...counts } = plan;
    const { items: __, ...expected } = planFromItems(header, items);
    expect(counts).toEqual(expected);
    for await (const each of plan.items()) expect(items).toContain(each);
    expect(made).toBe(2);
  });

  test('starts with a count of zero for every kind of change', () => {
    expect(Object.entries(emptyCounts()).toSorted()).toEqual(
      Object.keys(changes)
        .map((kind) => [kind, 0])
        .toSorted(),
    );
  });

  test('is sent again only if its file holds it whole', async () => {
    await mustBeKeptWhole(planFromItems(header, items));
    const request = planFromItems(header, [item(changes['send-request'])]);
    await expect(mustBeKeptWhole(request)).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('the outcome of an item whose changes were all done', () => {
  test.each<[string, Change[], Partial<Item>]>([
    ['unchanged', [], {}],
    ['created', [changes['create-user'], changes['create-assignment']], {}],
    ['created', [changes['create-assignment']], {}],
    ['changed', [changes['create-assignment']], { sid: 'US1' }],
    ['changed', [changes['update-user']], {}],
    ['changed', [changes['delete-user']], {}],
    ['deleted', [changes['delete-assignment']], {}],
    ['changed', [changes['create-assignment'], changes['delete-assignment']], {}],
    ['changed', [deactivation, changes['delete-assignment']], {}],
    ['sent', [changes['send-request']], {}],
  ])('is %s', (outcome, steps, given) => {
    expect(successOutcome({ ...item(...steps), ...given }, {})).toBe(outcome);
  });

  test('is the one that the plan names', () => {
    expect(successOutcome(item(changes['delete-user']), { done: 'deactivated' })).toBe('deactivated');
    expect(successOutcome(item(), { done: 'deactivated' })).toBe('unchanged');
  });
});

describe('the verb of a plan', () => {
  test('is the recorded one', () => {
    expect(verbOf({ command: 'twilio-org x y', verb: 'users import' })).toBe('users import');
  });

  test.each([
    ['twilio-org users import people.csv', 'users import'],
    ['twilio-org --profile acme users deactivate ada@example.com', 'users deactivate'],
    ["twilio-org -o json --profile 'my profile' users import 'a b.csv'", 'users import'],
    ['twilio-org --quiet assignments delete', 'role-assignments delete'],
    ['twilio-org', ''],
  ])('is read from the command of an older file: %s', (command, verb) => {
    expect(verbOf({ command })).toBe(verb);
  });
});
