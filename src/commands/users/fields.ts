import type { Command } from 'commander';
import type { UserFields } from '../../api/users.ts';
import { usageError } from '../../errors.ts';

/** The flags of `create` and `update` that describe a user. */
export interface FieldFlags {
  email?: string;
  userName?: string;
  givenName?: string;
  familyName?: string;
  displayName?: string;
  externalId?: string;
  locale?: string;
  timezone?: string;
  inactive?: boolean;
}

export function withFieldFlags(command: Command): Command {
  return command
    .option('--email <email>', 'e-mail address, which is the user name as well')
    .option('--user-name <email>', 'the same as --email; needed for nothing, but if given it must be equal')
    .option('--given-name <name>', 'first name')
    .option('--family-name <name>', 'last name')
    .option('--display-name <name>', 'name as it is shown')
    .option('--external-id <id>', 'id of the user in another system, 2 to 255 characters')
    .option('--locale <tag>', 'language and country, such as fr-FR')
    .option('--timezone <name>', 'time zone, such as Europe/Paris')
    .option('--inactive', 'not allowed to sign in');
}

/** Twilio refuses a user whose name and primary e-mail address differ (25014): said before anything is sent. */
export function checkedEmail(flags: FieldFlags): string | undefined {
  const { email, userName } = flags;
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

/** SCIM at Twilio takes 2 to 160 characters; whether the address exists only its owner knows. */
export function isEmail(text: string): true | string {
  if (text.length > 160) return 'an e-mail address has at most 160 characters';
  // With these it is several, or a name with its address, or two cells of a file with another separator.
  return /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(text) || 'this is not an e-mail address';
}

export function fieldsOf(flags: FieldFlags): UserFields {
  const { givenName, familyName, displayName, externalId, locale, timezone, inactive } = flags;
  const email = checkedEmail(flags);
  const given = { email, givenName, familyName, displayName, externalId, locale, timezone };
  const fields = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as UserFields;
  return inactive ? { ...fields, active: false } : fields;
}
