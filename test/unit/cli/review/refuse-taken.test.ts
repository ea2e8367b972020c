import { expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { refuseTaken } from '../../../../src/cli/review/refuse-taken.ts';
import type { UserReference } from '../../../../src/organization/references.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { changes, sid, userNumber } from '../../../support/plans.ts';

/** Checks a change in an organization with these users, and returns the warnings and the number of lookups. */
async function check(step: Change, users: readonly User[], failure?: AppError) {
  const warnings: string[] = [];
  let lookups = 0;
  const ctx = {
    messages: { warn: (text: string) => warnings.push(text) },
    organization: async () => ({
      users: {
        async named() {
          lookups += 1;
          if (failure !== undefined) throw failure;
          return {
            find: (key: UserReference) =>
              users.find(
                ({ userName, externalId }) =>
                  ('userName' in key && key.userName === userName) ||
                  ('externalId' in key && key.externalId === externalId),
              ),
          };
        },
      },
    }),
  } as unknown as Context;
  await refuseTaken(ctx, { steps: [step] });
  return { warnings, lookups };
}

const create = (fields: { email: string; externalId?: string }): Change => ({ do: 'create-user', fields });
const update = (fields: { email?: string; externalId?: string }): Change => ({
  do: 'update-user',
  user: userNumber(1),
  fields,
});
const taken = userNumber(2, { externalId: 'emp-2' });

test.each<[name: string, step: Change, message: string]>([
  ['a new user', create({ email: taken.userName }), 'User name p2@example.com exists'],
  [
    'the external id of a new user',
    create({ email: 'new@example.com', externalId: 'emp-2' }),
    'External id emp-2 exists',
  ],
  ['a new address', update({ email: taken.userName }), 'User name p2@example.com exists'],
  ['a new external id', update({ externalId: 'emp-2' }), 'External id emp-2 exists'],
])('%s that another user has is refused, with the way to see them', async (_, step, message) => {
  await expect(check(step, [taken])).rejects.toMatchObject({
    kind: 'conflict',
    message,
    hint: expect.stringContaining(`twilio-org users get ${taken.id}`),
  });
});

test('all that is taken is said at once', async () => {
  const other = userNumber(3, { externalId: 'emp-3' });
  const step = create({ email: taken.userName, externalId: 'emp-3' });
  const error = await check(step, [taken, other]).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AppError);
  expect(String((error as AppError).message)).toMatch(/p2@example\.com[\s\S]*emp-3/);
});

test('what is free, or the user has already, is accepted', async () => {
  expect(await check(create({ email: 'new@example.com', externalId: 'emp-9' }), [taken])).toEqual({
    warnings: [],
    lookups: 1,
  });
  const own = userNumber(1, { externalId: 'emp-1' });
  expect(await check(update({ email: own.userName, externalId: 'emp-1' }), [own])).toMatchObject({
    warnings: [],
  });
});

test('a change that claims neither an address nor an external id looks nothing up', async () => {
  expect(await check(changes.deactivate(1), [taken])).toEqual({ warnings: [], lookups: 0 });
  expect(await check(changes.giveRole(1), [taken])).toEqual({ warnings: [], lookups: 0 });
});

test('a login that may not list users is told what was not checked', async () => {
  const notListable = new AppError('forbidden', 'Not allowed', { status: 403 });
  const { warnings } = await check(
    create({ email: 'new@example.com', externalId: 'emp-9' }),
    [],
    notListable,
  );
  expect(warnings).toEqual([
    'Whether another user has new@example.com and external:emp-9 was not checked: this needs the scope managed-users/list',
  ]);
});

test('another failure of the lookup is no reason to go on', async () => {
  const broken = new AppError('temporary', 'Not available', { status: 503 });
  await expect(check(create({ email: sid('US', 1) }), [], broken)).rejects.toBe(broken);
});
