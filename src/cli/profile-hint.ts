import { shellQuote } from '../platform/core/text.ts';

/** A text in which each command of this program is for the profile: with another it would show, or change, something else. */
export function addProfileFlag(text: string, profile: string | undefined): string {
  if (!profile || text.includes('--profile')) return text;
  return text.replace(
    /\btwilio-org (?=(?:access|api|apps|auth|doctor|guards|role-assignments|roles|runs|users)\b)/g,
    `twilio-org --profile ${shellQuote(profile)} `,
  );
}
