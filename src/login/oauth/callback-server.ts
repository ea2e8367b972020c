import { createHash, timingSafeEqual } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { AppError } from '../../platform/core/errors.ts';
import { isLoopback } from '../../platform/core/origin.ts';
import { describeErrorCode } from '../../platform/core/system-errors.ts';
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

export interface ListenAddress {
  host: string;
  port: number;
}

/** The Redirect URL of a login that names no other. */
export const defaultRedirectUri = 'http://127.0.0.1:8477/callback';

/** Can this machine receive what is sent to the redirect URI? Only over http to a loopback name (RFC 8252, section 7.3). */
export function isLoopbackRedirect(url: URL): boolean {
  return url.protocol === 'http:' && isLoopback(url.hostname);
}

/** The address and port that a redirect URI names. */
export function listenAddressOf(redirectUri: URL): ListenAddress {
  const usual = redirectUri.protocol === 'https:' ? 443 : 80;
  return {
    host: redirectUri.hostname.replace(/^\[|\]$/g, ''),
    port: redirectUri.port === '' ? usual : Number(redirectUri.port),
  };
}

/**
 * The answer of a login in the address that a browser ended on: believed only when `state` is there once and right,
 * which is compared before anything else in it is looked at.
 */
export function readCallback(
  url: URL,
  redirectUri: URL,
  state: string,
): URLSearchParams | 'not-found' | 'unknown' {
  const parameters = url.searchParams;
  if (url.pathname !== redirectUri.pathname) return 'not-found';
  if (!sameText(onlyValue(parameters, 'state'), state)) return 'unknown';
  const answered = onlyValue(parameters, 'code') !== '' || onlyValue(parameters, 'error') !== '';
  return answered ? parameters : 'unknown';
}

/**
 * Listens for the end of a login (RFC 6749, section 4.1.2). Whatever does not carry the right `state` is answered and
 * otherwise ignored: waiting goes on.
 */
export async function listenForCallback(
  redirectUri: URL,
  state: string,
  address: ListenAddress = listenAddressOf(redirectUri),
): Promise<CallbackServer> {
  let settle: (callback: Callback) => void = () => {};
  const callback = new Promise<Callback>((resolve) => {
    settle = resolve;
  });
  let taken = false;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const target = request.url ?? '';
    const read = URL.canParse(target, redirectUri.origin)
      ? readCallback(new URL(target, redirectUri.origin), redirectUri, state)
      : 'not-found';
    if (read === 'not-found') return send(response, read);
    if (request.method !== 'GET') return send(response, 'wrong-method');
    // Another name that leads here is DNS rebinding: a page of somebody else's talks to this port.
    if (request.headers.host !== redirectUri.host || read === 'unknown') return send(response, 'unknown');
    if (taken) return send(response, 'stale');
    taken = true;
    settle({
      parameters: read,
      show: (page) =>
        new Promise((resolve) => {
          response.once('close', resolve);
          send(response, page);
        }),
    });
  };
  const servers = await listenOn(addressesOf(address), answer);
  return {
    callback,
    close() {
      for (const server of servers) closeNow(server);
    },
  };
}

/**
 * A browser takes either address of `localhost`, so both are listened on: else another program could be at the other
 * one, and receive the code.
 */
function addressesOf(address: ListenAddress): [ListenAddress, ...ListenAddress[]] {
  if (address.host.toLowerCase() !== 'localhost') return [address];
  const { port } = address;
  return [
    { host: '127.0.0.1', port },
    { host: '::1', port },
  ];
}

/** Listens on all of these or on none. Addresses that this machine does not have are skipped. */
async function listenOn(addresses: readonly ListenAddress[], answer: RequestListener): Promise<Server[]> {
  const servers: Server[] = [];
  let absent: Error | undefined;
  for (const address of addresses) {
    const server = createServer(answer);
    try {
      await listen(server, address);
      servers.push(server);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (addresses.length > 1 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) {
        absent = cannotListen(error as NodeJS.ErrnoException, address);
        continue;
      }
      servers.forEach(closeNow);
      throw cannotListen(error as NodeJS.ErrnoException, address);
    }
  }
  if (servers.length === 0) throw absent;
  return servers;
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

/** Frees the port, whatever connections a browser keeps open. */
function closeNow(server: Server): void {
  server.close();
  server.closeAllConnections();
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
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: ListenAddress): AppError {
  const why =
    error.code === 'EADDRINUSE'
      ? `Port ${port} is in use, so the answer of the login could not be received`
      : `Listening on ${host}, port ${port}, failed (${describeErrorCode(error.code) ?? error.code ?? error.message})`;
  return new AppError('failure', why, {
    hint: 'Stop what uses the port (another login?), or save a Redirect URL with another port in the OAuth app and pass it with --redirect-uri; --listen HOST:PORT listens elsewhere',
    cause: error,
  });
}
