import { expect, test } from 'vitest';
import { checkShare, maxUncheckedRemovals, sharesOf } from '../../../../src/changes/guards/shares.ts';
import type { Change } from '../../../../src/changes/plan/change.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { ada, adasRole, changes, deactivation, sid } from '../../../support/changes.ts';
import { organizationWith } from '../../../support/organization.ts';

const removals = (users: number, roles: number): Change[] => [
  ...Array.from({ length: users }, () => deactivation),
  ...Array.from({ length: roles }, () => changes['delete-assignment']),
];

const users: User[] = Array.from({ length: 10 }, (_, index) => ({
  ...ada,
  id: sid('US', index + 1),
  userName: `u${index}@example.com`,
  active: index > 3,
}));
const assignments = Array.from({ length: 12 }, (_, index) => ({ ...adasRole, sid: sid('IY', index + 1) }));

async function shares(
  contents: Parameters<typeof organizationWith>[0],
  removed: readonly Change[],
  isRequested?: boolean,
  limit?: number,
) {
  const { organization, reads } = organizationWith(contents);
  const notes: string[] = [];
  const log = { note: (...lines: string[]) => notes.push(...lines), say() {}, warn() {} };
  return { shares: await sharesOf(organization, log, removed, limit, isRequested), reads, notes };
}

test('a few removals need no list, unless the limit was asked for', async () => {
  const few = removals(maxUncheckedRemovals, maxUncheckedRemovals);
  expect(await shares({ users, assignments }, few)).toEqual({ shares: [], reads: [], notes: [] });
  expect((await shares({ users, assignments }, few, true)).shares).toHaveLength(2);
});

test('removals are weighed against active users and against all role assignments', async () => {
  expect((await shares({ users, assignments }, removals(6, 7))).shares).toEqual([
    { count: 6, total: 6, noun: 'active users' },
    { count: 7, total: 12, noun: 'role assignments' },
  ]);
  expect((await shares({ users, assignments }, removals(0, 6))).reads).toHaveLength(1);
});

test('a list that the login may not read is skipped with a note', async () => {
  const forbidden = ['/scim/v2/Users'];
  const { shares: found, notes } = await shares({ users, assignments, forbidden }, removals(6, 6));
  expect(found.map(({ noun }) => noun)).toEqual(['role assignments']);
  expect(notes).toEqual([expect.stringContaining('The limit on the fraction of active users was skipped: ')]);
});

test('a list that the login may not read is refused where the limit was asked for', async () => {
  await expect(shares({ assignments, wantsFilter: true }, removals(0, 6), true)).rejects.toMatchObject({
    kind: 'guard',
    message: expect.stringContaining(
      'A guard limits the fraction of role assignments, and their total is unknown',
    ),
    hint: 'To go ahead without guards, add --override-guards',
  });
  const few = await shares({ assignments, wantsFilter: true }, removals(0, 5), true);
  expect(few.notes).toHaveLength(1);
});

test.each([
  [20, 100, 0.2],
  [29, 100, 0.29],
  [1, 3, 1 / 3],
])('%i of %i is within a limit of %f', (count, total, limit) => {
  expect(() => checkShare({ count, total, noun: 'active users' }, limit, undefined)).not.toThrow();
});

test('a share above the limit is refused with its percentage and the way past', () => {
  const share = { count: 200, total: 223, noun: 'active users' } as const;
  expect(() => checkShare(share, 0.2, undefined)).toThrow(
    expect.objectContaining({
      kind: 'guard',
      message: 'This affects 200 of 223 active users (90 %); the limit is 20 %. Nothing was changed',
      hint: 'To allow it, add --max-removal-fraction 0.9',
    }),
  );
  expect(() => checkShare({ ...share, count: 29, total: 100 }, 0.285, 0.285)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('(29 %); the limit is 28.5 %'),
      hint: expect.stringContaining('The limit is set in the profile'),
    }),
  );
});

test('a list that holds less than what is removed is taken to be incomplete', () => {
  expect(() => checkShare({ count: 6, total: 0, noun: 'active users' }, 1, undefined)).toThrow(
    expect.objectContaining({
      kind: 'guard',
      message: 'This affects 6 active users, but the list of them holds 0. Nothing was changed',
    }),
  );
});
