import type { Activity } from '../core/activity.ts';
import type { Env } from '../core/env.ts';
import type { ProxyServer } from './proxy-settings.ts';
import type { RetryBudget } from './retry.ts';

export interface HttpRequest {
  method: string;
  url: URL;
  /** For people who wait for it, such as `Reading users`; the host when absent. */
  label?: string | undefined;
  headers: Record<string, string>;
  body?: string | undefined;
  /** True when it may be sent again although it may have taken effect. */
  repeatable: boolean;
  /** The body as `debug` may show it; absent for none. */
  debugBody?: string | undefined;
  /** Texts to hide when a response is shown, because a server may echo the request. */
  secrets?: readonly string[] | undefined;
  /** Lets `debug` show the response body and a curl line. Off where tokens are issued. */
  debugResponse?: boolean | undefined;
  /** Reads the body of a successful JSON response in parts, for one that is too long to be held as a whole. */
  readBody?: BodyReader | undefined;
  permit?: SendPermit | undefined;
}

/** A run's permission to send a request, which a stop withdraws. */
export interface SendPermit {
  /** Asked before every attempt, and while it waits. When false, the request ends with {@link notSentError}. */
  isValid(): boolean;
  /** Called when an attempt leaves. */
  onUse(): void;
}

/**
 * Reads a body to its end and resolves to what it makes of it, also where the body is no good: throwing would count as a
 * broken connection. A retry calls it again, with a whole body.
 */
export type BodyReader = (body: AsyncIterable<Uint8Array>) => Promise<unknown>;

export interface HttpResponse {
  status: number;
  headers: ResponseHeaders;
  /** Empty where {@link HttpRequest.readBody} has read the body. */
  text: string;
  /** Result of {@link HttpRequest.readBody}, where it was called. */
  read?: { value: unknown } | undefined;
}

export interface HttpOptions {
  /** For one attempt, from sending to the end of the response. */
  timeoutMs: number;
  maxRetries: number;
  signal: AbortSignal;
  /** Aborted when nothing should be waited for any more. Requests that need no wait are still sent. */
  skipWaits?: AbortSignal | undefined;
  now: () => number;
  debug?: ((line: string) => void) | undefined;
  /** Told what is waited for. */
  activity?: Activity | undefined;
  /** Limit of a decompressed response; {@link defaultMaxResponseBytes} when absent. */
  maxResponseBytes?: number | undefined;
  /** Shared by all requests of a run. Without it, each may use all its retries. */
  retryBudget?: RetryBudget | undefined;
  /** Consulted before every attempt and told its result. Keeps a run at the rate that the service accepts. */
  rateLimiter?: RateLimiter | undefined;
  /** Value of `User-Agent`; not sent when absent. */
  userAgent?: string | undefined;
  /** Shell command that prints the token of a request, for the curl line of `debug`. */
  tokenCommand?: string | undefined;
  /** Called right before each attempt leaves. Throwing ends the request unsent. */
  beforeSend?: (() => void) | undefined;
  /** For advice about certificates. */
  env?: Env | undefined;
  /** True while many changes depend on a token, so that failing token requests are retried longer. */
  patient?: boolean | undefined;
  /** The transport for an address; direct when absent. */
  transportFor?: ((url: URL) => Transport) | undefined;
}

/** Limits the rate of requests. */
export interface RateLimiter {
  /** Resolves with the time when the next request may be sent; rejects with the signal's reason, or with {@link notSentError}. */
  acquire(permit?: SendPermit): Promise<number>;
  /** Call it after a 429. @param sentAt the time of `acquire` @param retryAfterMs the wait that the response asks for */
  onThrottled(sentAt: number, retryAfterMs: number | undefined): void;
  /** Call it after any other response. @param sentAt the time of `acquire` */
  onSuccess(sentAt: number): void;
}

export interface Init {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** Limit of the decompressed response. */
  maxBytes: number;
  /** Called once the connection exists, right before the request leaves; it may throw. */
  beforeSend?: (() => void) | undefined;
  readBody?: BodyReader | undefined;
}

/** The part of `fetch` in use. Redirects are not followed, because the token would go with them. */
export type Fetch = (url: URL, init: Init) => Promise<Pick<Response, 'status'> & FetchedBody>;

interface FetchedBody extends Pick<HttpResponse, 'read'> {
  headers: ResponseHeaders;
  text(): Promise<string>;
}

export type ResponseHeaders = Pick<Headers, 'get'>;

/** Route of a request: direct, or through a proxy. */
export interface Transport {
  proxy: ProxyServer | undefined;
  fetch: Fetch;
}
