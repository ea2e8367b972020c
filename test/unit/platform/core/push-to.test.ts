import { expect, test } from 'vitest';
import { pushTo } from '../../../../src/platform/core/push-to.ts';

test('pushTo keeps the values of a key in one list, in their order', () => {
  const lists = new Map<string, number[]>();
  pushTo(lists, 'a', 1);
  const list = lists.get('a');
  pushTo(lists, 'b', 2);
  pushTo(lists, 'a', 3);
  expect(lists.get('a')).toBe(list);
  expect([...lists]).toEqual([
    ['a', [1, 3]],
    ['b', [2]],
  ]);
});
