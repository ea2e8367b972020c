import { pluralize } from '../../../platform/core/text.ts';
import { adminRolesInWords, adminRoleWord, adminsOf, unknownInWords, whyNoAdmins } from '../admins.ts';
import { defineRule } from '../rule.ts';

export const fewAdmins = defineRule({
  id: 'few-admins',
  summary: 'fewer active admins of the organization than the minimum',
  help: 'With one admin, an illness or a lost phone locks everybody out. Give the role to a second person. Inactive users do not count, nor does a role in a single account.',
  severity: 'error',
  numbers: { min: 2 },
  whyNot: whyNoAdmins,
  *check(subject, { min }) {
    const admins = adminsOf(subject);
    if (admins.active >= min) return;
    const count =
      admins.active === 0
        ? 'No active user has'
        : `Only ${pluralize(admins.active, 'active user')} ${admins.active === 1 ? 'has' : 'have'}`;
    yield {
      message: `${count} the role ${adminRolesInWords(subject)} in the organization${unknownInWords(admins)}; the minimum is ${min}`,
      assignments: admins.assignments,
      fix: `twilio-org role-assignments create --role ${adminRoleWord(subject)} --scope org`,
      // One admin fewer is another finding.
      key: [String(admins.active)],
    };
  },
});
