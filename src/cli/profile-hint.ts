import { shellQuote } from '../platform/core/text.ts';

/**
 * A text in which each command of this program gets the flag `--profile`: with another profile it would show, or change,
 * something else.
 *
 * @param commands first words of the commands that use a profile, such as `users`
 */
export function addProfileFlag(
  text: string,
  profile: string | undefined,
  commands: readonly string[],
): string {
  if (!profile || text.includes('--profile')) return text;
  const command = new RegExp(`\\btwilio-org (?=(?:${commands.join('|')})(?![\\w-]))`, 'g');
  return text.replace(command, `twilio-org --profile ${shellQuote(profile)} `);
}
