import type { Command } from 'commander';
import { usageError } from '../../../platform/core/errors.ts';
import { isEmail } from '../../../twilio/email.ts';
import { problemWith, textFields } from '../../../twilio/user-limits.ts';
import type { UserFields } from '../../../twilio/users.ts';

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

export function addFieldFlags(command: Command): Command {
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
export function parseEmailFlag(flags: FieldFlags): string | undefined {
  const [email, userName] = [flags.email?.trim(), flags.userName?.trim()];
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

/** @param of whether the user is new: then an external id can't be emptied */
export function parseFieldFlags(flags: FieldFlags, of: 'new' | 'known'): UserFields {
  const { inactive } = flags;
  const email = parseEmailFlag(flags);
  const externalId = flags.externalId === '' && of === 'known' ? null : flags.externalId;
  const given = { ...flags, email, externalId };
  const fields: UserFields = Object.fromEntries(
    textFields.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
  for (const name of textFields) {
    const problem = typeof given[name] === 'string' ? problemWith(name, given[name]) : undefined;
    if (problem !== undefined)
      throw usageError(
        `--${dashed(name)} "${given[name]}": ${problem}`,
        'Nothing was sent. Correct it, or leave the flag out',
      );
  }
  return inactive ? { ...fields, active: false } : fields;
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
