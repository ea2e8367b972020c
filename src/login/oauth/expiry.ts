/** The expiry of an access token, and its whole lifetime. */
export interface Expiry {
  /** Milliseconds since 1970, by this machine's clock. */
  expiresAt: number;
  /** Milliseconds; `unknown` when the server gave none, so that `expiresAt` is a guess. Absent from older logins. */
  lifetime?: number | 'unknown' | undefined;
}

/** Documented lifetime of access tokens, used when the response has none; milliseconds. */
const defaultLifetimeMs = 3_600_000;

/** The latest time of a date (ECMAScript, section 21.4.1.1); milliseconds since 1970. */
const maxDate = 8.64e15;

/** Time before expiry at which a token is renewed, so that it does not expire on its way; milliseconds. */
const maxMarginMs = 60_000;

/** The expiry from `expires_in` of a token response, as a number or text. An unusable value counts as unknown. */
export function expiryOf(expiresIn: unknown, now: number): Expiry {
  const isText = typeof expiresIn === 'string' && /^\d+(\.\d+)?$/.test(expiresIn.trim());
  const lifetime = Math.floor((typeof expiresIn === 'number' || isText ? Number(expiresIn) : 0) * 1000);
  if (lifetime > 0 && now + lifetime <= maxDate) return { expiresAt: now + lifetime, lifetime };
  return { expiresAt: now + defaultLifetimeMs, lifetime: 'unknown' };
}

/**
 * True while a token can serve another request. A short-lived token has a smaller margin: otherwise it would never be
 * fresh.
 */
export function isFresh({ expiresAt, lifetime }: Expiry, now: number): boolean {
  const margin = typeof lifetime === 'number' ? Math.min(maxMarginMs, lifetime / 10) : maxMarginMs;
  return expiresAt - margin > now;
}

/** Maximum age at which a refused token is not renewed, because a new one would be refused too; milliseconds. */
export function refusedAtOnce({ lifetime }: Expiry): number {
  return typeof lifetime === 'number' ? Math.min(maxMarginMs, lifetime / 2) : maxMarginMs;
}

/** The expiry in the format of the API, such as 2026-01-31T12:00:00Z; `unknown` for a guess. */
export function formatExpiry({ expiresAt, lifetime }: Expiry): string {
  if (lifetime === 'unknown' || !(Math.abs(expiresAt) <= maxDate)) return 'unknown';
  return new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z');
}
