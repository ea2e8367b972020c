import { AppError } from '../errors.ts';
import { type RetryRules, retryAfterMs, retryDelay, type Try } from './retry.ts';

export interface HttpRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  /** May it be sent again although it may already have taken effect? */
  repeatable: boolean;
  /** What `--debug` shows of the body; nothing when absent. */
  shownBody?: string | undefined;
  /** Whether `--debug` shows the body of the answer: not where that holds tokens. */
  showAnswer?: boolean | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

export interface HttpOptions {
  /** For one try, from sending to the end of the answer; milliseconds. */
  timeout: number;
  maxRetries: number;
  signal: AbortSignal;
  now: () => number;
  debug?: ((line: string) => void) | undefined;
}

/**
 * Sends a request, again where {@link retryDelay} says so, and reads the answer whole. Any status is an answer;
 * no answer is an AppError: `temporary` when the request never left or may be repeated, `unknown-outcome` when a
 * write was sent. Redirects are not followed: the token would go with them.
 */
export async function exchange(request: HttpRequest, options: HttpOptions): Promise<HttpAnswer> {
  const rules: RetryRules = { repeatable: request.repeatable, maxRetries: options.maxRetries };
  for (let tries = 1; ; tries++) {
    options.signal.throwIfAborted();
    const started = options.now();
    options.debug?.(`> ${request.method} ${request.url.href}`);
    if (request.shownBody !== undefined) options.debug?.(`> ${request.shownBody}`);
    let answer: HttpAnswer | undefined;
    let fault: unknown;
    try {
      answer = await once(request, options);
    } catch (error) {
      if (options.signal.aborted) throw ended(request, options.signal);
      fault = error;
    }
    const took = `${options.now() - started} ms`;
    options.debug?.(
      answer === undefined
        ? `< no answer after ${took}: ${reason(fault, options)}`
        : `< ${answer.status} after ${took}${requestIdNote(answer)}`,
    );
    if (answer !== undefined && request.showAnswer) options.debug?.(`< ${beginning(answer.text)}`);
    const outcome: Try =
      answer === undefined
        ? { status: undefined }
        : { status: answer.status, retryAfter: answer.headers.get('retry-after') };
    const mayRepeat = {
      ...rules,
      repeatable: rules.repeatable || (answer === undefined && neverLeft(fault)),
    };
    // Asking again does not make a certificate good.
    const hopeless = answer === undefined && certificateFault(fault);
    const wait = hopeless ? undefined : retryDelay(outcome, tries, mayRepeat, options.now(), Math.random());
    if (wait !== undefined) {
      options.debug?.(`  again in ${Math.round(wait)} ms`);
      await sleep(wait, options.signal);
    } else if (answer === undefined) {
      throw noAnswer(request, fault, options);
    } else {
      return notRedirected(request, answer);
    }
  }
}

async function once(request: HttpRequest, options: HttpOptions): Promise<HttpAnswer> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    ...(request.body === undefined ? {} : { body: request.body }),
    redirect: 'manual',
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeout)]),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function notRedirected(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
  if (answer.status < 300 || answer.status > 399) return answer;
  throw new AppError('failure', `${request.url.origin} answered with a redirect, which is not followed`, {
    hint: 'Check the address it was asked for: TWILIO_ORG_API_URL, TWILIO_ORG_OAUTH_URL, and any proxy in between',
    status: answer.status,
  });
}

/** What ends the program, with a word about a write that was under way. */
function ended(request: HttpRequest, signal: AbortSignal): unknown {
  if (request.repeatable) return signal.reason;
  return new AppError(
    'cancelled',
    `Cancelled while ${request.method} ${request.url.pathname} was under way`,
    {
      hint: mayHaveHappened,
    },
  );
}

const mayHaveHappened = 'It may or may not have happened: look before you run it again';

/** Resolves after `ms` milliseconds; rejects with the signal's reason at once when that is given. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}

/** As much of a text as helps on a screen. */
function beginning(text: string): string {
  const most = 2000;
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} characters more)`;
}

/** Codes of faults that happen before a byte of the request is sent. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function neverLeft(fault: unknown): boolean {
  const code = faultCode(fault);
  return code !== undefined && beforeSending.has(code);
}

function noAnswer(request: HttpRequest, fault: unknown, options: HttpOptions): AppError {
  const what = reason(fault, options);
  if (certificateFault(fault)) {
    return new AppError('failure', `The certificate of ${request.url.origin} is not trusted: ${what}`, {
      hint: 'If a proxy of your company re-signs traffic, name its CA file in NODE_EXTRA_CA_CERTS',
      cause: fault,
    });
  }
  if (request.repeatable || neverLeft(fault)) {
    return new AppError('temporary', `${request.url.origin} could not be reached: ${what}`, {
      hint: 'Check the network and the address, then run the same command again',
      cause: fault,
    });
  }
  return new AppError(
    'unknown-outcome',
    `${request.method} ${request.url.pathname}: no answer came (${what})`,
    {
      hint: mayHaveHappened,
      cause: fault,
    },
  );
}

function reason(fault: unknown, options: HttpOptions): string {
  if (fault instanceof Error && fault.name === 'TimeoutError') {
    return `no whole answer within ${options.timeout / 1000} seconds`;
  }
  const code = faultCode(fault);
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND') return 'no such host';
  return code ?? 'the connection broke';
}

function faultCode(fault: unknown): string | undefined {
  for (let error = fault, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error instanceof AggregateError && error.errors.length > 0) return faultCode(error.errors[0]);
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}

function certificateFault(fault: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(faultCode(fault) ?? '');
}

/** How long a refused caller was told to wait, for the message; undefined when the answer does not say. */
export function toldToWait(answer: HttpAnswer, now: number): string | undefined {
  const ms = retryAfterMs(answer.headers.get('retry-after'), now);
  if (ms === undefined) return undefined;
  const seconds = Math.ceil(ms / 1000);
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}

export function requestId(answer: HttpAnswer): string | undefined {
  return answer.headers.get('twilio-request-id') ?? undefined;
}

function requestIdNote(answer: HttpAnswer): string {
  const id = requestId(answer);
  return id === undefined ? '' : `, request id ${id}`;
}
