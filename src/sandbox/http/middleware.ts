import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context, MiddlewareHandler } from 'hono';
import { seededRandom } from '../state/random.ts';
import type { Settings } from '../state/settings.ts';
import { ApiError, type Code, errorResponse } from './errors.ts';

/** A request that arrived, for tests that assert what was sent or that nothing was. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The text of the body, if there was one. */
  readonly body?: string;
  /** 0 until the answer is there. */
  status: number;
}

const mostRecords = 50_000;

/** Keeps the last 50,000 requests. */
export function record(records: RequestRecord[]): MiddlewareHandler {
  return async (c, next) => {
    const { method, path } = c.req;
    const body = ['GET', 'HEAD'].includes(method) ? '' : await c.req.text();
    const headers = c.req.header();
    const record: RequestRecord = {
      method,
      path,
      query: c.req.query(),
      headers,
      ...(body && { body }),
      status: 0,
    };
    if (records.length === mostRecords) records.shift();
    records.push(record);
    await next();
    record.status = c.res.status;
  };
}

const loopbackHosts = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** Refuses what a page of another site might send here by giving its own name this address (DNS rebinding). */
export const loopbackOnly: MiddlewareHandler = async (c, next) => {
  if (loopbackHosts.test(c.req.header('host') ?? '')) return next();
  return c.text('The sandbox answers to 127.0.0.1 and localhost alone\n', 403);
};

const largestBody = 1_000_000;

/** Refuses a body of more than 1 MB, or of a length that the request does not say, before it is read. */
export const limitedBodies: MiddlewareHandler = async (c, next) => {
  if (Number(c.req.header('content-length') ?? 0) > largestBody)
    return errorResponse(c.req.path, new ApiError(20001, 'The body is larger than 1 MB', 413));
  if (c.req.header('transfer-encoding') !== undefined)
    return errorResponse(c.req.path, new ApiError(20001, 'The length of the body is missing', 411));
  return next();
};

/** What every answer has: an id for support, the time by the sandbox's clock, and the latency that was asked for. */
export function addCommonHeaders({ latency, now }: Settings, closed: AbortSignal): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.header('twilio-request-id', `RQ${randomBytes(16).toString('hex')}`);
    c.header('date', new Date(now()).toUTCString());
    if (latency > 0) await delay(latency, undefined, { signal: closed }).catch(() => undefined);
  };
}

/** Lets `rateLimit` requests a second through, and as many at once (a token bucket). */
export function limitRate({ rateLimit, retryAfter, now }: Settings): MiddlewareHandler {
  let left = rateLimit ?? 0;
  let filledAt = now();
  return async (c, next) => {
    if (rateLimit === undefined || isConsentPage(c)) return next();
    const elapsed = Math.max(0, now() - filledAt);
    left = Math.min(rateLimit, left + (elapsed * rateLimit) / 1000);
    filledAt += elapsed;
    if (left < 1) {
      const response = errorResponse(c.req.path, new ApiError(rateLimitCode(c.req.path)));
      if (retryAfter) response.headers.set('retry-after', String(Math.ceil((1 - left) / rateLimit)));
      return response;
    }
    left -= 1;
    return next();
  };
}

function isConsentPage(c: Context): boolean {
  return c.req.path === '/v2/authorize';
}

function rateLimitCode(path: string): Code {
  if (path.startsWith('/scim/')) return 25021;
  return path.startsWith('/v2/Organizations/RoleAssignments') ? 25109 : 20429;
}

/** Fails some requests to the API: 500 and 503 in its own words, 502 with the page of a gateway. */
export function injectFailures({ fail, seed }: Settings): MiddlewareHandler {
  const random = seededRandom(seed);
  return async (c, next) => {
    const isApi = c.req.path.startsWith('/scim/') || c.req.path.startsWith('/v2/Organizations/');
    if (!isApi || fail === 0 || random() >= fail) return next();
    const kind = Math.floor(random() * 3);
    // What fails after it took effect is what makes a client look before it tries again.
    if (c.req.method !== 'GET' && random() < 0.5) await next();
    c.res = undefined;
    c.res = failure(c.req.path, kind);
  };
}

function failure(path: string, kind: number): Response {
  if (kind === 0) return errorResponse(path, new ApiError(20500));
  if (kind === 1) return errorResponse(path, new ApiError(20503));
  const page =
    '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n';
  return new Response(page, { status: 502, headers: { 'content-type': 'text/html' } });
}
