import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { acceptedEncoding, readBody } from './read-body.ts';
import type { Fetch } from './types.ts';

/** How long a connection may take to be made, TLS included; milliseconds. */
export const connectTimeoutMs = 10_000;

/** Options of every TLS connection: whatever NODE_TLS_REJECT_UNAUTHORIZED says, a certificate has to be trusted. */
export const verifiedTls = { rejectUnauthorized: true } as const;

/**
 * Sends requests straight to their address. Node's own `fetch` would do the same, but loading it takes longer than all
 * the rest of a command, and it, like Node's global agents, may go through a proxy of Node's choice (NODE_USE_ENV_PROXY).
 */
export function nodeFetch(connecting = connectTimeoutMs): Fetch {
  return async (url, { method, headers, body, signal, maxBytes, beforeSend }) => {
    const { request, agent } = await clientFor(url.protocol);
    const sent = request(url, {
      agent,
      method,
      headers: { 'accept-encoding': acceptedEncoding, ...headers },
      signal,
    });
    const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect';
    limitConnecting(sent, connected, connecting);
    function leave(): void {
      try {
        beforeSend?.();
        sent.end(body);
      } catch (error) {
        sent.destroy(error as Error);
      }
    }
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const ended = () => reject(Object.assign(new Error('No answer'), { code: 'ECONNRESET' }));
        // A switch of protocols (101) ends without either of the first two.
        sent.once('response', resolve).once('error', reject).once('close', ended);
        // Not before there is a connection: how things stand is looked at in the moment in which the bytes leave.
        sent.once('socket', (socket) => (socket.connecting ? socket.once(connected, leave) : leave()));
      });
      const { statusCode = 0, headers } = answer;
      const whole = await readBody(answer, { status: statusCode, headers, maxBytes });
      // An answer that is cut short may end like any other.
      if (signal.aborted || !answer.complete)
        throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      return {
        status: statusCode,
        headers: { get: (name) => headers[name.toLowerCase()]?.toString() ?? null },
        text: async () => whole,
      };
    } catch (error) {
      // A body that nobody reads would keep the connection, and the program.
      sent.destroy();
      throw signal.aborted ? signal.reason : error;
    }
  };
}

interface Client {
  request: (url: URL, options: import('node:https').RequestOptions) => ClientRequest;
  agent: Agent;
}

/** By protocol: all requests of the process share their connections. */
const clients = new Map<string, Promise<Client>>();

function clientFor(protocol: string): Promise<Client> {
  const client = clients.get(protocol) ?? newClient(protocol);
  clients.set(protocol, client);
  return client;
}

/** With an agent of its own, set up like Node's global one, which may be bound to a proxy. */
async function newClient(protocol: string): Promise<Client> {
  const options = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const;
  if (protocol !== 'https:') {
    const { Agent, request } = await import('node:http');
    return { request, agent: new Agent(options) };
  }
  const { Agent, request } = await import('node:https');
  return { request, agent: new Agent({ ...options, ...verifiedTls }) };
}

/** Ends a request that has no connection by then: nothing of it was sent, which one can't tell of later ends. */
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
