import { containsClear } from '../../../changes/planners/clear.ts';
import { dashed, defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { askEmail } from '../../../cli/questions/asks.ts';
import { usageError } from '../../../platform/core/errors.ts';
import { composedAddress } from '../../../twilio/address.ts';
import { isEmail } from '../../../twilio/email.ts';
import { textFieldNames } from '../../../twilio/user-fields.ts';
import { problemWith, type TextField, textFields } from '../../../twilio/user-limits.ts';
import type { UserFields } from '../../../twilio/users.ts';

/** The flags of `create` and `update` that describe a user. */
export const fieldFlags = defineFlags({
  email: { value: 'email', summary: 'e-mail address, which is also the user name', ask: askEmail },
  userName: { value: 'email', summary: 'same as --email; optional, and must be equal if both are given' },
  givenName: { value: 'name', summary: 'first name' },
  familyName: { value: 'name', summary: 'last name' },
  displayName: { value: 'name', summary: 'name to display' },
  externalId: { value: 'id', summary: 'id of the user in another system, 2 to 255 characters' },
  locale: { value: 'tag', summary: 'language and country, such as fr-FR' },
  timezone: { value: 'name', summary: 'time zone, such as Europe/Paris' },
  inactive: { summary: 'stop the user from signing in' },
});

/** Keys of these flags. */
export const fieldKeys = [
  'email',
  'userName',
  ...textFieldNames,
  'inactive',
] as const satisfies readonly (keyof typeof fieldFlags)[];

export type FieldFlags = FlagsOf<typeof fieldFlags>;

/** Refuses different values before a request: Twilio rejects a user name other than the primary e-mail address (25014). */
function parseEmailFlag(flags: FieldFlags): string | undefined {
  const [email, userName] = [flags.email, flags.userName].map((text) => text && composedAddress(text.trim()));
  if (email !== undefined && userName !== undefined && email !== userName) {
    throw usageError(
      `--user-name ${userName} and --email ${email} differ, and Twilio wants them equal`,
      'Pass --email alone: it sets both',
    );
  }
  const given = email ?? userName;
  const verdict = given === undefined ? true : isEmail(given);
  if (verdict !== true)
    throw usageError(`--email ${given}: ${verdict}`, 'It is the address the user signs in with');
  return given;
}

/** @param of `new` for a user to create, whose external id can't be emptied */
export function parseFieldFlags(flags: FieldFlags, of: 'new' | 'known'): UserFields {
  const { inactive } = flags;
  const email = parseEmailFlag(flags);
  const externalId = flags.externalId === '' && of === 'known' ? null : flags.externalId;
  const given = { ...flags, email, externalId };
  const fields: UserFields = Object.fromEntries(
    textFields.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
  for (const name of textFields) {
    const problem = typeof given[name] === 'string' ? textProblem(name, given[name]) : undefined;
    if (problem !== undefined)
      throw usageError(
        `--${dashed(name)} "${given[name]}": ${problem}`,
        'Nothing was sent. Correct it, or leave the flag out',
      );
  }
  return inactive ? { ...fields, active: false } : fields;
}

function textProblem(name: TextField, text: string): string | undefined {
  return containsClear(text)
    ? 'an empty text empties a field; <clear> does so only in files'
    : problemWith(name, text);
}
