import { AppError, usageError } from '../platform/core/errors.ts';
import { alternatives } from '../platform/core/text.ts';
import { addressKey, composedAddress } from '../twilio/address.ts';
import { emailProblem } from '../twilio/email.ts';
import { canonicalSid, isSid, sidMistake } from '../twilio/sids.ts';
import type { User } from '../twilio/users.ts';
import type { AccountIndex } from './accounts.ts';

/** A user by SID, e-mail address or external id; people write the last as `external:ID`. */
export type UserReference = { id: string } | { userName: string } | { externalId: string };

/** Equal for references to the same user: user names are compared in any case (RFC 7643, section 4.1.1) and Unicode form. */
export function referenceKey(reference: UserReference): string {
  if ('id' in reference) {
    const id = canonicalSid(reference.id);
    // A SID is its own key: a copy for each user of a long list would take as much memory as the SIDs.
    return isSid('US', id) ? id : `id ${id}`;
  }
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

/** Everything that a scope can be named by. */
export interface KnownScopes {
  /** The organization that `org` stands for. */
  organizationSid: string | undefined;
  accounts: AccountIndex;
}

/**
 * The SID of a scope: of the organization of the login for `org`, of an account for its name, both in any case.
 *
 * @throws usage where the text is no scope or names several accounts, or the organization is unknown
 */
export function resolveScope(written: string, { organizationSid: sid, accounts }: KnownScopes): string {
  const text = written.trim();
  if (isSid('OR', text) || isSid('AC', text)) return canonicalSid(text);
  if (text.toLowerCase() !== 'org') return namedAccount(text, accounts);
  if (sid === undefined) {
    throw usageError(
      'The SID of the organization, which "org" stands for, is unknown: TWILIO_ORG_ORGANIZATION_SID is not set',
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  if (isSid('OR', sid)) return canonicalSid(sid);
  throw usageError(`"${sid}" is not the SID of an organization`, 'Give OR and 32 hexadecimal digits');
}

function namedAccount(text: string, accounts: AccountIndex): string {
  const [account, ...others] = accounts.named(text);
  if (account === undefined) throw unknownScope(text, accounts);
  if (others.length === 0) return canonicalSid(account.sid);
  const candidates = [account, ...others].map(({ sid }) => sid).join(', ');
  throw usageError(
    `${others.length + 1} accounts are named "${text}": ${candidates}`,
    'Give the SID of one of them. To see all names: twilio-org accounts list',
  );
}

function unknownScope(text: string, accounts: AccountIndex): AppError {
  const forms = 'Give the SID of the organization (OR…) or an account (AC…), or org';
  const similar = accounts.similar(text).map((name) => `"${name}"`);
  if (similar.length > 0) {
    return usageError(
      `"${text}" is not a scope. Did you mean ${alternatives(similar)}?`,
      'Scopes are SIDs, org, and the names of accounts: twilio-org accounts list',
    );
  }
  const meant = /^org/i.test(text) ? 'Did you mean org? ' : sidMistake(text, 'OR', 'AC');
  const names = accounts.unusable
    ? '. The names of accounts could not be read'
    : accounts.accounts.length > 0
      ? ', or the name of an account: twilio-org accounts list'
      : '. To use names of accounts: twilio-org accounts name';
  return usageError(`"${text}" is not a scope`, `${meant}${forms}${names}`);
}

/** @param users all users whom the reference stands for */
export function ambiguousUser(
  reference: UserReference,
  users: readonly Pick<User, 'id' | 'userName'>[],
): AppError {
  const candidates = users.map(({ id, userName }) => `${id} (${userName})`);
  return new AppError('conflict', `${formatUserReference(reference)} matches ${users.length} users`, {
    hint: `Use the SID of one: ${candidates.join(', ')}`,
  });
}

export function formatUserReference(reference: UserReference): string {
  if ('id' in reference) return reference.id;
  return 'userName' in reference ? reference.userName : `external:${reference.externalId}`;
}

/** @param similar addresses of users that are spelt alike */
export function userNotFound(reference: UserReference, similar: readonly string[] = []): AppError {
  return new AppError('not-found', `There is no user ${formatUserReference(reference)}`, {
    hint:
      similar.length > 0
        ? `Did you mean ${alternatives(similar)}?`
        : 'Only users managed by the organization are visible. To list them: twilio-org users list',
  });
}
