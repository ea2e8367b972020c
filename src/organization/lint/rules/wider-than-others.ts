import { pushTo } from '../../../platform/core/push-to.ts';
import { pluralize } from '../../../platform/core/text.ts';
import type { RoleAssignment } from '../../../twilio/role-assignments.ts';
import { canonicalSid } from '../../../twilio/sids.ts';
import { coversOrganization } from '../../assignments.ts';
import { defineRule } from '../rule.ts';
import { removalOf } from '../subject.ts';

export const widerThanOthers = defineRule({
  id: 'wider-than-others',
  summary: 'a role in the whole organization that everybody else has in single accounts',
  help: 'The role was probably meant for an account. Give it there first, then remove it from the organization.',
  severity: 'note',
  numbers: { min_others: 2 },
  *check({ assignments, personName, roleName }, { min_others }) {
    const single = [...wideByRole(assignments)].filter(([, { size }]) => size === 1);
    const othersOf = othersByRole(assignments, new Set(single.map(([role]) => role)));
    for (const [role, wide] of single) {
      const [person = ''] = wide.keys();
      const others = new Set(othersOf.get(role));
      others.delete(person);
      if (others.size < min_others) continue;
      const own = wide.get(person) ?? [];
      yield {
        person,
        role,
        ...(own[0] === undefined ? {} : { scope: own[0].scope }),
        message: `${personName(person)} has the role ${roleName(role)} in the organization; the ${pluralize(others.size, 'other holder')} ${others.size === 1 ? 'has' : 'have'} it in single accounts`,
        assignments: own,
        fix: removalOf(own),
        key: [],
      };
    }
  },
});

/** By role and person, the assignments that cover the organization. */
function wideByRole(assignments: readonly RoleAssignment[]): Map<string, Map<string, RoleAssignment[]>> {
  const roles = new Map<string, Map<string, RoleAssignment[]>>();
  for (const assignment of assignments) {
    const role = canonicalSid(assignment.role_sid);
    const wide = roles.get(role) ?? new Map<string, RoleAssignment[]>();
    // Roles are in the order of all assignments, and so are the findings.
    roles.set(role, wide);
    if (coversOrganization(assignment)) pushTo(wide, canonicalSid(assignment.identity), assignment);
  }
  return roles;
}

/** The people who have one of these roles in an account. */
function othersByRole(
  assignments: readonly RoleAssignment[],
  wanted: ReadonlySet<string>,
): Map<string, string[]> {
  const others = new Map<string, string[]>();
  if (wanted.size === 0) return others;
  for (const { role_sid, scope, identity } of assignments) {
    const role = canonicalSid(role_sid);
    // A role for one resource of the organization is no role in an account.
    if (scope.startsWith('AC') && wanted.has(role)) pushTo(others, role, canonicalSid(identity));
  }
  return others;
}
