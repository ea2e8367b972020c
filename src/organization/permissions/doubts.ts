import type { Doubt } from './decide.ts';

const reasons: Readonly<Record<Doubt, string>> = {
  inheritance: 'Twilio does not publish whether roles of the organization apply in its accounts',
  'denied by another role':
    'Twilio does not publish whether the deny of one role removes what another role allows',
  'role not listed': 'a role is not among the roles that the login can read',
  'no policy': 'Twilio returned a role without its permissions',
  'unknown policy format': 'the policy of a role has a format that Twilio does not publish',
  'unknown pattern': 'the policy of a role has a pattern of a form that Twilio does not publish',
  'only a part': 'a role covers only a part of it: ask about a single permission',
};

/** The reasons for which questions stay open, as a sentence without its capital and full stop. */
export function doubtsInWords(doubts: readonly Doubt[]): string {
  const [only] = doubts;
  if (only !== undefined && doubts.length === 1) return reasons[only];
  return [...new Set(doubts)].map((doubt) => reasons[doubt]).join('; ');
}

/** The assumption about inheritance, as a sentence without its capital and full stop. */
export function assumptionInWords(answer: 'yes' | 'no'): string {
  return `roles of the organization ${answer === 'yes' ? 'apply' : 'do not apply'} in its accounts`;
}
