import { isUserPattern } from '../login/config/schema.ts';
import { parseRoleReference } from '../organization/references.ts';
import { usageError } from '../platform/core/errors.ts';
import { emailProblem } from '../twilio/email.ts';
import { defineFlags } from './flag-spec.ts';
import { parseWholeNumber } from './flag-values.ts';

export function parseFraction(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw usageError(`"${text}" is not a fraction`, 'Give a number from 0 to 1, such as 0.2');
}

/** Refuses an empty pattern, which a shell makes of an unset variable: it would protect no user. */
export function parsePattern(text: string): string {
  const problem = text.includes('@') ? emailProblem(text.replace(/[*?]/g, '0')) : undefined;
  if (problem !== undefined)
    throw usageError(`"${text}" matches no user: ${problem}`, 'Type the pattern again');
  if (isUserPattern(text)) return text;
  throw usageError(
    `"${text}" matches no user`,
    'Give one e-mail address, which may contain * and ?, or the SID of a user. The flag may be given several times',
  );
}

/** The guards that can be kept in a profile. */
export const limitFlags = defineFlags({
  maxRemovals: {
    value: 'n',
    summary: 'refuse to remove more than this at once',
    parse: parseWholeNumber,
    default: '20',
  },
  maxRemovalFraction: {
    value: 'f',
    summary: 'refuse to remove more than this fraction of all, 0 to 1',
    parse: parseFraction,
    default: '0.2',
  },
  protect: {
    value: 'pattern',
    summary: 'remove nothing from users with this e-mail address or SID; * and ? are wildcards',
    parse: parsePattern,
    repeats: true,
  },
  keepAdmins: {
    value: 'n',
    summary: 'keep at least this many active users with the --admin-role',
    parse: parseWholeNumber,
    default: '1',
  },
  adminRole: {
    value: 'role',
    summary: 'the role that --keep-admins counts, on the whole organization: SID or name',
    parse: parseRoleReference,
    default: 'Admin and Organization Admin',
  },
});

/** The flags of a command that may take access away. */
export const guardFlags = defineFlags({
  ...limitFlags,
  overrideGuards: { summary: 'ignore all guards' },
  includingMyself: {
    summary: 'also deactivate yourself, or remove your own roles, without a separate question',
  },
});
