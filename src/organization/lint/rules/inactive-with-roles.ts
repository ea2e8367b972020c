import { pluralize } from '../../../platform/core/text.ts';
import { canonicalSid } from '../../../twilio/sids.ts';
import { defineRule } from '../rule.ts';

export const inactiveWithRoles = defineRule({
  id: 'inactive-with-roles',
  summary: 'inactive users who still have roles',
  help: 'Whoever activates the user again gives all of these roles back with it. Remove them, or activate the user if the roles are meant.',
  severity: 'warning',
  *check({ users, held, userWord }) {
    for (const user of users) {
      if (user.active !== false) continue;
      const assignments = held.get(canonicalSid(user.id)) ?? [];
      if (assignments.length === 0) continue;
      yield {
        person: user.id,
        message: `${user.userName} is inactive and has ${pluralize(assignments.length, 'role')}`,
        assignments,
        fix: `twilio-org users offboard ${userWord(user)}`,
        key: [],
        removes: assignments,
      };
    }
  },
});
