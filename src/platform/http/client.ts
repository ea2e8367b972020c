import { AppError } from '../core/errors.ts';
import { shellQuote } from '../core/text.ts';
import { sleep, withTimeout } from '../core/timeout.ts';
import {
  describeNetworkError,
  failedBeforeSending,
  isPermanent,
  outcomeUnknownHint,
  toNetworkError,
} from './network-errors.ts';
import { defaultMaxResponseBytes } from './read-body.ts';
import { type Attempt, maxRetryAfterMs, parseRetryAfter, type RetryRules, retryDelay } from './retry.ts';
import { directTransport } from './transports.ts';
import type { HttpOptions, HttpRequest, HttpResponse, Transport } from './types.ts';

/**
 * Sends a request, with the retries that {@link retryDelay} allows, and reads the whole response, whatever its status.
 * Redirects are not followed, because the token would go with them.
 *
 * @throws the error of {@link toNetworkError} without a response; {@link notSentError} when a wait is skipped
 */
export async function sendWithRetries(request: HttpRequest, options: HttpOptions): Promise<HttpResponse> {
  const end = options.activity?.begin(request.label ?? `Waiting for ${request.url.host}`);
  try {
    return await sendUntilDone(request, options);
  } finally {
    end?.();
  }
}

async function sendUntilDone(request: HttpRequest, options: HttpOptions): Promise<HttpResponse> {
  const rules: RetryRules = { repeatable: request.repeatable, maxRetries: options.maxRetries };
  const transport = options.transportFor?.(request.url) ?? directTransport;
  const by = transport.proxy === undefined ? '' : ` through the proxy ${transport.proxy.shown}`;
  /** Set when `beforeSend` kept the request from leaving, which is no network error. */
  let kept: { reason: unknown } | undefined;
  const beforeSend = (): void => {
    try {
      options.beforeSend?.();
      if (request.permit?.isValid() === false) throw notSentError;
      request.permit?.onUse();
    } catch (reason) {
      kept = { reason };
      throw reason;
    }
  };
  for (let tries = 1; ; tries++) {
    options.signal.throwIfAborted();
    const sentAt = (await options.rateLimiter?.acquire(request.permit)) ?? 0;
    const started = options.now();
    options.debug?.(`> ${request.method} ${request.url.href}${by}`);
    if (request.debugBody !== undefined) options.debug?.(`> ${request.debugBody}`);
    if (request.debugResponse && tries === 1) options.debug?.(`  ${asCurl(request, options.tokenCommand)}`);
    let response: HttpResponse | undefined;
    let failure: unknown;
    try {
      response = await attempt(request, transport, { ...options, beforeSend });
    } catch (error) {
      if (options.signal.aborted) throw cancelledUnderWay(request, options.signal);
      if (kept !== undefined) throw notSent(kept.reason);
      failure = error;
    }
    const took = `${options.now() - started} ms`;
    options.debug?.(
      response === undefined
        ? `< no response after ${took}: ${describeNetworkError(failure, options.timeoutMs)}`
        : `< ${response.status} after ${took}${requestIdNote(response)}`,
    );
    if (response !== undefined && (response.status >= 400 || (options.debug && request.debugResponse))) {
      const text = withoutSecrets(response.text, request.secrets);
      if (request.debugResponse) options.debug?.(`< ${truncate(text)}`);
      if (response.status >= 400) response = { ...response, text };
    }
    const outcome: Attempt =
      response === undefined
        ? { status: undefined }
        : { status: response.status, retryAfter: response.headers.get('retry-after') };
    const mayRepeat = {
      ...rules,
      repeatable: rules.repeatable || (response === undefined && failedBeforeSending(failure)),
    };
    const isHopeless = response === undefined && isPermanent(failure);
    const delay = isHopeless
      ? undefined
      : retryDelay(outcome, tries, mayRepeat, options.now(), Math.random());
    const wait = withinBudget(delay, outcome, sentAt, options);
    if (wait !== undefined) {
      options.debug?.(`  retry in ${Math.round(wait)} ms`);
      if (!(await waitForRetry(wait, outcome, request.url, options))) throw notSentError;
    } else if (response === undefined) {
      throw toNetworkError(request, failure, { timeoutMs: options.timeoutMs, by, env: options.env ?? {} });
    } else {
      return response;
    }
  }
}

/** Waits as {@link waitUnlessSkipped} does, and says what for. */
async function waitForRetry(
  ms: number,
  { status }: Attempt,
  { host }: URL,
  options: HttpOptions,
): Promise<boolean> {
  const why =
    status === 429
      ? 'Twilio limits requests: waiting'
      : `${status === undefined ? `No response from ${host}` : `${host} responded with ${status}`}: trying again in`;
  const end = options.activity?.begin(why, options.now() + ms);
  return waitUnlessSkipped(ms, options).finally(end);
}

/** Updates rate limiter and retry budget, and ends retries without budget. A 429 needs no budget: the service works. */
function withinBudget(
  wait: number | undefined,
  outcome: Attempt,
  sentAt: number,
  { retryBudget, rateLimiter, now }: HttpOptions,
): number | undefined {
  const { status } = outcome;
  if (status === 429) {
    const after = parseRetryAfter(outcome.retryAfter, now());
    // A longer wait ends this request, and will end the others too.
    rateLimiter?.onThrottled(sentAt, after === undefined || after > maxRetryAfterMs ? undefined : after);
  }
  if (status !== undefined && status !== 429) rateLimiter?.onSuccess(sentAt);
  if (status !== undefined && status < 500 && status !== 408) retryBudget?.refund();
  else if (wait !== undefined && retryBudget?.spend() === false) return undefined;
  return wait;
}

/** A shell command that repeats the request, without its token. */
function asCurl({ method, url, headers, body }: HttpRequest, tokenCommand: string | undefined): string {
  const shown = Object.entries(headers)
    .filter(([name]) => name !== 'authorization')
    .map(([name, value]) => ` -H ${shellQuote(`${name}: ${value}`)}`);
  const data = body === undefined ? '' : ` --data-raw ${shellQuote(asciiJson(body))}`;
  // Without -g, curl would read brackets as a range of addresses.
  const token = tokenCommand === undefined ? '' : ` -H "authorization: Bearer $(${tokenCommand})"`;
  return `curl -g -X ${method} ${shellQuote(url.href)}${token}${shown.join('')}${data}`;
}

/** The same JSON in ASCII, which every terminal copies unchanged. */
function asciiJson(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function attempt(request: HttpRequest, transport: Transport, options: HttpOptions): Promise<HttpResponse> {
  return withTimeout(options.timeoutMs, options.signal, async (signal) => {
    options.beforeSend?.();
    const response = await transport.fetch(request.url, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(options.userAgent === undefined ? {} : { 'user-agent': options.userAgent }),
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal,
      maxBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
      beforeSend: options.beforeSend,
      readBody: request.readBody,
    });
    const { status, headers, read } = response;
    return { status, headers, text: await response.text(), ...(read === undefined ? {} : { read }) };
  });
}

/** The error of a request that was cancelled under way. */
function cancelledUnderWay(request: HttpRequest, signal: AbortSignal): unknown {
  if (request.repeatable) return signal.reason;
  return new AppError(
    'cancelled',
    `Cancelled while ${request.method} ${request.url.pathname} was under way`,
    { hint: outcomeUnknownHint, outcome: 'unknown' },
  );
}

/** Ends a request that the user stopped before it was sent, or before its retry after a refusal. */
export const notSentError = new AppError('cancelled', 'It was not sent', { outcome: 'not-sent' });

/** True of {@link notSentError}, also with another message or hint. */
export function isStoppedBeforeSending({ kind, outcome }: AppError): boolean {
  return kind === 'cancelled' && outcome === 'not-sent';
}

/** The reason why a request was kept from leaving, with that outcome. */
function notSent(reason: unknown): unknown {
  if (!(reason instanceof AppError) || reason.kind === 'cancelled' || reason.outcome !== undefined)
    return reason;
  return new AppError(reason.kind, reason.message, { ...reason, cause: reason.cause, outcome: 'not-sent' });
}

/** Waits, and returns false when the wait was skipped. Rejects with the signal's reason as soon as it aborts. */
export async function waitUnlessSkipped(
  ms: number,
  { signal, skipWaits }: Pick<HttpOptions, 'signal' | 'skipWaits'>,
): Promise<boolean> {
  try {
    await sleep(ms, skipWaits === undefined ? signal : AbortSignal.any([signal, skipWaits]));
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Hides secrets. Very short ones stay, because hiding them would make the text unreadable. */
function withoutSecrets(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const secret of secrets.filter(({ length }) => length >= 8)) {
    for (const form of [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/')]) {
      shown = shown.replaceAll(form, '[hidden]');
    }
  }
  return shown;
}

/** Shortens a text for a screen, and tells how much is missing. */
export function truncate(text: string, maxLength = 2000): string {
  return text.length <= maxLength
    ? text
    : `${text.slice(0, maxLength)}… (${text.length - maxLength} characters more)`;
}

/** The wait that a response asks for, in milliseconds; undefined when it does not. */
export function retryAfterOf(response: HttpResponse, now: number): number | undefined {
  return parseRetryAfter(response.headers.get('retry-after'), now);
}

export function requestId(response: HttpResponse): string | undefined {
  return response.headers.get('twilio-request-id') ?? undefined;
}

function requestIdNote(response: HttpResponse): string {
  const id = requestId(response);
  return id === undefined ? '' : `, request id ${id}`;
}
