import type { Context, Hono, MiddlewareHandler } from 'hono';
import { isRateLimit, type Settings } from '../state/settings.ts';
import { ApiError, type ErrorCode, errorResponse } from './errors.ts';

/**
 * Decides about one request: undefined to accept it, or the seconds until another may be accepted. Time is in milliseconds, the limit in
 * requests per second. The limit may change between two requests.
 */
export type TakeRequest = (now: number, limit: number) => number | undefined;

/** A token bucket: `limit` requests per second, and as many at once. */
export function tokenBucket(start: number): TakeRequest {
  let tokens = Number.POSITIVE_INFINITY;
  let filledAt = start;
  return (now, limit) => {
    const elapsed = Math.max(0, now - filledAt);
    tokens = Math.min(limit, tokens + (elapsed * limit) / 1000);
    filledAt += elapsed;
    if (tokens < 1) return Math.ceil((1 - tokens) / limit);
    tokens -= 1;
    return undefined;
  };
}

/** A fixed window: `limit` requests in each second of the clock, at any time within it. Many gateways count like this. */
export function fixedWindow(): TakeRequest {
  let second = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return (now, limit) => {
    const current = Math.floor(now / 1000);
    // A clock that was set back does not open a window again.
    if (current > second) {
      second = current;
      taken = 0;
    }
    if (taken >= limit) return second + 1 - current;
    taken += 1;
    return undefined;
  };
}

/** Refuses requests beyond the rate limit with 429. */
export function limitRate(settings: Settings): MiddlewareHandler {
  const { retryAfter, rateLimitWindow, now } = settings;
  const take = rateLimitWindow ? fixedWindow() : tokenBucket(now());
  return async (c, next) => {
    const { rateLimit } = settings;
    if (rateLimit === undefined || isExempt(c)) return next();
    const wait = take(now(), rateLimit);
    if (wait === undefined) return next();
    const response = errorResponse(c.req.path, new ApiError(rateLimitCode(c.req.path)));
    if (retryAfter) response.headers.set('retry-after', String(wait));
    return response;
  };
}

const controlPath = '/sandbox/rate-limit';

function isExempt(c: Context): boolean {
  return c.req.path === '/v2/authorize' || c.req.path === controlPath;
}

function rateLimitCode(path: string): ErrorCode {
  if (path.startsWith('/scim/')) return 25021;
  return path.startsWith('/v2/Organizations/RoleAssignments') ? 25109 : 20429;
}

/** Changes the rate limit of a running sandbox: `PUT /sandbox/rate-limit` with the new one as the body. */
export function addRateLimitRoute(app: Hono, settings: Settings): void {
  app.put(controlPath, async (c) => {
    const rateLimit = Number(await c.req.text());
    if (!isRateLimit(rateLimit))
      throw new ApiError(20001, 'The body must be a whole number from 1 to 1000000');
    settings.rateLimit = rateLimit;
    return c.body(null, 204);
  });
}
