import { expect, test } from 'vitest';
import { AssignmentIndex, assignmentKey } from '../../../src/organization/assignments.ts';
import { AppError } from '../../../src/platform/core/errors.ts';
import type { RoleAssignment } from '../../../src/twilio/role-assignments.ts';
import { ada, adasRole, sid } from '../../support/changes.ts';
import { organizationWith } from '../../support/organization.ts';

const scopes = [sid('OR', 1), sid('AC', 1)];
const assignments: RoleAssignment[] = Array.from({ length: 8 }, (_, index) => ({
  sid: sid('IY', index + 1),
  role_sid: sid('IX', 1),
  scope: scopes[index % 2] ?? '',
  identity: sid('US', index + 1),
}));
const sizes = { assignments: 8 };
const identities = (count: number) => assignments.slice(0, count).map(({ identity }) => identity);

test('an index finds the same role in the same scope, with SIDs in any case', () => {
  const index = new AssignmentIndex([adasRole]);
  const { role_sid, scope } = adasRole;
  expect(index.find({ ...adasRole, role_sid: role_sid.toLowerCase(), scope: scope.toUpperCase() })).toBe(
    adasRole,
  );
  expect(index.find({ ...adasRole, resource_type: null, resource_id: null })).toBe(adasRole);
  expect(index.of(ada.id)).toEqual([adasRole]);
});

test.each<[string, Partial<RoleAssignment>]>([
  ['another user', { identity: sid('US', 2) }],
  ['another role', { role_sid: sid('IX', 2) }],
  ['another scope', { scope: sid('AC', 1) }],
  ['a resource', { resource_type: 'billing_group', resource_id: 'b1' }],
])('an index takes an assignment of %s for another one', (_, difference) => {
  expect(new AssignmentIndex([adasRole]).find({ ...adasRole, ...difference })).toBeUndefined();
});

test('resources are told apart by type and by id, whose case matters', () => {
  const key = (resource_type: string, resource_id: string) =>
    assignmentKey({ ...adasRole, resource_type, resource_id });
  expect(new Set([key('a', 'b'), key('a', 'B'), key('c', 'b')]).size).toBe(3);
});

test('without an earlier list, the assignments of users are read one by one', async () => {
  const { organization, reads, checked } = organizationWith({ assignments });
  const index = await organization.assignments.of([...identities(2), ...identities(2)]);
  expect(index.of(identities(2)[1] ?? '')).toEqual([assignments[1]]);
  expect(reads).toEqual(identities(2).map((id) => expect.stringContaining(`Identity=${id}`)));
  expect(checked).toEqual([]);
});

test('the assignments of several users come from a list of fewer pages, which is compared with the baseline', async () => {
  const { organization, reads, checked } = organizationWith({ assignments, sizes });
  const index = await organization.assignments.of(identities(6));
  expect(index.of(identities(6)[5] ?? '')).toEqual([assignments[5]]);
  expect(index.of(assignments[7]?.identity ?? '')).toEqual([]);
  expect(reads).toHaveLength(1);
  expect(checked).toEqual([{ assignments: 8 }]);
});

test('lists give the assignments of users whose SIDs are in another case', async () => {
  const identity = `${sid('US', 0).slice(0, -2)}AB`;
  const held = { ...adasRole, identity: `${sid('US', 0).slice(0, -2)}ab` };
  const { organization } = organizationWith({ assignments: [held], sizes });
  const users = [identity, ...identities(5)];
  expect((await organization.assignments.of(users)).of(identity)).toEqual([held]);
  expect(await organization.assignments.inScope(new Set(users), held.scope)).toEqual([held]);
});

test.each([
  [{ assignments: 199 }, 3, 1],
  [{ assignments: 300 }, 3, 3],
  // With no earlier list of role assignments, nothing would show that this one is incomplete.
  [{ users: 100 }, 3, 3],
  [{ users: 100 }, 6, 1],
  [{ users: 400 }, 6, 6],
  [{ users: 150, assignments: 10 }, 3, 1],
])('with the sizes %o before, the roles of %i users take %i requests', async (before, count, requests) => {
  const { organization, reads } = organizationWith({ assignments, sizes: before });
  await organization.assignments.of(identities(count));
  expect(reads).toHaveLength(requests);
});

test('the roles of users in a scope come from a list of the scope, where that takes fewer requests', async () => {
  const scope = scopes[0];
  const { organization, reads } = organizationWith({ assignments, sizes });
  const held = await organization.assignments.inScope(new Set(identities(4)), scope);
  expect(held).toEqual([assignments[0], assignments[2]]);
  expect(reads).toEqual([expect.stringContaining(`?Scope=${scope}`)]);
});

test('assignments are counted as far as needed, and compared with the baseline when all were counted', async () => {
  const { organization, reads, checked } = organizationWith({ assignments });
  expect(await organization.assignments.countUpTo(5)).toBe(5);
  expect(checked).toEqual([]);
  expect(await organization.assignments.countUpTo(9)).toBe(8);
  expect({ reads: reads.length, checked }).toEqual({ reads: 1, checked: [{ assignments: 8 }] });
});

test('lists of whole scopes are read once, and count where they are enough', async () => {
  const { organization, reads } = organizationWith({ assignments, sizes: { assignments: 54 } });
  const [scope = ''] = scopes;
  const held = await organization.assignments.where({ scope });
  expect(await organization.assignments.where({ scope: scope.toLowerCase() })).toBe(held);
  expect(await organization.assignments.countUpTo(held.length)).toBe(held.length);
  expect(reads).toEqual([expect.stringContaining(`Scope=${scope}`)]);
  expect(await organization.assignments.countUpTo(held.length + 1)).toBe(held.length + 1);
  expect(reads).toHaveLength(2);
  organization.refresh();
  await organization.assignments.where({ scope });
  expect(reads).toHaveLength(3);
});

const shrunk = new AppError('guard', 'The list of role assignments has shrunk');

test('no answer for a few users comes from a list that has lost most of its entries', async () => {
  const contents = { assignments, sizes, checkFails: shrunk };
  const { organization, reads } = organizationWith(contents);
  const few = identities(2);
  const index = await organization.assignments.of(few);
  expect(few.map((id) => index.of(id).length)).toEqual([1, 1]);
  await organization.assignments.inScope(new Set(few), scopes[0]);
  const [list, ...others] = reads;
  expect(list).not.toMatch(/Identity|Scope/);
  expect(others).toEqual([
    ...few.map((id) => expect.stringContaining(`Identity=${id}`)),
    expect.stringContaining(`Scope=${scopes[0]}`),
  ]);
  await expect(organization.assignments.of(identities(6))).rejects.toBe(shrunk);
  await expect(organization.assignments.inScope(new Set(identities(6)), undefined)).rejects.toBe(shrunk);
});

test('a count stops early only where the list has not lost most of its entries', async () => {
  const before = { sizes: { assignments: 54 }, assignments };
  const { organization } = organizationWith({ ...before, checkFails: shrunk });
  await expect(organization.assignments.countUpTo(5)).rejects.toBe(shrunk);
  const complete = organizationWith({ ...before, sizes: { assignments: 16 } });
  expect(await complete.organization.assignments.countUpTo(5)).toBe(8);
  expect(complete.checked).toEqual([]);
});

test('the assignments of a few users need no request after all were listed', async () => {
  const { organization, reads } = organizationWith({ assignments });
  await organization.assignments.all();
  await organization.assignments.of(identities(2));
  expect(await organization.assignments.where({ scope: scopes[1]?.toLowerCase() })).toHaveLength(4);
  expect(reads).toHaveLength(1);
});

test('where a filter is wanted (25203), many users are read by scope, or else one by one', async () => {
  const { organization, reads, checked } = organizationWith({ assignments, sizes, wantsFilter: true });
  const byScope = await organization.assignments.of(identities(7), scopes);
  expect(identities(7).map((id) => byScope.of(id).length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  expect(reads.slice(1)).toEqual(scopes.map((scope) => expect.stringContaining(`Scope=${scope}`)));
  reads.length = 0;
  const byUser = await organization.assignments.of(identities(7));
  expect(identities(7).map((id) => byUser.of(id).length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  expect(reads).toHaveLength(7);
  expect(checked).toEqual([]);
});

test('a list that cannot be read to its end counts as no list', async () => {
  const { organization, checked } = organizationWith({ assignments, wantsFilter: true });
  await expect(organization.assignments.all()).rejects.toMatchObject({ code: 25203 });
  expect(await organization.assignments.where({ identity: sid('US', 1) })).toEqual([assignments[0]]);
  expect(checked).toEqual([]);
});

test('an error other than 25203 ends the reading', async () => {
  const forbidden = ['/v2/Organizations/RoleAssignments?PageSize'];
  const { organization, reads } = organizationWith({ assignments, sizes, forbidden });
  await expect(organization.assignments.of(identities(7))).rejects.toMatchObject({ kind: 'forbidden' });
  expect(reads).toHaveLength(1);
});
