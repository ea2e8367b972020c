import { AppError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { isSid } from '../../twilio/sids.ts';

/**
 * Readable claims of an access token. Twilio does not document the payload, so a claim may add a question or a refusal,
 * but never removes one.
 */
export interface Claims {
  clientIds: string[];
  organizationSids: string[];
  /** SID of the user whose token it is (US…). */
  subject?: string;
}

/** Deeper than any known claim. The limit protects from a hostile payload. */
const maxDepth = 4;

/** Reads the payload of a JWT (RFC 7519, section 3) without verifying it; a token of another form has no claims. */
export function claimsOf(token: Secret): Claims {
  const payload = payloadOf(token.reveal());
  const { client_id, azp, cid, sub } = payload;
  // RFC 9068, section 2.2; OpenID Connect Core, section 2; Okta's name for it. Other values than the SID of an app are
  // ignored: a login must not fail because of a guess.
  const named = [client_id, azp, cid, sub].filter((each) => typeof each === 'string' && isSid('OQ', each));
  return {
    clientIds: unique(named as string[]),
    organizationSids: unique(textsIn(payload).filter((text) => isSid('OR', text))),
    ...(typeof sub === 'string' && isSid('US', sub) ? { subject: sub } : {}),
  };
}

/** The login that a token should belong to. Unknown members are undefined. */
export interface Expected {
  clientId: string | undefined;
  organizationSid: string | undefined;
  /** For messages, such as "profile default". */
  login: string;
  hint: string;
}

/** Credentials that belong to another login. */
export class ForeignCredentials extends AppError {}

/** Throws `auth` when the token names another app or another organization than the login does. */
export function checkClaims(token: Secret, { clientId, organizationSid, login, hint }: Expected): void {
  const { clientIds, organizationSids } = claimsOf(token);
  const parts = [
    { noun: 'OAuth app', named: clientIds, expected: clientId },
    { noun: 'organization', named: organizationSids, expected: organizationSid },
  ];
  for (const { noun, named, expected } of parts) {
    if (expected === undefined || named.length === 0) continue;
    if (named.some((each) => equalsIgnoreCase(each, expected))) continue;
    throw new ForeignCredentials(
      'auth',
      `The access token names the ${noun} ${named.join(' and ')}, but ${login} names ${expected}`,
      { hint },
    );
  }
}

function payloadOf(token: string): Record<string, unknown> {
  const [, payload = ''] = token.split('.');
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth === maxDepth) return [];
  return Object.values(value).flatMap((member) => textsIn(member, depth + 1));
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}
