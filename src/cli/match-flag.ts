import { matchKeys } from '../changes/planners/match-users.ts';
import { defineFlags } from './flag-spec.ts';

/** The flag of commands that find the users of a list. */
export const matchFlag = defineFlags({
  match: {
    value: 'key',
    summary: 'recognise users by their e-mail address, SID or external id',
    choices: matchKeys,
    default: 'email',
  },
});
