import { expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import { changesByPerson, type PlanLabels, personOf, reasonOf } from '../../../../src/changes/plan/people.ts';
import type { Item } from '../../../../src/changes/plan/plan.ts';
import { changes, collect, itemOf, planHeader, sid } from '../../../support/plans.ts';

const labels: PlanLabels = {
  label: (text) => ({ [sid('IX', 1)]: 'Support', [sid('OR', 1)]: 'org' })[text] ?? text,
  person: (reference) =>
    'id' in reference && reference.id === sid('US', 1)
      ? { who: 'ada@example.com', name: 'Ada Lin' }
      : undefined,
};
const take = (whose: string): Change => ({ ...changes.removeRole(1), whose }) as Change;

test.each<[what: string, Item['row'], Change | undefined, expected: object]>([
  [
    'the user who is changed, whatever the row says',
    { userName: 'x@example.com' },
    changes.deactivate(2),
    { who: 'p2@example.com' },
  ],
  ['the name of a user who was read', {}, changes.giveRole(1), { who: 'ada@example.com', name: 'Ada Lin' }],
  ['the address of a new user', { email: 'x@example.com' }, changes.createUser(3), { who: 'p3@example.com' }],
  [
    'the row, for a role of a new user',
    { email: 'p3@example.com' },
    changes.giveRole(1, null),
    { who: 'p3@example.com' },
  ],
  ['the SID, where nothing else is known', {}, changes.giveRole(4), { who: sid('US', 4) }],
  ['the row, where nothing changes', { user: 'x@example.com' }, undefined, { who: 'x@example.com' }],
])('a person is named by %s', (_, row, change, expected) => {
  expect(personOf({ row }, change, labels)).toEqual(expected);
});

test('the changes of one person are together, wherever they stand in the plan', async () => {
  const again: Item = {
    row: { line: 9, email: 'P1@example.com' },
    steps: [changes.deactivate(1)],
    note: 'n',
  };
  const items = [itemOf(1, changes.createUser(1)), itemOf(2, changes.createUser(2)), again];
  const people = await collect(changesByPerson(items, labels));
  expect(
    people.map(({ who, details, lines, notes, items: count }) => [who, details.length, lines, notes, count]),
  ).toEqual([
    ['p1@example.com', 2, ['9'], ['n'], 2],
    ['p2@example.com', 1, [], [], 1],
  ]);
});

test('a change for another user than the one of the item has a group of its own', async () => {
  const item: Item = {
    row: { userName: 'p2@example.com' },
    steps: [take('heir@example.com'), changes.deactivate(2)],
  };
  const people = await collect(changesByPerson([item], { ...labels, person: () => undefined }));
  expect(people.map(({ who, details }) => [who, details.map(({ what }) => what)])).toEqual([
    ['p2@example.com', ['Status']],
    ['heir@example.com', ['Role']],
  ]);
});

test('a person without changes and without a reason is left out', async () => {
  expect(await collect(changesByPerson([itemOf(1)], labels))).toEqual([]);
});

test('a plan of very many people is not collected as a whole', async () => {
  let read = 0;
  async function* many() {
    for (let index = 0; index < 5_000; index += 1) {
      read += 1;
      yield itemOf(index, changes.deactivate(index));
    }
  }
  const people = changesByPerson(many(), labels);
  await people.next();
  expect(read).toBeLessThan(1_100);
  await people.return(undefined);
});

test('a reason has the warning, the note, the reason of an offboarding and the line', () => {
  const head = { ...planHeader, offboarding: { reason: 'Left', copied_to: null } };
  expect(reasonOf({ row: { line: 3 }, note: 'note', warning: 'warning' }, head)).toBe(
    'warning; note; Left; line 3',
  );
  expect(reasonOf({ row: {} }, planHeader)).toBe('');
});
