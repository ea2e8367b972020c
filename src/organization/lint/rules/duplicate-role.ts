import { equalsIgnoreCase } from '../../../twilio/decode.ts';
import type { RoleAssignment } from '../../../twilio/role-assignments.ts';
import { onResource, resourceKey, sameGrants } from '../grants.ts';
import { defineRule } from '../rule.ts';
import { removalOf } from '../subject.ts';

export const duplicateRole = defineRule({
  id: 'duplicate-role',
  summary: 'the same role given twice, to the same person in the same place',
  help: 'Removing one of them looks as if the role were gone, while the person keeps it. Remove all but one.',
  severity: 'warning',
  *check({ holders, personName, roleName, inScope }) {
    for (const { identity, assignments: all } of holders) {
      if (!hasAnyTwice(all)) continue;
      for (const group of sameGrants(all, (each) => each)) {
        // The same one is kept in each run, whatever the order of the list.
        const [keeps, ...removes] = group.toSorted((a, b) => (a.sid < b.sid ? -1 : 1));
        if (keeps === undefined || removes.length === 0) continue;
        const { role_sid, scope } = keeps;
        yield {
          person: identity,
          role: role_sid,
          scope,
          message: `${personName(identity)} has the role ${roleName(role_sid)} ${inScope(scope)}${onResource(keeps)} ${group.length} times`,
          assignments: [keeps, ...removes],
          fix: removalOf(removes),
          key: resourceKey(keeps),
          removes,
          keeps,
        };
      }
    }
  },
});

/** False where no role is given twice in a scope, which is so for nearly everybody. */
function hasAnyTwice(all: readonly RoleAssignment[]): boolean {
  return all.some((one, index) => {
    for (let before = 0; before < index; before += 1) {
      const other = all[before];
      if (equalsIgnoreCase(one.role_sid, other?.role_sid) && equalsIgnoreCase(one.scope, other?.scope))
        return true;
    }
    return false;
  });
}
