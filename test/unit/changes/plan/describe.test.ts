import { expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import { describeChange } from '../../../../src/changes/plan/describe.ts';
import { ada, adasRole, changes, deactivation } from '../../../support/changes.ts';

const label = (sid: string) =>
  ({ [adasRole.role_sid]: 'Admin', [adasRole.scope]: 'organization' })[sid] ?? sid;

test.each<[Change, string]>([
  [changes['create-user'], 'create grace@example.com'],
  [changes['update-user'], 'change ada@example.com: displayName "Ada King", was "Ada"'],
  [
    { do: 'update-user', user: ada, fields: { locale: null, timezone: 'UTC' } },
    'change ada@example.com: locale null, was empty; timezone "UTC", was empty',
  ],
  [deactivation, 'deactivate ada@example.com'],
  [{ do: 'update-user', user: ada, fields: { active: true } }, 'activate ada@example.com'],
  [changes['delete-user'], 'deactivate ada@example.com'],
  [changes['create-assignment'], 'give role Admin in organization'],
  [
    { ...changes['create-assignment'], whose: 'ada@example.com' },
    'give ada@example.com role Admin in organization',
  ],
  [
    { do: 'delete-assignment', assignment: { ...adasRole, resource_type: 'queue', resource_id: 'Q1' } },
    `take away role Admin in organization, queue Q1 (${adasRole.sid})`,
  ],
  [
    { ...changes['delete-assignment'], whose: 'ada@example.com' },
    `take from ada@example.com role Admin in organization (${adasRole.sid})`,
  ],
  [{ do: 'delete-assignment', assignment: { sid: adasRole.sid } }, `take away ${adasRole.sid}`],
  [changes['send-request'], `POST /v1/Users/${ada.id}`],
])('$do is described in a few words', (change, words) => {
  expect(describeChange(change, label)).toBe(words);
});

test('without labels, roles and scopes are shown by SID', () => {
  expect(describeChange(changes['create-assignment'])).toContain(`${adasRole.role_sid} in ${adasRole.scope}`);
});
