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
import { directTransport } from './proxy-tunnel.ts';
import { defaultMaxResponseBytes } from './read-body.ts';
import { type Attempt, maxRetryAfterMs, parseRetryAfter, type RetryRules, retryDelay } from './retry.ts';
import type { HttpOptions, HttpRequest, HttpResponse, Transport } from './types.ts';

/**
 * Sends a request, again where {@link retryDelay} says so, and reads the answer whole. Any status is an answer;
 * no answer is the AppError of {@link toNetworkError}, what is not waited for is {@link notSentError}. Redirects are not followed: the
 * token would go with them.
 */
export async function sendWithRetries(request: HttpRequest, options: HttpOptions): Promise<HttpResponse> {
  const rules: RetryRules = { repeatable: request.repeatable, maxRetries: options.maxRetries };
  const route = options.transportFor?.(request.url) ?? directTransport;
  const by = route.proxy === undefined ? '' : ` through the proxy ${route.proxy.shown}`;
  /** The check that kept the request from leaving: not a network fault. */
  let kept: { reason: unknown } | undefined;
  const beforeSend = (): void => {
    try {
      options.beforeSend?.();
    } catch (reason) {
      kept = { reason };
      throw reason;
    }
  };
  for (let tries = 1; ; tries++) {
    options.signal.throwIfAborted();
    await options.rateLimiter?.acquire();
    const started = options.now();
    options.debug?.(`> ${request.method} ${request.url.href}${by}`);
    if (request.debugBody !== undefined) options.debug?.(`> ${request.debugBody}`);
    if (request.debugResponse && tries === 1) options.debug?.(`  ${asCurl(request, options.tokenCommand)}`);
    let answer: HttpResponse | undefined;
    let fault: unknown;
    try {
      answer = await once(request, route, { ...options, beforeSend });
    } catch (error) {
      if (options.signal.aborted) throw ended(request, options.signal);
      if (kept !== undefined) throw notSent(kept.reason);
      fault = error;
    }
    const took = `${options.now() - started} ms`;
    options.debug?.(
      answer === undefined
        ? `< no answer after ${took}: ${describeNetworkError(fault, options.timeoutMs)}`
        : `< ${answer.status} after ${took}${requestIdNote(answer)}`,
    );
    if (answer !== undefined && (answer.status >= 400 || (options.debug && request.debugResponse))) {
      const text = withoutSecrets(answer.text, request.secrets);
      if (request.debugResponse) options.debug?.(`< ${truncate(text)}`);
      if (answer.status >= 400) answer = { ...answer, text };
    }
    const outcome: Attempt =
      answer === undefined
        ? { status: undefined }
        : { status: answer.status, retryAfter: answer.headers.get('retry-after') };
    const mayRepeat = {
      ...rules,
      repeatable: rules.repeatable || (answer === undefined && failedBeforeSending(fault)),
    };
    const hopeless = answer === undefined && isPermanent(fault);
    const wanted = hopeless ? undefined : retryDelay(outcome, tries, mayRepeat, options.now(), Math.random());
    const wait = withinBudget(wanted, outcome, options);
    if (wait !== undefined) {
      options.debug?.(`  again in ${Math.round(wait)} ms`);
      if (!(await waitUnlessSkipped(wait, options))) throw notSentError;
    } else if (answer === undefined) {
      throw toNetworkError(request, fault, { timeout: options.timeoutMs, by, env: options.env ?? {} });
    } else {
      return answer;
    }
  }
}

/** Tells pace and budget what came of a try. After a 429 there is nothing to save: it is paced, and nothing is broken. */
function withinBudget(
  wait: number | undefined,
  outcome: Attempt,
  { retryBudget: budget, rateLimiter: pace, now }: HttpOptions,
): number | undefined {
  const { status } = outcome;
  if (status === 429) {
    const after = parseRetryAfter(outcome.retryAfter, now());
    // Nobody waits longer than that: whoever was told so gives up, and so will the others.
    pace?.onThrottled(after === undefined || after > maxRetryAfterMs ? undefined : after);
  }
  if (status !== undefined && status !== 429) pace?.onSuccess();
  if (status !== undefined && status < 500 && status !== 408) budget?.refund();
  else if (wait !== undefined && budget?.spend() === false) return undefined;
  return wait;
}

/** A line for a shell that sends the same again; the token is not in it. */
function asCurl({ method, url, headers, body }: HttpRequest, tokenCommand: string | undefined): string {
  const shown = Object.entries(headers)
    .filter(([name]) => name !== 'authorization')
    .map(([name, value]) => ` -H ${shellQuote(`${name}: ${value}`)}`);
  const data = body === undefined ? '' : ` --data-raw ${shellQuote(asciiJson(body))}`;
  // Without -g, curl would take brackets for a range of addresses.
  const token = tokenCommand === undefined ? '' : ` -H "authorization: Bearer $(${tokenCommand})"`;
  return `curl -g -X ${method} ${shellQuote(url.href)}${token}${shown.join('')}${data}`;
}

/** The same JSON in characters that every terminal shows and gives back as they are. */
function asciiJson(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function once(request: HttpRequest, route: Transport, options: HttpOptions): Promise<HttpResponse> {
  return withTimeout(options.timeoutMs, options.signal, async (signal) => {
    options.beforeSend?.();
    const response = await route.fetch(request.url, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(options.userAgent === undefined ? {} : { 'user-agent': options.userAgent }),
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal,
      maxBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
      beforeSend: options.beforeSend,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  });
}

/** What ends the program, with a word about a write that was under way. */
function ended(request: HttpRequest, signal: AbortSignal): unknown {
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

/** Waits; tells whether it did so to the end. Rejects with the signal's reason at once when that is given. */
export async function waitUnlessSkipped(
  ms: number,
  { signal, skipWaits: hurry }: Pick<HttpOptions, 'signal' | 'skipWaits'>,
): Promise<boolean> {
  try {
    await sleep(ms, hurry === undefined ? signal : AbortSignal.any([signal, hurry]));
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Very short values are no secrets, and would tear holes into every word. */
function withoutSecrets(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const secret of secrets.filter(({ length }) => length >= 8)) {
    for (const form of [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/')]) {
      shown = shown.replaceAll(form, '[hidden]');
    }
  }
  return shown;
}

/** As much of a text as helps on a screen. */
export function truncate(text: string, most = 2000): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} characters more)`;
}

/** How long an answer says to wait; milliseconds, undefined when it does not say. */
export function retryAfterOf(answer: HttpResponse, now: number): number | undefined {
  return parseRetryAfter(answer.headers.get('retry-after'), now);
}

export function requestId(answer: HttpResponse): string | undefined {
  return answer.headers.get('twilio-request-id') ?? undefined;
}

function requestIdNote(answer: HttpResponse): string {
  const id = requestId(answer);
  return id === undefined ? '' : `, request id ${id}`;
}
