import { describe, expect, test } from 'vitest';
import { builtInRules } from '../../../../../src/organization/lint/rules/index.ts';
import type { LintFacts } from '../../../../../src/organization/lint/subject.ts';
import {
  account,
  admin,
  findingsOf,
  give,
  org,
  otherAccount,
  person,
  separation,
  support,
  viewer,
} from '../../../../support/lint.ts';

/** An organization with the facts that differ from those of an organization without findings. */
type World = Partial<LintFacts>;

interface Case {
  title: string;
  /** The smallest organization that trips the rule. */
  trips: World;
  /** Its nearest neighbour, which does not. */
  neighbour: World;
  /** A part of the message. */
  message: string;
}

const ada = person(1);
const kim = person(2);
const two = [ada, kim];
const unsaid = person(9, { active: undefined });
const admins = (count: number) => Array.from({ length: count }, (_, index) => person(index + 1));
const asAdmins = (users: LintFacts['users']) => users.map((user) => give(user, admin, org));
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => give(ada, support, `AC${String(index).padStart(32, '0')}`));
const ghost = { id: `US${'f'.repeat(32)}` };
const unknownRole = `IX${'9'.repeat(32)}`;

const cases: Record<string, Case[]> = {
  'few-admins': [
    {
      title: 'one admin, and two',
      trips: { users: two, assignments: asAdmins([ada]) },
      neighbour: { users: two, assignments: asAdmins(two) },
      message: 'Only 1 active user has the role Admin in the organization; the minimum is 2',
    },
    {
      title: 'a second admin who is inactive, or active',
      trips: { users: [ada, person(2, { active: false })], assignments: asAdmins(two) },
      neighbour: { users: two, assignments: asAdmins(two) },
      message: 'Only 1 active user',
    },
    {
      title: 'a second admin of an account alone, or of the organization',
      trips: { users: two, assignments: [give(ada, admin, org), give(kim, admin, account)] },
      neighbour: { users: two, assignments: asAdmins(two) },
      message: 'Only 1 active user',
    },
    {
      title: 'a second admin of one resource alone, or of all',
      trips: {
        users: two,
        assignments: [give(ada, admin, org), give(kim, admin, org, 'billing_group', 'bg')],
      },
      neighbour: { users: two, assignments: asAdmins(two) },
      message: 'Only 1 active user',
    },
    {
      title: 'a second admin of whom it is unknown whether they are active',
      trips: { users: [ada], assignments: asAdmins(two) },
      neighbour: { users: two, assignments: asAdmins(two) },
      message: 'and 1 more may be active: 1 is not a managed user; the minimum is 2',
    },
    {
      title: 'a second admin of whom Twilio does not say whether they are active',
      trips: { users: [ada, person(2, { active: undefined })], assignments: asAdmins(two) },
      neighbour: { users: two, assignments: asAdmins(two) },
      message: 'and 1 more may be active: of 1 Twilio does not say it; the minimum is 2',
    },
    {
      title: 'no admin at all',
      trips: { users: two, assignments: [] },
      neighbour: { users: two, assignments: asAdmins(two) },
      message: 'No active user has the role Admin',
    },
  ],
  'many-admins': [
    {
      title: 'six admins, and five',
      trips: { users: admins(6), assignments: asAdmins(admins(6)) },
      neighbour: { users: admins(6), assignments: asAdmins(admins(5)) },
      message: '6 people have the role Admin in the organization; the maximum is 5',
    },
    {
      title: 'a sixth admin who is no managed user',
      trips: { users: admins(5), assignments: asAdmins(admins(6)) },
      neighbour: { users: admins(6), assignments: asAdmins(admins(5)) },
      message: '6 people (1 of them not managed users)',
    },
    {
      title: 'a sixth admin of whom Twilio does not say whether they are active',
      trips: { users: [...admins(5), unsaid], assignments: asAdmins([...admins(5), unsaid]) },
      neighbour: { users: admins(6), assignments: asAdmins(admins(5)) },
      message: '6 people (1 perhaps inactive)',
    },
  ],
  'separation-of-duties': [
    {
      title: 'both roles, and one of them',
      trips: {
        assignments: [give(ada, support, org), give(ada, viewer, account)],
        separations: [separation([support, viewer])],
      },
      neighbour: {
        assignments: [give(ada, support, org), give(kim, viewer, account)],
        separations: [separation([support, viewer])],
      },
      message: `${ada.userName} has the roles Support and Viewer`,
    },
    {
      title: 'both roles in one scope, and in two',
      trips: {
        assignments: [give(ada, support, account), give(ada, viewer, account)],
        separations: [separation([support, viewer], true)],
      },
      neighbour: {
        assignments: [give(ada, support, account), give(ada, viewer, otherAccount)],
        separations: [separation([support, viewer], true)],
      },
      message: 'in EU production',
    },
    {
      title: 'both permissions, and one of them',
      trips: {
        assignments: [give(ada, support, org), give(ada, viewer, org)],
        separations: [separation(['/twilio/support/write', '/twilio/billing/read'])],
      },
      neighbour: {
        assignments: [give(ada, support, org)],
        separations: [separation(['/twilio/support/write', '/twilio/billing/read'])],
      },
      message: 'may do /twilio/support/write and may do /twilio/billing/read',
    },
    {
      title: 'a role and a permission',
      trips: {
        assignments: [give(ada, support, org), give(ada, viewer, org)],
        separations: [separation([support, '/twilio/billing/read'])],
      },
      neighbour: {
        assignments: [give(ada, support, org)],
        separations: [separation([support, '/twilio/billing/read'])],
      },
      message: 'has the role Support and may do /twilio/billing/read',
    },
  ],
  'inactive-with-roles': [
    {
      title: 'an inactive and an active user with a role',
      trips: { users: [person(1, { active: false })], assignments: [give(ada, support, org)] },
      neighbour: { users: [ada], assignments: [give(ada, support, org)] },
      message: `${ada.userName} is inactive and has 1 role`,
    },
    {
      title: 'an inactive user with and without a role',
      trips: { users: [person(1, { active: false })], assignments: [give(ada, support, org)] },
      neighbour: { users: [person(1, { active: false })], assignments: [] },
      message: 'is inactive',
    },
    {
      title: 'a user of whom it is unknown whether they are active',
      trips: { users: [person(1, { active: false })], assignments: [give(ada, support, org)] },
      neighbour: { users: [person(1, { active: undefined })], assignments: [give(ada, support, org)] },
      message: 'is inactive',
    },
  ],
  'unmanaged-identity': [
    {
      title: 'an identity outside the list of users, and one in it',
      trips: { users: [ada], assignments: [give(ghost, support, org)] },
      neighbour: { users: [ada], assignments: [give(ada, support, org)] },
      message: `${ghost.id} has 1 role and is not a managed user`,
    },
    {
      title: 'a SID in another case',
      trips: { users: [ada], assignments: [give(ghost, support, org)] },
      neighbour: {
        users: [ada],
        assignments: [give({ id: `US${ada.id.slice(2).toUpperCase()}` }, support, org)],
      },
      message: 'not a managed user',
    },
  ],
  'unknown-role': [
    {
      title: 'a role outside the list of roles, and one in it',
      trips: { assignments: [give(ada, unknownRole, account)] },
      neighbour: { assignments: [give(ada, support, account)] },
      message: `${ada.userName} has the role ${unknownRole} in EU production, which is not in the list of roles`,
    },
  ],
  'duplicate-role': [
    {
      title: 'the same role twice, and in two scopes',
      trips: { assignments: [give(ada, support, account), give(ada, support, account)] },
      neighbour: { assignments: [give(ada, support, account), give(ada, support, otherAccount)] },
      message: 'has the role Support in EU production 2 times',
    },
    {
      title: 'the same role twice, and for a resource as well',
      trips: { assignments: [give(ada, support, org, 'flow', 'F1'), give(ada, support, org, 'flow', 'F1')] },
      neighbour: { assignments: [give(ada, support, org), give(ada, support, org, 'flow', 'F1')] },
      message: 'on flow F1 2 times',
    },
    {
      title: 'the same role of one person, and of two',
      trips: { assignments: [give(ada, support, org), give(ada, support, org)] },
      neighbour: { users: two, assignments: [give(ada, support, org), give(kim, support, org)] },
      message: 'in the organization 2 times',
    },
  ],
  'wider-than-others': [
    {
      title: 'two others who have it in accounts, and one',
      trips: {
        users: admins(3),
        assignments: [
          give(ada, support, org),
          give(kim, support, account),
          give(person(3), support, account),
        ],
      },
      neighbour: {
        users: admins(3),
        assignments: [give(ada, support, org), give(kim, support, account)],
      },
      message: `${ada.userName} has the role Support in the organization; the 2 other holders have it in single accounts`,
    },
    {
      title: 'one person who has it in the organization, and two',
      trips: {
        users: admins(4),
        assignments: [give(ada, support, org), ...[2, 3].map((n) => give(person(n), support, account))],
      },
      neighbour: {
        users: admins(4),
        assignments: [
          ...[1, 4].map((n) => give(person(n), support, org)),
          ...[2, 3].map((n) => give(person(n), support, account)),
        ],
      },
      message: 'in the organization',
    },
    {
      title: 'a role for one resource of the organization',
      trips: {
        users: admins(3),
        assignments: [give(ada, support, org), ...[2, 3].map((n) => give(person(n), support, account))],
      },
      neighbour: {
        users: admins(3),
        assignments: [
          give(ada, support, org, 'flow', 'F1'),
          ...[2, 3].map((n) => give(person(n), support, account)),
        ],
      },
      message: 'in the organization',
    },
  ],
  'many-roles': [
    {
      title: '41 roles, and 40',
      trips: { assignments: many(41) },
      neighbour: { assignments: many(40) },
      message: 'has 41 of 50 roles; the maximum is 40',
    },
  ],
  'foreign-address': [
    {
      title: 'an address outside the domains, and one inside',
      trips: { users: [person(1, { userName: 'ada@example.net' })], domains: ['example.com', 'example.org'] },
      neighbour: {
        users: [person(1, { userName: 'ada@EXAMPLE.org' })],
        domains: ['example.com', 'example.org'],
      },
      message: 'ada@example.net is outside example.com or example.org',
    },
    {
      title: 'a domain below, with and without a star',
      trips: { users: [person(1, { userName: 'ada@eu.example.com' })], domains: ['example.com'] },
      neighbour: {
        users: [person(1, { userName: 'ada@eu.example.com' })],
        domains: ['example.com', '*.example.com'],
      },
      message: 'ada@eu.example.com is outside example.com',
    },
    {
      title: 'a second address',
      trips: {
        users: [person(1, { emails: [{ value: person(1).userName }, { value: 'a@example.net' }] })],
        domains: ['example.com'],
      },
      neighbour: {
        users: [person(1, { emails: [{ value: person(1).userName }] })],
        domains: ['example.com'],
      },
      message: '(a@example.net) is outside',
    },
    {
      title: 'an active user, and an inactive one',
      trips: { users: [person(1, { userName: 'a@example.net' })], domains: ['example.com'] },
      neighbour: {
        users: [person(1, { userName: 'a@example.net', active: false })],
        domains: ['example.com'],
      },
      message: 'is outside',
    },
    {
      title: 'domains that are known, or not',
      trips: { users: [person(1, { userName: 'a@example.net' })], domains: ['example.com'] },
      neighbour: { users: [person(1, { userName: 'a@example.net' })], domains: [] },
      message: 'is outside',
    },
  ],
  'no-guards': [
    {
      title: 'a profile without and with guards',
      trips: { profile: { name: 'work', hasGuards: false } },
      neighbour: { profile: { name: 'work', hasGuards: true } },
      message: 'The profile work has no guards of its own',
    },
  ],
};

const bySuppressions = ['expired-suppression', 'unused-suppression'];

test('each rule is in the table', () => {
  const rules = builtInRules.map(({ id }) => id).filter((id) => !bySuppressions.includes(id));
  expect(Object.keys(cases).toSorted()).toEqual(rules.toSorted());
});

describe.each(Object.entries(cases))('the rule %s', (rule, list) => {
  test.each(list)('tells apart $title', ({ trips, neighbour, message }) => {
    const found = findingsOf(trips).filter((finding) => finding.rule === rule);
    expect(found.map((finding) => finding.message)).toEqual([expect.stringContaining(message)]);
    expect(findingsOf(neighbour).filter((finding) => finding.rule === rule)).toEqual([]);
  });
});

test('the fix of a separation removes what certainly gives the second ability, and no role that is undecided', () => {
  const one = person(1);
  const [supports, views, mayView] = [
    give(one, support, account),
    give(one, viewer, account),
    give(one, viewer, org),
  ];
  const findings = findingsOf({
    users: [one],
    assignments: [supports, views, mayView],
    separations: [separation([support, viewer], true)],
  });
  const finding = findings.find(({ scope }) => scope === account);
  expect(finding).toMatchObject({ answer: 'yes', fix: `twilio-org role-assignments delete ${views.sid}` });
  expect(finding?.assignment_sids).toContain(mayView.sid);
});

describe('rules in general', () => {
  test('have an id, a summary and a help that a report can print', () => {
    for (const { id, summary, help } of builtInRules) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(summary).toMatch(/^[a-z].*[^.]$/);
      expect(help).toMatch(/^[A-Z].*\.$/);
    }
    expect(new Set(builtInRules.map(({ id }) => id)).size).toBe(builtInRules.length);
  });

  test('find nothing in an organization that is in order', () => {
    expect(findingsOf({})).toEqual([]);
  });

  test('say nothing of people who never sign in, because Twilio publishes no last sign-in', () => {
    for (const { id, summary, help } of builtInRules)
      expect(`${id} ${summary} ${help}`).not.toMatch(/dormant|stale|last (?:login|sign-in)/i);
  });
});
