import { pluralize } from '../../../platform/core/text.ts';
import { adminRolesInWords, adminRoleWord, adminsOf, whyNoAdmins } from '../admins.ts';
import { defineRule } from '../rule.ts';

export const manyAdmins = defineRule({
  id: 'many-admins',
  summary: 'more admins of the organization than the maximum',
  help: 'Each admin can do everything, also to other admins. Give people the roles that their work needs. Inactive users do not count, nor does a role in a single account.',
  severity: 'warning',
  numbers: { max: 5 },
  whyNot: whyNoAdmins,
  *check(subject, { max }) {
    const { active, unmanaged, unsaid, assignments } = adminsOf(subject);
    const all = active + unmanaged + unsaid;
    if (all <= max) return;
    const others = [
      ...(unmanaged === 0 ? [] : [`${unmanaged} of them not managed users`]),
      ...(unsaid === 0 ? [] : [`${unsaid} perhaps inactive`]),
    ];
    const note = others.length === 0 ? '' : ` (${others.join(', ')})`;
    yield {
      message: `${pluralize(all, 'person').replace('persons', 'people')}${note} have the role ${adminRolesInWords(subject)} in the organization; the maximum is ${max}`,
      assignments,
      fix: `twilio-org role-assignments delete --role ${adminRoleWord(subject)} --scope org`,
      key: [],
    };
  },
});
