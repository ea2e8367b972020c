import type { Settings } from '../login/config/settings.ts';
import { AppError, usageError } from '../platform/core/errors.ts';
import { addressKey, composedAddress, emailProblem } from '../twilio/email.ts';
import { canonicalSid, isSid, sidMistake } from '../twilio/sids.ts';

/** A user by SID, e-mail address or external id; people write the last as `external:ID`. */
export type UserReference = { id: string } | { userName: string } | { externalId: string };

/** Equal for references to the same user: user names are compared in any case (RFC 7643, section 4.1.1) and Unicode form. */
export function referenceKey(reference: UserReference): string {
  if ('id' in reference) return `id ${canonicalSid(reference.id)}`;
  if ('userName' in reference) return `name ${addressKey(reference.userName)}`;
  return `external ${reference.externalId.normalize('NFC')}`;
}

/** @throws usage */
export function parseUserReference(written: string): UserReference {
  const text = written.trim();
  if (isSid('US', text)) return { id: canonicalSid(text) };
  if (/^external:./.test(text)) return { externalId: text.slice('external:'.length) };
  const problem = emailProblem(text);
  if (problem === undefined) return { userName: composedAddress(text) };
  if (text.includes('@'))
    throw usageError(`"${text}": ${problem}`, 'Type the address again, or give the SID of the user');
  throw usageError(
    `"${text}" is not a user`,
    `${sidMistake(text, 'US')}Give a SID (US and 32 hexadecimal digits), an e-mail address, or external:ID${searchAdvice(text)}`,
  );
}

/** Advice for a text that may be a person's name. */
function searchAdvice(text: string): string {
  if (!/^\p{L}[\p{L}\p{M} .'’-]+$/u.test(text)) return '';
  return '. To find a person: twilio-org users list --search NAME';
}

/**
 * The text as the SID or the name of a role.
 *
 * @throws usage where it can be neither
 */
export function parseRoleReference(written: string): string {
  const text = written.trim();
  // IX with a digit and without a space is a mistyped SID, because no role has such a name.
  if (text === '' || isOtherSid(text) || (/^IX(?=\D*\d)\w+$/i.test(text) && !isSid('IX', text))) {
    throw usageError(
      `"${text}" is not a role`,
      `${sidMistake(text, 'IX')}Give a SID (IX and 32 hexadecimal digits) or the name of a role`,
    );
  }
  return canonicalSid(text);
}

/** True for a whole SID of something that is no role. */
function isOtherSid(text: string): boolean {
  return /^[A-Z]{2}[0-9a-f]{32}$/.test(text) && sidMistake(text, 'IX') !== '';
}

/**
 * The SID of a scope; `org` is the organization of the login.
 *
 * @throws usage where the text is no scope, or the organization is unknown
 */
export function resolveScope(written: string, settings: Pick<Settings, 'organizationSid'>): string {
  const text = written.trim();
  if (text !== 'org') {
    if (isSid('OR', text) || isSid('AC', text)) return canonicalSid(text);
    throw usageError(
      `"${text}" is not a scope`,
      `${/^org/i.test(text) ? 'Did you mean org? ' : sidMistake(text, 'OR', 'AC')}Give the SID of the organization (OR…) or an account (AC…), or org`,
    );
  }
  const sid = settings.organizationSid;
  if (sid === undefined) {
    throw usageError(
      'The SID of the organization, which "org" stands for, is unknown',
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  if (isSid('OR', sid)) return canonicalSid(sid);
  throw usageError(`"${sid}" is not the SID of an organization`, 'Give OR and 32 hexadecimal digits');
}

export function ambiguousUser(reference: UserReference, count: number): AppError {
  return new AppError('conflict', `${formatUserReference(reference)} matches ${count} users`, {
    hint: 'Use the SID instead',
  });
}

export function formatUserReference(reference: UserReference): string {
  if ('id' in reference) return reference.id;
  return 'userName' in reference ? reference.userName : `external:${reference.externalId}`;
}

export function userNotFound(reference: UserReference): AppError {
  return new AppError('not-found', `There is no user ${formatUserReference(reference)}`, {
    hint: 'Only users managed by the organization are visible. To list them: twilio-org users list',
  });
}
