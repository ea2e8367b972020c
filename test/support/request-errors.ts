import { AppError, type RequestOutcome } from '../../src/platform/core/errors.ts';
import { Secret } from '../../src/platform/core/secret.ts';
import { notSentError, sendWithRetries } from '../../src/platform/http/client.ts';
import { toNetworkError } from '../../src/platform/http/network-errors.ts';
import type { Fetch, HttpOptions, HttpRequest, HttpResponse } from '../../src/platform/http/types.ts';
import { createSend, type Method } from '../../src/twilio/client.ts';
import { toApiError } from '../../src/twilio/errors.ts';
import { detectForeignResponse } from '../../src/twilio/foreign-response.ts';

const url = new URL('http://127.0.0.1:1/scim/v2/Users');

export const httpOptions = (given: Partial<HttpOptions> = {}): HttpOptions => ({
  timeoutMs: 1000,
  maxRetries: 0,
  signal: new AbortController().signal,
  now: () => 0,
  ...given,
});

/** A transport without a network. */
export function through(fetch: Fetch): Pick<HttpOptions, 'transportFor'> {
  return { transportFor: () => ({ proxy: undefined, fetch }) };
}

const write: HttpRequest = { method: 'POST', url, headers: {}, body: '{}', repeatable: false };

export function response(status: number, text = '', headers: Record<string, string> = {}): HttpResponse {
  return { status, text, headers: { get: (name) => headers[name] ?? null } };
}

/** A code as Node sets it, and the system call that failed. */
function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(code), { code, ...(syscall === undefined ? {} : { syscall }) });
}

async function thrownBy(work: () => Promise<unknown> | unknown): Promise<AppError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown');
}

function network(fault: unknown): () => Promise<AppError> {
  return async () => toNetworkError(write, fault, { timeoutMs: 1000, by: '', env: {} });
}

function api(status: number, code?: number): () => Promise<AppError> {
  const text = code === undefined ? '' : JSON.stringify({ code, message: 'no' });
  return async () => toApiError(response(status, text), { scopes: [], write: true, now: 0 });
}

function foreign(status: number, text = '', method: Method = 'POST'): () => Promise<AppError> {
  return async () => {
    const error = detectForeignResponse(response(status, text), { method, url }, true);
    if (error === undefined) throw new Error('It may have been Twilio');
    return error;
  };
}

const html = '<html>';

function cancelledUnderWay(): Promise<AppError> {
  const stop = new AbortController();
  const fetch: Fetch = async () => {
    stop.abort(new AppError('cancelled', 'Cancelled'));
    throw stop.signal.reason;
  };
  return thrownBy(() => sendWithRetries(write, httpOptions({ signal: stop.signal, ...through(fetch) })));
}

function cancelledBefore(): Promise<AppError> {
  const signal = AbortSignal.abort(new AppError('cancelled', 'Cancelled'));
  return thrownBy(() => sendWithRetries(write, httpOptions({ signal })));
}

function retryStopped(): Promise<AppError> {
  const fetch: Fetch = async () => ({ ...response(429), text: async () => '' });
  const skipWaits = AbortSignal.abort();
  return thrownBy(() => sendWithRetries(write, httpOptions({ maxRetries: 1, skipWaits, ...through(fetch) })));
}

function kept(): Promise<AppError> {
  const beforeSend = () => {
    throw new AppError('temporary', 'The lock was lost', { hint: 'Run the command again' });
  };
  return thrownBy(() => sendWithRetries(write, httpOptions({ beforeSend, maxRetries: 1 })));
}

/** @param text the body of a response to a write with status 200 */
function answered(text: string): () => Promise<AppError> {
  const tokens = { get: async () => new Secret('token'), replaceRejected: async () => undefined };
  const fetch: Fetch = async () => ({ ...response(200), text: async () => text });
  return () =>
    thrownBy(() =>
      createSend(url.origin, tokens, httpOptions(through(fetch)))({ method: 'POST', path: '/', body: {} }),
    );
}

function sending(path: string, token: string): () => Promise<AppError> {
  const tokens = { get: async () => new Secret(token), replaceRejected: async () => undefined };
  return () => thrownBy(() => createSend(url.origin, tokens, httpOptions())({ method: 'POST', path }));
}

function tokenFails(error: AppError): () => Promise<AppError> {
  const tokens = { get: () => Promise.reject(error), replaceRejected: async () => undefined };
  return () => thrownBy(() => createSend(url.origin, tokens, httpOptions())({ method: 'POST', path: '/' }));
}

export interface RequestError {
  name: string;
  make: () => Promise<AppError>;
  outcome: RequestOutcome | undefined;
}

function row(name: string, outcome: RequestOutcome | undefined, make: () => Promise<AppError>): RequestError {
  return { name, outcome, make };
}

/** Every way in which sending a write fails, as its own source makes the error, and what became of the write. */
export const requestErrors: RequestError[] = [
  row('stopped before it was sent', 'not-sent', async () => notSentError),
  row('stopped before its retry', 'not-sent', retryStopped),
  row('cancelled before it was sent', undefined, cancelledBefore),
  row('cancelled under way', 'unknown', cancelledUnderWay),
  row('kept back by the lock or the journal', 'not-sent', kept),
  row('connection refused', 'not-sent', network(systemError('ECONNREFUSED', 'connect'))),
  row('host not found', 'not-sent', network(systemError('ENOTFOUND', 'getaddrinfo'))),
  row('no connection in time', 'not-sent', network(systemError('UND_ERR_CONNECT_TIMEOUT'))),
  row('out of sockets', 'not-sent', network(systemError('EMFILE', 'connect'))),
  row('untrusted certificate', 'not-sent', network(systemError('DEPTH_ZERO_SELF_SIGNED_CERT'))),
  row('connection lost', 'unknown', network(systemError('ECONNRESET', 'read'))),
  row('timeout', 'unknown', network(new DOMException('late', 'TimeoutError'))),
  row('response too large', 'unknown', network(systemError('ERR_RESPONSE_TOO_LARGE'))),
  row('token that no header can carry', 'not-sent', sending('/', 'a\nb')),
  row('address outside the API', 'not-sent', sending('http://127.0.0.1:2/', 'token')),
  row('token refused', undefined, tokenFails(new AppError('auth', 'no', { outcome: 'refused', hint: 'a' }))),
  row(
    'token request cancelled',
    undefined,
    tokenFails(new AppError('cancelled', 'c', { outcome: 'unknown', hint: 'a' })),
  ),
  row('redirect', 'unknown', foreign(302)),
  row('network that wants a sign-in', 'refused', foreign(511)),
  row('web page with success', 'unknown', foreign(200, html)),
  row('web page with status 403', 'refused', foreign(403, html)),
  row('status 202', 'unknown', foreign(202, '{}')),
  row('created by a DELETE', 'unknown', foreign(201, '{}', 'DELETE')),
  row('body that is not JSON', 'unknown', answered('{')),
  row('body that is nested too deep', 'unknown', answered('['.repeat(200) + ']'.repeat(200))),
  row('status 408', 'unknown', api(408)),
  row('status 500', 'unknown', api(500)),
  row('status 503', 'unknown', api(503)),
  ...[400, 401, 403, 404, 409, 412, 429].map((status) => row(`status ${status}`, 'refused', api(status))),
  ...[25008, 25009, 25016, 25019, 25020, 25022, 25106, 70051, 20429].map((code) =>
    row(`Twilio error ${code}`, 'refused', api(400, code)),
  ),
];

/** The same error in other words. */
export const inOtherWords: { words: string; change: (error: AppError) => AppError }[] = [
  { words: 'another hint', change: (error) => error.withHint('Another hint') },
  {
    words: 'no hint',
    change: (error) => new AppError(error.kind, error.message, { ...error, hint: undefined }),
  },
  { words: 'another message', change: (error) => error.withMessage('Another message') },
];

/** An error's facts, without its words. */
export function facts(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { kind, outcome, status, code, retryAfterMs } = error;
  return { kind, outcome, status, code, retryAfterMs };
}
