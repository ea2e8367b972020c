import { emailProblem } from './email.ts';
import { textFieldNames } from './user-fields.ts';

/**
 * Length limits of a user's texts, in characters. Source: Twilio's SCIM reference. For given and
 * family names the error dictionary requires two characters and the schema none. The schema is followed here; Twilio's
 * response decides.
 */
const limits: Record<(typeof textFieldNames)[number], readonly [min: number, max: number]> = {
  givenName: [0, 255],
  familyName: [0, 255],
  displayName: [0, 255],
  externalId: [2, 255],
  locale: [0, 255],
  timezone: [0, 255],
};

export type TextField = 'email' | keyof typeof limits;

export const textFields: readonly TextField[] = ['email', ...textFieldNames];

/** Checks a text before it is sent. The problem is worded to follow the name of its column or flag. */
export function problemWith(field: TextField, text: string): string | undefined {
  if (field === 'email') return emailProblem(text);
  const [min, max] = limits[field];
  const length = [...text].length;
  if (min > 0 && (length < min || length > max)) return `it must have ${min} to ${max} characters`;
  return length > max ? `it has more than ${max} characters` : undefined;
}
