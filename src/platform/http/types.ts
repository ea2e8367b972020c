import type { Env } from '../core/env.ts';
import type { ProxyServer } from './proxy-settings.ts';
import type { RetryBudget } from './retry.ts';

export interface HttpRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  /** May it be sent again although it may already have taken effect? */
  repeatable: boolean;
  /** What `--debug` shows of the body; nothing when absent. */
  debugBody?: string | undefined;
  /** What is hidden in what is told of the answer: a server, or something before it, may repeat what it was sent. */
  secrets?: readonly string[] | undefined;
  /** Whether `--debug` shows the body of the answer, and how to repeat the request: not where tokens are given out. */
  debugResponse?: boolean | undefined;
}

export interface HttpResponse {
  status: number;
  headers: ResponseHeaders;
  text: string;
}

export interface HttpOptions {
  /** For one try, from sending to the end of the answer; milliseconds. */
  timeoutMs: number;
  maxRetries: number;
  signal: AbortSignal;
  /** Given when nothing is to be waited for any more: what needs no wait is still sent. */
  skipWaits?: AbortSignal | undefined;
  now: () => number;
  debug?: ((line: string) => void) | undefined;
  /** How large an answer may be; bytes, {@link maxResponseBytes} when absent. */
  maxResponseBytes?: number | undefined;
  /** Shared by all requests of a run; without it each may use all its tries. */
  retryBudget?: RetryBudget | undefined;
  /** Asked before every attempt, and told its result: it keeps a run of many requests at a rate that the server accepts. */
  rateLimiter?: RateLimiter | undefined;
  /** Value of `User-Agent`; not sent when absent. */
  userAgent?: string | undefined;
  /** Shell command that prints the token of a request, for the curl line of `debug`. */
  tokenCommand?: string | undefined;
  /** Called right before each try leaves; what it throws ends the request with nothing sent. */
  beforeSend?: (() => void) | undefined;
  /** For advice about certificates. */
  env?: Env | undefined;
  /** True when many changes depend on a token, which is then worth waiting for. */
  patient?: boolean | undefined;
  /** The way to an address; straight there when absent. */
  transportFor?: ((url: URL) => Transport) | undefined;
}

/** Keeps many requests from coming too fast. */
export interface RateLimiter {
  /** Resolves when the next request may be sent; rejects with the signal's reason, or with {@link notSent}. */
  acquire(): Promise<void>;
  /** An answer was a 429. @param after how long it says to wait; milliseconds */
  onThrottled(after: number | undefined): void;
  /** Any other answer came. */
  onSuccess(): void;
}

export interface Init {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** How large the answer may be; bytes. */
  maxBytes: number;
  /** Called again where the way there takes a while, right before the request leaves; it may throw. */
  beforeSend?: (() => void) | undefined;
}

/** As much of `fetch` and its answer as is used. Redirects are answers: the token would go with them. */
export type Fetch = (
  url: URL,
  init: Init,
) => Promise<Pick<Response, 'status' | 'text'> & { headers: ResponseHeaders }>;

export type ResponseHeaders = Pick<Headers, 'get'>;

/** The way that a request takes. */
export interface Transport {
  proxy: ProxyServer | undefined;
  fetch: Fetch;
}
