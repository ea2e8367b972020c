import { expect, test } from 'vitest';
import { roles } from '../../../../src/sandbox/iam/role-fixtures.ts';
import type { User } from '../../../../src/sandbox/scim/user-store.ts';
import { seedState } from '../../../../src/sandbox/state/seed.ts';
import { resolveOptions, type SandboxOptions } from '../../../../src/sandbox/state/settings.ts';

function seeded(options: SandboxOptions = {}) {
  const state = seedState(resolveOptions(options));
  return { ...state, people: [...state.users.all()] };
}

const distinct = (values: unknown[]) => new Set(values).size;

test('the same seed gives the same organization, another seed another one', () => {
  const [first, again, other] = [seeded(), seeded(), seeded({ seed: 2 })];
  expect(again.people).toEqual(first.people);
  expect(again.assignments).toEqual(first.assignments);
  expect(again.accounts).toEqual(first.accounts);
  expect(again.organizationSid).toBe(first.organizationSid);
  expect(other.organizationSid).not.toBe(first.organizationSid);
  expect(other.people[0]?.id).not.toBe(first.people[0]?.id);
});

test('the first users stay the same however many there are', () => {
  expect(seeded({ users: 100 }).people.slice(0, 25)).toEqual(seeded().people);
});

test('the first 25 users include every special user', () => {
  const { people, ownerSid, suspended, emailFixed } = seeded();
  const without = (member: keyof User) => people.filter((user) => user[member] === undefined);
  expect(people).toHaveLength(25);
  expect(people[0]).toMatchObject({ id: ownerSid, active: true });
  expect([...suspended]).toEqual([people[4]?.id]);
  expect([...emailFixed]).toEqual([people[11]?.id]);
  expect(people.filter(({ active }) => !active)).toEqual([people[4], people[7], people[13]]);
  expect(without('externalId')).toEqual([people[9]]);
  expect(without('displayName')).toEqual([people[16]]);
});

test('every seeded user is valid for the API', () => {
  const { people, verifiedDomains } = seeded({ users: 1000 });
  for (const user of people) {
    expect(user.id).toMatch(/^US[0-9a-f]{32}$/);
    expect(user.emails).toEqual([{ value: user.userName, primary: true, type: 'work' }]);
    expect(user.userName).toMatch(/^[a-z]+\.[a-z]+\d*@[a-z.]+$/);
    expect(verifiedDomains).toContain(user.userName.split('@')[1]);
    expect(user.meta.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(user.meta.lastModified >= user.meta.created).toBe(true);
    expect(user.meta.version).toMatch(/^W\/[1-9]\d*$/);
    expect(user.name?.givenName?.length).toBeGreaterThan(0);
  }
  expect(distinct(people.map(({ id }) => id))).toBe(1000);
  expect(distinct(people.map(({ userName }) => userName))).toBe(1000);
  expect(distinct(people.map(({ locale }) => locale))).toBe(12);
  expect(distinct(people.map(({ timezone }) => timezone))).toBe(12);
  const inactive = people.filter(({ active }) => !active).length;
  expect(inactive / 1000).toBeGreaterThan(0.04);
  expect(inactive / 1000).toBeLessThan(0.15);
});

test('the time zones are real', () => {
  for (const { timezone } of seeded().people) {
    expect(() => new Intl.DateTimeFormat('en', { timeZone: timezone })).not.toThrow();
  }
});

test('active users have one to three roles, inactive users none, and the Owner is an Admin of the organization', () => {
  const { people, assignments, organizationSid, ownerSid } = seeded({ users: 200 });
  for (const { id, active } of people) {
    const held = assignments.filter(({ identity }) => identity === id).length;
    expect(held).toBeGreaterThanOrEqual(active ? 1 : 0);
    expect(held).toBeLessThanOrEqual(active ? 3 : 0);
  }
  expect(assignments[0]).toMatchObject({
    identity: ownerSid,
    scope: organizationSid,
    role_sid: roles[0]?.sid,
    resource_type: null,
  });
  expect(assignments.some(({ resource_id }) => resource_id !== null)).toBe(true);
});

test('the requested number of assignments is spread over the users without duplicates', () => {
  const { assignments, accounts, organizationSid } = seeded({ users: 30, assignments: 1500 });
  const held = new Map<string, number>();
  for (const { identity } of assignments) held.set(identity, (held.get(identity) ?? 0) + 1);
  const tuple = ({ order: _, sid: __, ...rest }: (typeof assignments)[number]) => JSON.stringify(rest);
  const managed = accounts.filter((account) => account.managed).map(({ sid }) => sid);
  expect([...held.values()]).toEqual(Array(30).fill(50));
  expect(distinct(assignments.map(tuple))).toBe(1500);
  expect(distinct(assignments.map(({ sid }) => sid))).toBe(1500);
  for (const { scope } of assignments) expect([organizationSid, ...managed]).toContain(scope);
});

test('there may be very many assignments', () => {
  expect(seeded({ users: 2600, assignments: 130_000 }).assignments).toHaveLength(130_000);
});
