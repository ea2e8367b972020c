import type { Finding } from '../../src/organization/lint/finding.ts';
import { type Linted, type LintOptions, lint } from '../../src/organization/lint/lint.ts';
import { type Ability, noPolicy, type Separation } from '../../src/organization/lint/policy.ts';
import type { LintFacts } from '../../src/organization/lint/subject.ts';
import { parsePattern } from '../../src/organization/permissions/pattern.ts';
import { indexRoles } from '../../src/organization/roles.ts';
import type { RoleAssignment } from '../../src/twilio/role-assignments.ts';
import type { Role } from '../../src/twilio/roles.ts';
import type { User } from '../../src/twilio/users.ts';

const sid = (prefix: string, n: number) => `${prefix}${n.toString(16).padStart(32, '0')}`;

export const org = sid('OR', 1);
export const account = sid('AC', 1);
export const otherAccount = sid('AC', 2);
export const admin = sid('IX', 0x102);
export const support = sid('IX', 0x105);
export const viewer = sid('IX', 0x106);

const names: Record<string, string> = {
  [org]: 'org',
  [account]: 'EU production',
  [otherAccount]: 'EU sandbox',
};

export function person(n: number, more: Partial<User> | { active: undefined } = {}): User {
  return { id: sid('US', n), userName: `person${n}@example.com`, active: true, ...more } as User;
}

let made = 0;

/** A role assignment with a SID of its own. */
export function give(
  { id }: Pick<User, 'id'>,
  role_sid: string,
  scope: string,
  resource_type: string | null = null,
  resource_id: string | null = null,
): RoleAssignment {
  made += 1;
  return { sid: sid('IY', made), role_sid, scope, identity: id, resource_type, resource_id };
}

export const roles: readonly Role[] = [
  { sid: admin, friendly_name: 'Admin', policy: { allow: ['/twilio/*'], format: 1 } },
  { sid: support, friendly_name: 'Support', policy: { allow: ['/twilio/support/*'], format: 1 } },
  { sid: viewer, friendly_name: 'Viewer', policy: { allow: ['/twilio/billing/read'], format: 1 } },
];

/** Two admins who are no part of what a test is about. */
const others = [person(101), person(102)];

/** An organization in order, but for the given facts. Its two admins are left out where they matter. */
export function facts(given: Partial<LintFacts> = {}): LintFacts {
  const users = given.users ?? [person(1), person(2)];
  const assignments = given.assignments ?? [];
  const isAboutAdmins = given.users !== undefined && assignments.every(({ role_sid }) => role_sid === admin);
  // An admin may do everything, also what is to be kept apart.
  const isQuiet = (!isAboutAdmins || given.domains !== undefined) && given.separations === undefined;
  return {
    roles: indexRoles(roles),
    scopeName: (scope) => names[scope],
    adminRoles: ['Admin', 'Organization Admin'],
    domains: [],
    separations: [],
    assumeInheritance: undefined,
    profile: { name: 'default', hasGuards: true },
    readByUser: false,
    ...given,
    users: isQuiet ? [...users, ...others] : users,
    assignments: isQuiet ? [...assignments, ...others.map((user) => give(user, admin, org))] : assignments,
  };
}

export function linted(given: Partial<LintFacts>, options: Partial<LintOptions> = {}): Linted {
  return lint(facts(given), { policy: noPolicy, baseline: new Map(), today: '2026-11-27', ...options });
}

export function findingsOf(given: Partial<LintFacts>, options: Partial<LintOptions> = {}): Finding[] {
  return linted(given, options).findings;
}

/** Keeps apart roles, by SID, and permissions, by pattern. */
export function separation(abilities: readonly string[], sameScope = false): Separation {
  return {
    abilities: abilities.map((text): Ability => {
      const can = parsePattern(text);
      if (can !== undefined) return { can, name: text };
      return { role: text, name: roles.find((role) => role.sid === text)?.friendly_name ?? text };
    }),
    sameScope,
    place: { file: 'lint.yaml', line: 1, column: 1 },
  };
}
