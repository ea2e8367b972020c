import type { UserFields } from './users.ts';

/**
 * Length limits of a user's texts, in characters. Source: Twilio's SCIM reference. Of a given or family name the
 * error dictionary wants two; the schema, which wants none, counts, and Twilio's answer where it does not.
 */
const limits: Record<Exclude<keyof UserFields, 'active'>, readonly [least: number, most: number]> = {
  email: [2, 160],
  givenName: [0, 255],
  familyName: [0, 255],
  displayName: [0, 255],
  externalId: [2, 255],
  locale: [0, 255],
  timezone: [0, 255],
};

export type TextField = keyof typeof limits;

export const textFields = Object.keys(limits) as TextField[];

/** Checks a text before it is sent. The problem is worded to follow the name of its column or flag. */
export function problemWith(field: TextField, text: string): string | undefined {
  const [least, most] = limits[field];
  const length = [...text].length;
  if (field === 'email') {
    if (length > most) return `an e-mail address has at most ${most} characters`;
    // With these it is several, or a name with its address, or two cells of a file with another separator.
    return /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(text) ? undefined : 'this is not an e-mail address';
  }
  if (least > 0 && (length < least || length > most)) return `it has ${least} to ${most} characters`;
  return length > most ? `it has more than ${most} characters` : undefined;
}
