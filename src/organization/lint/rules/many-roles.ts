import { maxRolesPerUser } from '../../../twilio/role-assignments.ts';
import { defineRule } from '../rule.ts';
import { removalOf } from '../subject.ts';

export const manyRoles = defineRule({
  id: 'many-roles',
  summary: 'users close to the limit of 50 roles',
  help: 'Twilio gives a user at most 50 roles over all scopes. The next project can then not be given to this person. One role in the organization often takes the place of many.',
  severity: 'warning',
  numbers: { max: 40 },
  *check({ holders, userWord, personName }, { max }) {
    for (const { identity, user: person, assignments } of holders) {
      if (assignments.length <= max) continue;
      yield {
        person: identity,
        message: `${personName(identity)} has ${assignments.length} of ${maxRolesPerUser} roles; the maximum is ${max}`,
        assignments,
        fix:
          person === undefined
            ? removalOf(assignments.slice(max))
            : `twilio-org role-assignments delete --user ${userWord(person)}`,
        key: [],
      };
    }
  },
});
