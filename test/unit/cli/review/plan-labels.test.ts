import { describe, expect, test } from 'vitest';
import { planFromItems } from '../../../../src/changes/plan/plan.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { itemName, labelsFor, planLabels } from '../../../../src/cli/review/plan-labels.ts';
import { noAccounts } from '../../../../src/organization/accounts.ts';
import { AppError, type ErrorKind } from '../../../../src/platform/core/errors.ts';
import { changes, itemOf, planHeader, sid, userNumber } from '../../../support/plans.ts';

function contextWith(index: () => Promise<unknown>): Context {
  const seen = (reference: object) =>
    'id' in reference ? userNumber(1, { displayName: 'Ada Lin' }) : undefined;
  return {
    scopes: async () => ({ organizationSid: sid('OR', 1), accounts: noAccounts }),
    organization: async () => ({ roles: { index }, users: { seen } }),
  } as unknown as Context;
}

const refusing = (kind: ErrorKind) => contextWith(() => Promise.reject(new AppError(kind, 'No')));
const withRole = planFromItems(planHeader, [itemOf(1, changes.giveRole(1))]);

describe('the labels of a plan', () => {
  test('are org and the names of roles', async () => {
    const ctx = contextWith(async () => ({ label: (role: string) => `name of ${role}` }));
    const label = await labelsFor(ctx, withRole);
    expect([label(sid('OR', 1)), label('IX1')]).toEqual(['org', 'name of IX1']);
  });

  test('are SIDs where the login may not list roles', async () => {
    expect((await labelsFor(refusing('forbidden'), withRole))('IX1')).toBe('IX1');
  });

  test('fail for any other reason', async () => {
    await expect(labelsFor(refusing('temporary'), withRole)).rejects.toThrow('No');
  });

  test('need no list of roles where no role changes', async () => {
    const label = await labelsFor(refusing('temporary'), planFromItems(planHeader, [itemOf(1)]));
    expect(label('IX1')).toBe('IX1');
  });

  test('name the users whom the command has read', async () => {
    const labels = await planLabels(refusing('temporary'), String);
    expect(labels.person({ id: 'US1' })).toEqual({ who: 'p1@example.com', name: 'Ada Lin' });
    expect(labels.person({ userName: 'x@example.com' })).toBeUndefined();
  });
});

test.each([
  [{ line: 3, email: 'a@x' }, 'line 3, a@x'],
  [{ user: 'a@x' }, 'a@x'],
  [{ sid: 'IY1', identity: 'US1' }, 'IY1'],
])('an item is named by its line and its person: %j', (row, expected) => {
  expect(itemName({ row, steps: [] })).toBe(expected);
});
