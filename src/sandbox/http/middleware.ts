import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import { seededRandom } from '../state/random.ts';
import type { Settings } from '../state/settings.ts';
import { ApiError, errorResponse } from './errors.ts';

/** A request that arrived. Tests assert on it. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The text of the body, if there was one. */
  readonly body?: string;
  /** 0 until the response is sent. */
  status: number;
}

const maxRecords = 50_000;

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
    if (records.length === maxRecords) records.shift();
    records.push(record);
    await next();
    record.status = c.res.status;
  };
}

const loopbackHosts = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** Prevents DNS rebinding, in which a page of another site reaches this server through its own host name. */
export const loopbackOnly: MiddlewareHandler = async (c, next) => {
  if (loopbackHosts.test(c.req.header('host') ?? '')) return next();
  return c.text('The sandbox only answers requests to 127.0.0.1 and localhost\n', 403);
};

const maxBodyBytes = 1_000_000;

/** Refuses a body of more than 1 MB, or of undeclared length, before reading it. */
export const limitedBodies: MiddlewareHandler = async (c, next) => {
  if (Number(c.req.header('content-length') ?? 0) > maxBodyBytes)
    return errorResponse(c.req.path, new ApiError(20001, 'The body is larger than 1 MB', 413));
  if (c.req.header('transfer-encoding') !== undefined)
    return errorResponse(c.req.path, new ApiError(20001, 'The length of the body is missing', 411));
  return next();
};

/** Gives every response a request id, the time of the sandbox's clock, and the configured latency. */
export function addCommonHeaders({ latency, now }: Settings, closed: AbortSignal): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.header('twilio-request-id', `RQ${randomBytes(16).toString('hex')}`);
    c.header('date', new Date(now()).toUTCString());
    if (latency > 0) await delay(latency, undefined, { signal: closed }).catch(() => undefined);
  };
}

/** Fails some API requests: with 500 and 503 in the API's format, and with the HTML page of a gateway for 502. */
export function injectFailures({ fail, seed }: Settings): MiddlewareHandler {
  const random = seededRandom(seed);
  return async (c, next) => {
    const isApi = c.req.path.startsWith('/scim/') || c.req.path.startsWith('/v2/Organizations/');
    if (!isApi || fail === 0 || random() >= fail) return next();
    const kind = Math.floor(random() * 3);
    // A write that fails after it took effect forces clients to check before they retry.
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
