import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { acceptedEncoding, readBody } from './read-body.ts';
import type { Fetch } from './types.ts';

/** Limit for making a connection, TLS included. */
export const connectTimeoutMs = 10_000;

/** Options of every TLS connection. Certificates must be trusted, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
export const verifiedTls = { rejectUnauthorized: true } as const;

/**
 * Sends requests directly to their address. Node's own `fetch` takes longer to load than the rest of a command needs, and
 * like Node's global agents it may use a proxy of Node's choice (NODE_USE_ENV_PROXY).
 */
export function nodeFetch(maxConnectMs = connectTimeoutMs): Fetch {
  return async (url, { method, headers, body, signal, maxBytes, beforeSend, readBody: reader }) => {
    const { request, agent } = await clientFor(url.protocol);
    const sent = request(url, {
      agent,
      method,
      headers: { 'accept-encoding': acceptedEncoding, ...headers },
    });
    // Node's own option `signal` adds a dozen listeners to each request.
    const abort = () => sent.destroy(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect';
    limitConnecting(sent, connected, maxConnectMs);
    function leave(): void {
      try {
        beforeSend?.();
        sent.end(body);
      } catch (error) {
        sent.destroy(error as Error);
      }
    }
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const ended = () => reject(Object.assign(new Error('No response'), { code: 'ECONNRESET' }));
        // A protocol switch (101) emits neither of the first two events.
        sent.once('response', resolve).once('error', reject).once('close', ended);
        // `beforeSend` runs once the connection exists, right before the bytes leave.
        sent.once('socket', (socket) => (socket.connecting ? socket.once(connected, leave) : leave()));
      });
      const { statusCode = 0, headers } = response;
      const { text, read } = await readBody(response, { status: statusCode, headers, maxBytes }, reader);
      // A truncated response may end like a complete one.
      if (signal.aborted || !response.complete)
        throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      return {
        status: statusCode,
        headers: { get: (name) => headers[name.toLowerCase()]?.toString() ?? null },
        text: async () => text,
        read,
      };
    } catch (error) {
      // An unread body would keep the connection and the process alive.
      sent.destroy();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  };
}

interface Client {
  request: (url: URL, options: import('node:https').RequestOptions) => ClientRequest;
  agent: Agent;
}

/** Clients by protocol. All requests of the process share their connections. */
const clients = new Map<string, Promise<Client>>();

function clientFor(protocol: string): Promise<Client> {
  const client = clients.get(protocol) ?? newClient(protocol);
  clients.set(protocol, client);
  return client;
}

/** A client with its own agent, because Node's global one may be bound to a proxy. */
async function newClient(protocol: string): Promise<Client> {
  const options = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const;
  if (protocol !== 'https:') {
    const { Agent, request } = await import('node:http');
    return { request, agent: new Agent(options) };
  }
  const { Agent, request } = await import('node:https');
  return { request, agent: new Agent({ ...options, ...verifiedTls }) };
}

/** Ends a request that has no connection in time. Nothing of it was sent, which is uncertain for later timeouts. */
function limitConnecting(request: ClientRequest, connected: string, ms: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const tooLate = new Error('No connection in time');
    const timer = setTimeout(
      () => request.destroy(Object.assign(tooLate, { code: 'UND_ERR_CONNECT_TIMEOUT' })),
      ms,
    );
    const stop = () => clearTimeout(timer);
    socket.once(connected, stop).once('close', stop);
  });
}
