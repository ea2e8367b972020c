/** When an access token ends, and how long it was to last. */
export interface Expiry {
  /** Milliseconds since 1970, by this machine's clock. */
  expiresAt: number;
  /** Milliseconds; `unknown` when the server did not say, so that the end is a guess. Absent from older logins. */
  lifetime?: number | 'unknown' | undefined;
}

/** Documented lifetime of every access token, used when the response has none; milliseconds. */
const defaultLifetimeMs = 3_600_000;

/** The last moment that a date can name (ECMAScript, section 21.4.1.1); milliseconds since 1970. */
const maxDate = 8.64e15;

/** A token is renewed this long before it expires, so that none expires on its way; milliseconds. */
const maxMarginMs = 60_000;

/** The expiry from `expires_in` of a token answer, a number or its text; anything unusable counts as unknown. */
export function expiryOf(expiresIn: unknown, now: number): Expiry {
  const isText = typeof expiresIn === 'string' && /^\d+(\.\d+)?$/.test(expiresIn.trim());
  const lifetime = Math.floor((typeof expiresIn === 'number' || isText ? Number(expiresIn) : 0) * 1000);
  if (lifetime > 0 && now + lifetime <= maxDate) return { expiresAt: now + lifetime, lifetime };
  return { expiresAt: now + defaultLifetimeMs, lifetime: 'unknown' };
}

/** True while a token is good for another request. A short-lived token gets a smaller margin, or it would never be fresh. */
export function isFresh({ expiresAt, lifetime }: Expiry, now: number): boolean {
  const margin = typeof lifetime === 'number' ? Math.min(maxMarginMs, lifetime / 10) : maxMarginMs;
  return expiresAt - margin > now;
}

/** A token refused at this age or younger is not worth renewing: a new one would be refused too; milliseconds. */
export function refusedAtOnce({ lifetime }: Expiry): number {
  return typeof lifetime === 'number' ? Math.min(maxMarginMs, lifetime / 2) : maxMarginMs;
}

/** The expiry in the API's form, such as 2026-01-31T12:00:00Z; `unknown` when it is a guess. */
export function formatExpiry({ expiresAt, lifetime }: Expiry): string {
  if (lifetime === 'unknown' || !(Math.abs(expiresAt) <= maxDate)) return 'unknown';
  return new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z');
}
