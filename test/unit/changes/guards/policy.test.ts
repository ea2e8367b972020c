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

test.each([
  // Covers its own removals, which then come on top of the limit.
  [[{ count: 800, removals: 500 }], 500, 20],
  [[{ count: 800, removals: 800 }], 800, 20],
  // Too small: the limit is its count, and no higher.
  [[{ count: 800, removals: 801 }], 0, 800],
  [[{ count: 5, removals: 21 }], 0, 20],
  // One covers nothing of another.
  [
    [
      { count: 800, removals: 10 },
      { count: 3, removals: 30 },
    ],
    10,
    20,
  ],
  [[], 0, 20],
])(
  'allowances of files %j allow %i removals besides a limit of %i',
  (allowances, allowed_removals, max_removals) => {
    expect(effectiveGuards({ allowances })).toMatchObject({ max_removals, allowed_removals });
  },
);
