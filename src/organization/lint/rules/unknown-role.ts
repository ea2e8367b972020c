import { onResource, resourceKey, sameGrants } from '../grants.ts';
import { defineRule } from '../rule.ts';
import { removalOf } from '../subject.ts';

export const unknownRole = defineRule({
  id: 'unknown-role',
  summary: 'roles that no longer exist',
  help: 'The role is not among the roles of the organization, so what it allows is unknown. A role that no longer exists cannot be given back, so that no plan of --fix removes it.',
  severity: 'warning',
  whyNot: ({ roles, assignments }) =>
    roles.roles.length === 0 && assignments.length > 0 ? 'the list of roles is empty' : undefined,
  *check({ assignments, roles, personName, inScope }) {
    const unknown = assignments.filter(({ role_sid }) => roles.find(role_sid) === undefined);
    for (const group of sameGrants(unknown, (each) => each)) {
      const [{ role_sid, scope, identity }] = group;
      yield {
        person: identity,
        role: role_sid,
        scope,
        message: `${personName(identity)} has the role ${role_sid} ${inScope(scope)}${onResource(group[0])}, which is not in the list of roles`,
        assignments: group,
        fix: removalOf(group),
        key: resourceKey(group[0]),
      };
    }
  },
});
