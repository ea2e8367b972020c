import { expect, test } from 'vitest';
import { indexRoles, requireRole } from '../../../src/organization/roles.ts';
import type { Role } from '../../../src/twilio/roles.ts';
import { sid } from '../../support/changes.ts';
import { organizationWith } from '../../support/organization.ts';

const admin: Role = { sid: sid('IX', 1), friendly_name: 'Admin' };
const viewer: Role = { sid: sid('IX', 2), friendly_name: 'Viewer', product_group: 'general' };
const billingViewer: Role = { sid: sid('IX', 3), friendly_name: 'viewer', product_group: 'billing' };
const nameless: Role = { sid: sid('IX', 4) };
const padded: Role = { sid: sid('IX', 5), friendly_name: ' Padded' };
const roles = [admin, viewer, billingViewer, nameless, padded];

test.each([
  ['its name in any case', 'aDMIN'],
  ['its SID in any case', admin.sid.toLowerCase()],
])('a role is found by %s', (_, text) => {
  expect(indexRoles(roles).resolve(text)).toEqual({ sid: admin.sid });
  expect(requireRole(roles, ` ${text} `)).toBe(admin);
});

test('a role without a name is found by its SID', () => {
  expect(requireRole(roles, nameless.sid)).toBe(nameless);
});

test('an unknown role is refused with similar names, or with the way to list all', () => {
  expect(() => requireRole(roles, 'view')).toThrow(
    expect.objectContaining({
      kind: 'not-found',
      message: 'There is no role view',
      hint: 'Did you mean Viewer, viewer?',
    }),
  );
  expect(() => requireRole(roles, 'Owner')).toThrow(
    expect.objectContaining({ hint: 'To list all roles: twilio-org roles list' }),
  );
  expect(indexRoles(roles).resolve('Owner')).toEqual({ problem: 'there is no role Owner' });
  expect(indexRoles(roles).resolve('Admim')).toEqual({
    problem: 'there is no role Admim. Did you mean Admin?',
  });
});

test('a name of several roles is refused with the SIDs of all', () => {
  const candidates = `${viewer.sid} (general), ${billingViewer.sid} (billing)`;
  expect(() => requireRole(roles, 'Viewer')).toThrow(
    expect.objectContaining({
      kind: 'conflict',
      message: '2 roles are named Viewer',
      hint: `Use the SID of one of them: ${candidates}`,
    }),
  );
  expect(indexRoles(roles).resolve('Viewer')).toEqual({
    problem: `2 roles are named Viewer. Use the SID of one: ${candidates}`,
  });
});

test('the display name of a role is a name that import would find again, or else its SID', () => {
  const index = indexRoles(roles);
  expect(index.displayName(admin.sid)).toBe('Admin');
  for (const { sid } of [viewer, billingViewer, nameless, padded]) expect(index.displayName(sid)).toBe(sid);
  expect(index.displayName(sid('IX', 9))).toBe(sid('IX', 9));
  expect(index.nameOf(padded.sid)).toBe(' Padded');
});

test('roles are listed once, and once more with their permissions', async () => {
  const { organization, reads } = organizationWith({ roles });
  await organization.roles.index();
  await organization.roles.get('Admin');
  await organization.roles.sidOf('Admin');
  expect(reads).toHaveLength(1);
  await organization.roles.get('Admin', { expand: true });
  expect(reads.slice(1)).toEqual([expect.stringContaining('Expand=true')]);
});

test('the SID of a role needs no request', async () => {
  const { organization, reads } = organizationWith({ roles });
  expect(await organization.roles.sidOf(` ${sid('IX', 9)} `)).toBe(sid('IX', 9));
  expect(reads).toEqual([]);
});

test.each([
  ['alone', roles, admin.sid, 'Admin'],
  ['of another group', roles, viewer.sid, 'Viewer (general)'],
  ['of the same group', [viewer, { ...viewer, sid: sid('IX', 7) }], viewer.sid, `Viewer (${viewer.sid})`],
  ['without a group', [admin, { ...admin, sid: sid('IX', 7) }], admin.sid, `Admin (${admin.sid})`],
  ['padded', roles, padded.sid, 'Padded'],
  ['without a name', roles, nameless.sid, nameless.sid],
  ['unknown', roles, sid('IX', 9), sid('IX', 9)],
])('a role %s has a label that tells it from others', (_, all, role, label) => {
  expect(indexRoles(all).label(role)).toBe(label);
});
