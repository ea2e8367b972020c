import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/organization/lint/finding.ts';
import { lint } from '../../../../src/organization/lint/lint.ts';
import { noPolicy, type Reservation } from '../../../../src/organization/lint/policy.ts';
import { builtInRules } from '../../../../src/organization/lint/rules/index.ts';
import type { LintFacts } from '../../../../src/organization/lint/subject.ts';
import { type PermissionPattern, parsePattern } from '../../../../src/organization/permissions/pattern.ts';
import { indexRoles } from '../../../../src/organization/roles.ts';
import type { RoleAssignment } from '../../../../src/twilio/role-assignments.ts';
import {
  account,
  admin,
  findingsOf,
  give,
  org,
  otherAccount,
  person,
  roles,
  separation,
  support,
  viewer,
} from '../../../support/lint.ts';

const unknownRole = `IX${'9'.repeat(32)}`;

/** Organizations in which every rule can find something: a few people, roles and scopes, and many coincidences. */
const organization = fc
  .record({
    active: fc.array(fc.constantFrom(true, false, undefined), { minLength: 3, maxLength: 6 }),
    given: fc.array(
      fc.record({
        who: fc.nat(7),
        role: fc.constantFrom(admin, support, viewer, unknownRole),
        scope: fc.constantFrom(org, account, otherAccount),
        resource: fc.constantFrom(null, null, 'F1'),
      }),
      { maxLength: 25 },
    ),
  })
  .map(({ active, given }): LintFacts => {
    const users = active.map((isActive, index) =>
      person(index, {
        active: isActive,
        userName: index % 2 ? `p${index}@example.net` : `p${index}@example.com`,
      } as object),
    );
    return {
      users,
      assignments: given.map(({ who, role, scope, resource }) =>
        give(person(who), role, scope, resource && 'flow', resource),
      ),
      roles: indexRoles(roles),
      scopeName: (sid) => sid,
      adminRoles: ['Admin'],
      domains: ['example.com'],
      separations: [
        separation([support, viewer]),
        separation(['/twilio/support/a', '/twilio/billing/read'], true),
      ],
      assumeInheritance: undefined,
      profile: { name: 'default', hasGuards: false },
      readByUser: false,
    };
  });

const place = { file: 'lint.yaml', line: 1, column: 1 };
const reservations = [
  { ability: { role: support, name: 'Support' }, scope: account, only: [{ id: person(1).id }] },
  {
    ability: { can: parsePattern('/twilio/support/a') as PermissionPattern, name: '/twilio/support/a' },
    only: [],
  },
].map((each, index): Reservation => ({ scope: undefined, ...each, id: `own-rule-${index}`, place }));

function findingsIn(facts: LintFacts): Finding[] {
  const policy = { ...noPolicy, reservations };
  return lint(facts, { policy, baseline: new Map(), today: '2026-11-27' }).findings;
}

const printsOf = (facts: LintFacts) => findingsIn(facts).map(({ fingerprint }) => fingerprint);

describe('the fingerprint of a finding', () => {
  test('is that of no other finding', () => {
    fc.assert(
      fc.property(organization, (facts) => {
        const prints = printsOf(facts);
        expect(new Set(prints).size).toBe(prints.length);
      }),
    );
  });

  test('depends on no order, no name, and no SID of an assignment', () => {
    fc.assert(
      fc.property(organization, fc.nat(), (facts, seed) => {
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((each, index) => ({ each, key: (index * 7919 + seed) % 101 }))
            .sort((a, b) => a.key - b.key)
            .map(({ each }) => each);
        const renamed: LintFacts = {
          ...facts,
          users: shuffled(facts.users).map((user) => ({
            ...user,
            userName: user.userName.replace('@', '.new@'),
            displayName: 'New',
          })),
          assignments: shuffled(facts.assignments).map(
            (each): RoleAssignment => ({ ...each, sid: give(person(1), admin, org).sid }),
          ),
          roles: indexRoles(
            shuffled(roles).map((role) => ({ ...role, friendly_name: `New ${role.friendly_name}` })),
          ),
          adminRoles: ['New Admin'],
          scopeName: () => 'another name',
          profile: { name: 'work', hasGuards: false },
        };
        expect(printsOf(renamed).toSorted()).toEqual(printsOf(facts).toSorted());
      }),
    );
  });

  test('is found in random organizations for each rule, but for those about suppressions', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(organization, (facts) => {
        for (const { rule } of findingsIn(facts)) seen.add(rule);
      }),
      { numRuns: 300 },
    );
    const rare = ['many-admins', 'many-roles'];
    const built = builtInRules
      .map(({ id }) => id)
      .filter((id) => !/suppression/.test(id) && !rare.includes(id));
    const expected = [...built, ...reservations.map(({ id }) => id)];
    expect([...seen].filter((id) => !rare.includes(id)).toSorted()).toEqual(expected.toSorted());
  });

  test('changes when an admin is lost, so that a baseline does not hide it', () => {
    const two = [person(1), person(2)];
    const [one] = findingsOf({ users: two, assignments: [give(person(1), admin, org)] });
    const [none] = findingsOf({ users: two, assignments: [] });
    expect(one?.rule).toBe('few-admins');
    expect(none?.rule).toBe('few-admins');
    expect(none?.fingerprint).not.toBe(one?.fingerprint);
  });

  test('is the same text as in earlier versions, because baselines keep it', () => {
    const [finding] = findingsOf({
      users: [person(1, { active: false })],
      assignments: [give(person(1), support, account)],
    });
    expect(finding).toMatchObject({
      rule: 'inactive-with-roles',
      fingerprint: '631b68024994772c01492a6fe41d1d8a',
    });
  });
});
