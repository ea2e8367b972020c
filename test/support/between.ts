import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/**
 * A fault on the way, `before` a request reaches the sandbox or `after` it took effect: the connection breaks, no
 * response comes, half a response comes, the request is refused, or a gateway responds in place of the sandbox. A
 * gateway sends a status, an empty body, or an error with the status of success.
 */
type What = 'break' | 'silence' | 'half' | '303' | '403' | '502' | '503' | '504' | 'empty' | 'untrue';
export type Fault = `${What} ${'before' | 'after'}`;

/** A server on this machine that passes requests on to the sandbox, except where a fault befalls them; ends with the test. */
export async function between(
  apiUrl: string,
  faultOf: (request: {
    method: string;
    path: string;
    writes: number;
  }) => Fault | undefined | Promise<Fault | undefined>,
): Promise<string> {
  let writes = 0;
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url: path = '' } = incoming;
    if (method !== 'GET') writes += 1;
    const fault = path === '/v2/token' ? undefined : await faultOf({ method, path, writes });
    const [what, when] = fault?.split(' ') ?? [];
    const body = await buffer(incoming).catch(() => undefined);
    // The client has disconnected.
    if (body === undefined) return;
    const answer =
      when === 'before' ? undefined : await forwarded(apiUrl, incoming, body).catch(() => undefined);
    if (answer === undefined && what === undefined) outgoing.socket?.destroy();
    else answerWith(what, outgoing, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Whole {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

function forwarded(apiUrl: string, incoming: IncomingMessage, body: Buffer): Promise<Whole> {
  return new Promise((resolve, reject) => {
    const { method, headers } = incoming;
    request(new URL(incoming.url ?? '/', apiUrl), { method, headers }, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) });
    })
      .on('error', reject)
      .end(body);
  });
}

function answerWith(what: string | undefined, outgoing: ServerResponse, answer: Whole | undefined): void {
  if (what === 'silence') return;
  if (what === 'break') outgoing.socket?.destroy();
  else if (what === 'empty') outgoing.writeHead(200).end();
  else if (what === 'untrue') outgoing.writeHead(200).end('{"code":20003,"message":"Denied","status":403}');
  else if (what === 'half') {
    const text = answer?.body.length ? answer.body : Buffer.from('{"id":"US"}');
    outgoing.writeHead(200, { 'content-length': text.length }).write(text.subarray(0, text.length / 2));
    setImmediate(() => outgoing.socket?.destroy());
  } else if (what === '403') {
    const error = { code: 20003, message: 'Authorization denied', status: 403 };
    outgoing.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(error));
  } else if (what !== undefined) {
    outgoing.writeHead(Number(what), { 'content-type': 'text/html' }).end('<html>gateway</html>');
  } else if (answer !== undefined) outgoing.writeHead(answer.status, answer.headers).end(answer.body);
}
