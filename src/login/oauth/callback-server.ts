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

/** The response that the browser delivered, and a way to show the outcome in the browser. */
export interface Callback {
  parameters: URLSearchParams;
  /** Shows the page and resolves once it has been sent. */
  show(page: 'success' | 'refused' | 'failed'): Promise<void>;
}

export interface CallbackServer {
  /** Resolves with the first response that has the right `state`. */
  callback: Promise<Callback>;
  /** Frees the port, even when a browser keeps its connection open. */
  close(): void;
}

export interface ListenAddress {
  host: string;
  port: number;
}

/** The default Redirect URL. */
export const defaultRedirectUri = 'http://127.0.0.1:8477/callback';

/**
 * True when this machine receives requests to the redirect URI: over http, to a loopback name (RFC 8252, section 7.3).
 */
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
 * Reads the response of a login from the address that a browser ended on. `state` is compared first: it has to be
 * present once, and right.
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
 * Listens for the end of a login (RFC 6749, section 4.1.2). A request without the right `state` gets a page and is
 * otherwise ignored.
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
    // Another host name means DNS rebinding: a foreign page is talking to this port.
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
 * A browser may use either address of `localhost`, so the server listens on both. Otherwise another program could
 * listen on the other one and receive the code.
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

/** Frees the port, even with open connections. */
function closeNow(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function send(response: ServerResponse, page: CallbackPage): void {
  const { status, headers, html } = callbackPage(page);
  response.writeHead(status, headers).end(html);
}

/** The value of a parameter that occurs exactly once; otherwise empty. */
function onlyValue(parameters: URLSearchParams, name: string): string {
  const values = parameters.getAll(name);
  return values.length === 1 ? (values[0] ?? '') : '';
}

/** Compares in constant time. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: ListenAddress): AppError {
  const why =
    error.code === 'EADDRINUSE'
      ? `Port ${port} is in use, so the response of the login could not be received`
      : `Listening on ${host}, port ${port}, failed (${describeErrorCode(error.code) ?? error.code ?? error.message})`;
  return new AppError('failure', why, {
    hint: 'Stop the program that uses the port (another login?), or save a Redirect URL with another port in the OAuth app and pass it with --redirect-uri; --listen HOST:PORT listens elsewhere',
    cause: error,
  });
}
