import { pluralize } from '../../../platform/core/text.ts';
import { defineRule } from '../rule.ts';
import { removalOf } from '../subject.ts';

export const unmanagedIdentity = defineRule({
  id: 'unmanaged-identity',
  summary: 'identities with roles that are not managed users of the organization',
  help: 'Twilio lists only the users that the organization manages. This identity has roles and is not among them: it may be the Owner, a user of before, or somebody outside. Find out in the Console who it is before you remove its roles.',
  severity: 'warning',
  whyNot: ({ readByUser }) =>
    readByUser
      ? 'this organization lists role assignments only for each user, so that those of other identities are unknown'
      : undefined,
  *check({ holders }) {
    for (const { identity, user, assignments } of holders) {
      if (user !== undefined) continue;
      yield {
        person: identity,
        message: `${identity} has ${pluralize(assignments.length, 'role')} and is not a managed user`,
        assignments,
        fix: removalOf(assignments),
        key: [],
      };
    }
  },
});
