import { expect, test } from 'vitest';
import { createKeyOrder } from '../../../../src/changes/runs/key-order.ts';
import { ada, item, sid } from '../../../support/changes.ts';

const grace = { ...ada, id: sid('US', 2), userName: 'grace@example.com', externalId: 'E2' };
const gives = (email: string) => item({ do: 'update-user', user: ada, fields: { email } });
const takes = item({ do: 'update-user', user: grace, fields: { email: 'ADA@example.com' } });

test('a user gets an address only after the one who has it gave it up, also where that failed', async () => {
  const { inOrder } = createKeyOrder();
  const begun: string[] = [];
  let fail: (error: Error) => void = () => undefined;
  const first = inOrder(gives('new@example.com'), () => {
    begun.push('gives');
    return new Promise((_, reject) => {
      fail = reject;
    });
  });
  const second = inOrder(takes, async () => void begun.push('takes'));
  const other = inOrder(
    item({ do: 'update-user', user: grace, fields: { externalId: 'E1' } }),
    async () => void begun.push('other'),
  );
  await other;
  expect(begun).toEqual(['gives', 'other']);
  fail(new Error('refused'));
  await expect(first).rejects.toThrow('refused');
  await second;
  expect(begun).toEqual(['gives', 'other', 'takes']);
});

test('a change of the case alone, and a role, hold nobody back', async () => {
  const { inOrder } = createKeyOrder();
  void inOrder(gives('ADA@example.com'), () => new Promise(() => undefined));
  expect(await inOrder(takes, async () => 'done')).toBe('done');
});
