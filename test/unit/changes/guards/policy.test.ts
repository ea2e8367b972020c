import { expect, test } from 'vitest';
import { effectiveGuards, type GuardFlags } from '../../../../src/changes/guards/policy.ts';
import type { GuardSettings } from '../../../../src/login/config/schema.ts';

test('flags and profile are combined into the active guards', () => {
  expect(effectiveGuards({})).toEqual({
    max_removals: 20,
    max_removal_fraction: 0.2,
    protect: [],
    keep_admins: 1,
  });
  expect(effectiveGuards({ maxRemovals: 100 })).toMatchObject({ max_removals: 100 });
  expect(
    effectiveGuards({ maxRemovals: 3, protect: ['b'] }, { max_removals: 5, protect: ['a'] }),
  ).toMatchObject({ max_removals: 3, protect: ['a', 'b'] });
  expect(effectiveGuards({ adminRole: 'admin' }, { keep_admins: 2, admin_role: 'Admin' })).toMatchObject({
    keep_admins: 2,
  });
  for (const [flags, kept] of [
    [{ maxRemovals: 6 }, { max_removals: 5 }],
    [{ maxRemovalFraction: 0.3 }, { max_removal_fraction: 0.2 }],
    [{ keepAdmins: 1 }, { keep_admins: 2, admin_role: 'Admin' }],
    [{ adminRole: 'Support' }, { keep_admins: 2, admin_role: 'Admin' }],
    [{ keepAdmins: 0 }, { keep_admins: 1 }],
  ] as [GuardFlags, GuardSettings][]) {
    expect(() => effectiveGuards(flags, kept)).toThrow(expect.objectContaining({ kind: 'usage' }));
  }
});
