import type { ClientRequest, IncomingMessage } from 'node:http';
import { boundedText } from './body.ts';
import type { Fetch } from './route.ts';

/** How long a connection may take to be made, TLS included; milliseconds. */
export const longestConnecting = 10_000;

/**
 * Sends requests straight to where they go. Node's own `fetch` would do the same, but loading it takes longer than all
 * the rest of a command.
 */
export function directFetch(connecting = longestConnecting): Fetch {
  return async (url, { method, headers, body, signal, most }) => {
    const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http');
    const sent: ClientRequest = request(url, {
      method,
      headers: { 'accept-encoding': 'gzip', ...headers },
      signal,
    });
    limitConnecting(sent, url.protocol === 'https:' ? 'secureConnect' : 'connect', connecting);
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const ended = () => reject(Object.assign(new Error('No answer'), { code: 'ECONNRESET' }));
        // A switch of protocols (101) ends without either of the first two.
        sent.once('response', resolve).once('error', reject).once('close', ended).end(body);
      });
      const whole = await textOf(answer, most);
      // An answer that is cut short may end like any other.
      if (signal.aborted || !answer.complete)
        throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      return {
        status: answer.statusCode ?? 0,
        headers: { get: (name) => answer.headers[name.toLowerCase()]?.toString() ?? null },
        text: async () => whole,
      };
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  };
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

async function textOf(answer: IncomingMessage, most: number): Promise<string> {
  const empty = answer.statusCode === 204 || answer.headers['content-length'] === '0';
  if (answer.headers['content-encoding'] !== 'gzip' || empty) return boundedText(answer, most);
  const [{ createGunzip }, { pipeline }] = await Promise.all([
    import('node:zlib'),
    import('node:stream/promises'),
  ]);
  const unzipped = createGunzip();
  const [whole] = await Promise.all([boundedText(unzipped, most), pipeline(answer, unzipped)]);
  return whole;
}
