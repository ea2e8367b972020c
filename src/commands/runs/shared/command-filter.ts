import { commandsWithScopes } from '../../../cli/command-scopes.ts';
import { usageError } from '../../../platform/core/errors.ts';

const reading = /\b(?:list|get|export|diff)$/;
const changing = [
  ...commandsWithScopes.filter((command) => !reading.test(command)),
  'api',
  'runs apply',
  'runs undo',
];

/** Tells whether a run's verb is the command, is in the group, or ends in the word, such as `create`. */
export function commandFilter(text: string | undefined): (verb: string) => boolean {
  if (text === undefined) return () => true;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words[0] === 'twilio-org') words.shift();
  if (words[0] === 'assignments') words[0] = 'role-assignments';
  const isPartOf = (verb: string) => ` ${verb} `.includes(` ${words.join(' ')} `);
  if (words.length === 0 || ![...changing, ...commandsWithScopes].some(isPartOf)) {
    throw usageError(
      `--command "${text}" is not a command that changes anything`,
      `Give a group or a command: ${changing.join(', ')}`,
    );
  }
  return isPartOf;
}
