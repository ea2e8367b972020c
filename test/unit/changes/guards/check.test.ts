import { expect, test } from 'vitest';
import { checkGuards } from '../../../../src/changes/guards/check.ts';
import type { GuardFlags } from '../../../../src/changes/guards/policy.ts';
import type { Change } from '../../../../src/changes/plan/change.ts';
import type { GuardSettings } from '../../../../src/login/config/schema.ts';
import type { Workspace } from '../../../../src/organization/workspace/workspace.ts';
import { ada, deactivation } from '../../../support/changes.ts';
import { organizationWith } from '../../../support/organization.ts';

interface Given {
  guards?: GuardSettings;
  source?: string;
  addressChanges?: readonly Change[];
}

async function check(
  removals: readonly Change[],
  flags: GuardFlags,
  { guards, source = 'profile', addressChanges }: Given = {},
) {
  const { organization, reads } = organizationWith({ users: [ada] });
  const warnings: string[] = [];
  const profile = { api_url: 'https://a.example', guards };
  const workspace = {
    settings: async () => ({ source, profile, apiUrl: 'https://a.example' }),
    config: async () => ({ profiles: { default: profile } }),
    organization: async () => organization,
    log: { note() {}, say() {}, warn: (...lines: string[]) => warnings.push(...lines) },
  } as unknown as Workspace;
  await checkGuards(workspace, removals, flags, addressChanges);
  return { reads, warnings };
}

const many = (count: number) => Array.from({ length: count }, () => deactivation);

test('a plan without removals reads nothing and warns of nothing', async () => {
  expect(
    await check([], { keepAdmins: 1, adminRole: 'Admin' }, { source: 'TWILIO_ORG_ACCESS_TOKEN' }),
  ).toEqual({
    reads: [],
    warnings: [],
  });
});

test('a flag that is looser than the profile is refused also without removals', async () => {
  await expect(check([], { maxRemovals: 6 }, { guards: { max_removals: 5 } })).rejects.toMatchObject({
    kind: 'usage',
    message: '--max-removals 6 is looser than the guard of the profile, which is 5',
  });
});

test('more removals than the limit are refused', async () => {
  await expect(check(many(21), {})).rejects.toMatchObject({
    kind: 'guard',
    lines: expect.arrayContaining(['This makes 21 removals; the limit is 20']),
  });
  await expect(check(many(2), {}, { guards: { max_removals: 1 } })).rejects.toMatchObject({
    hint: 'The limit is set in the profile. Change it with `twilio-org guards set`, or add --override-guards',
  });
});

test('the guards of the profile apply to its own credentials alone', async () => {
  const guards = { protect: ['ada@*'] };
  await expect(check(many(1), {}, { guards })).rejects.toThrow('is protected');
  expect(await check(many(1), {}, { guards, source: 'TWILIO_ORG_ACCESS_TOKEN' })).toEqual({
    reads: [`/v2/Organizations/RoleAssignments?Identity=${ada.id}&PageSize=100`],
    warnings: [
      'The guards of profile default do not apply to credentials from TWILIO_ORG_ACCESS_TOKEN',
      'Unset TWILIO_ORG_ACCESS_TOKEN to use the profile, or add its guards as flags',
    ],
  });
});

test('--override-guards ignores every guard with a warning, and still records the listings', async () => {
  expect(await check(many(21), { overrideGuards: true }, { guards: { protect: ['ada@*'] } })).toEqual({
    reads: ['/scim/v2/Users'],
    warnings: ['All guards are ignored'],
  });
});

test('the warnings about guards that do not apply cover changes of addresses alone', async () => {
  const guards = { protect: ['ada@*'] };
  const addressChanges: Change[] = [{ do: 'update-user', user: ada, fields: { email: 'eve@example.com' } }];
  const source = 'TWILIO_ORG_ACCESS_TOKEN';
  expect(await check([], { overrideGuards: true }, { guards, source, addressChanges })).toEqual({
    reads: [],
    warnings: [
      'The guards of profile default do not apply to credentials from TWILIO_ORG_ACCESS_TOKEN',
      'Unset TWILIO_ORG_ACCESS_TOKEN to use the profile, or add its guards as flags',
      'All guards are ignored',
    ],
  });
  await expect(check([], {}, { guards, addressChanges })).rejects.toThrow('is protected');
});

test('all refusals are said at once, with all flags that allow the change', async () => {
  const refusal = check(many(21), { maxRemovalFraction: 0.5, protect: ['grace@*'] });
  await expect(refusal).rejects.toMatchObject({
    kind: 'guard',
    lines: [
      expect.stringMatching(/^This makes 21 removals/),
      expect.stringMatching(/^This affects 21 active users/),
    ],
    hint: 'To allow all of it, add --override-guards',
  });
});
