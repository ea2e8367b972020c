import { defineRule } from '../rule.ts';

export const noGuards = defineRule({
  id: 'no-guards',
  summary: 'no guards set in the profile',
  help: 'Without guards in the profile, only the built-in limits keep a mistake from removing access. Flags can tighten the guards of a profile, never loosen them.',
  severity: 'note',
  whyNot: ({ profile }) =>
    profile === undefined ? 'no profile is active here, and guards are set in profiles' : undefined,
  *check({ profile }) {
    if (profile === undefined || profile.hasGuards) return;
    yield {
      message: `The profile ${profile.name} has no guards of its own`,
      assignments: [],
      fix: 'twilio-org guards set --max-removals 20 --keep-admins 2',
      key: [],
    };
  },
});
