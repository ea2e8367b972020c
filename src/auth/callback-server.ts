import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { isLoopback } from '../config/origins.ts';
import { AppError } from '../errors.ts';
import { type CallbackPage, callbackPage } from './callback-pages.ts';

/** The answer that the browser brought, and how to tell the person what became of it. */
export interface Callback {
  parameters: URLSearchParams;
  /** Shows the page and resolves once it has been sent. */
  show(page: 'success' | 'refused' | 'failed'): Promise<void>;
}

export interface CallbackServer {
  /** Resolves with the first answer whose `state` is right. */
  callback: Promise<Callback>;
  /** Frees the port; a browser that keeps its connection does not hold it. */
  close(): void;
}

/** Can this machine receive what is sent to the redirect URI? Only over http to a loopback name (RFC 8252, section 7.3). */
export function isReceivable(url: URL): boolean {
  return url.protocol === 'http:' && isLoopback(url.hostname);
}

/**
 * Listens on the loopback address and port of the redirect URI for the end of a login (RFC 6749, section 4.1.2).
 * Whatever does not carry the right `state` is answered and otherwise ignored: waiting goes on.
 */
export async function listenForCallback(redirectUri: URL, state: string): Promise<CallbackServer> {
  let settle: (callback: Callback) => void = () => {};
  const callback = new Promise<Callback>((resolve) => {
    settle = resolve;
  });
  let taken = false;
  const server = createServer({ keepAlive: false }, (request, response) => {
    const url = new URL(request.url ?? '/', redirectUri);
    const parameters = url.searchParams;
    if (url.pathname !== redirectUri.pathname) return send(response, 'not-found');
    if (request.method !== 'GET') return send(response, 'wrong-method');
    if (request.headers.host !== redirectUri.host) return send(response, 'unknown');
    if (!sameText(onlyValue(parameters, 'state'), state)) return send(response, 'unknown');
    if (taken) return send(response, 'stale');
    if (onlyValue(parameters, 'code') === '' && onlyValue(parameters, 'error') === '')
      return send(response, 'unknown');
    taken = true;
    settle({
      parameters,
      show: (page) =>
        new Promise((resolve) => {
          response.once('close', resolve);
          send(response, page);
        }),
    });
  });
  const port = redirectUri.port === '' ? 80 : Number(redirectUri.port);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, redirectUri, port)));
    server.listen(port, redirectUri.hostname.replace(/^\[|\]$/g, ''), resolve);
  });
  return {
    callback,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function send(response: ServerResponse, page: CallbackPage): void {
  const { status, headers, html } = callbackPage(page);
  response.writeHead(status, headers).end(html);
}

/** The parameter's value when it is there exactly once; else empty. */
function onlyValue(parameters: URLSearchParams, name: string): string {
  const values = parameters.getAll(name);
  return values.length === 1 ? (values[0] ?? '') : '';
}

/** Compares in a time that does not tell how much of it was right. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cannotListen(error: NodeJS.ErrnoException, redirectUri: URL, port: number): AppError {
  const why =
    error.code === 'EADDRINUSE'
      ? `Port ${port} is in use, so the answer of the login could not be received`
      : `Listening on ${redirectUri.host} failed (${error.code ?? error.message})`;
  return new AppError('failure', why, {
    hint: 'Stop what uses the port (another login?), or save a Redirect URL with another port in the OAuth app and pass it with --redirect-uri',
    cause: error,
  });
}
