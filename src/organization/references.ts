import type { Settings } from '../login/config/settings.ts';
import { AppError, usageError } from '../platform/core/errors.ts';
import { isSid } from '../twilio/sids.ts';

/** A user as it is written on the command line: a SID, an e-mail address or `external:ID`. */
export type UserReference = { id: string } | { userName: string } | { externalId: string };

export function parseUserReference(written: string): UserReference {
  const text = written.trim();
  if (isSid('US', text)) return { id: text };
  if (/^external:./.test(text)) return { externalId: text.slice('external:'.length) };
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return { userName: text };
  throw usageError(
    `"${text}" is not a user`,
    'Give a SID (US and 32 hexadecimal digits), an e-mail address, or external:ID',
  );
}

/** Refuses what can be neither a role's SID nor its name. */
export function parseRoleReference(written: string): string {
  const text = written.trim();
  // IX, a digit and no blank: somebody meant a SID, and no role has such a name.
  if (text === '' || (/^IX(?=\D*\d)\w+$/i.test(text) && !isSid('IX', text))) {
    throw usageError(
      `"${text}" is not a role`,
      'Give a SID (IX and 32 hexadecimal digits) or the name of a role',
    );
  }
  return text;
}

/** A scope's SID; `org` is the organization of the profile or the environment. */
export function resolveScope(written: string, settings: Settings): string {
  const text = written.trim();
  if (text !== 'org') {
    if (isSid('OR', text) || isSid('AC', text)) return text;
    throw usageError(
      `"${text}" is not a scope`,
      'Give the SID of the organization (OR…) or an account (AC…), or org',
    );
  }
  const sid = settings.organizationSid;
  if (sid === undefined) {
    throw usageError(
      '"org" stands for the organization\'s SID, and that is not known here',
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  if (isSid('OR', sid)) return sid;
  throw usageError(`"${sid}" is not the SID of an organization`, 'It is OR and 32 hexadecimal digits');
}

/** Nobody can tell which of them is meant. */
export function ambiguousUser(reference: UserReference, count: number): AppError {
  return new AppError('conflict', `${formatUserReference(reference)} stands for ${count} users`, {
    hint: 'Give the SID instead',
  });
}

export function formatUserReference(reference: UserReference): string {
  if ('id' in reference) return reference.id;
  return 'userName' in reference ? reference.userName : `external:${reference.externalId}`;
}

export function userNotFound(reference: UserReference): AppError {
  return new AppError('not-found', `There is no user ${formatUserReference(reference)}`, {
    hint: 'Only users managed by the organization are visible: `twilio-org users list` shows them',
  });
}
