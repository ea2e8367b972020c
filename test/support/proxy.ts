import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Authority } from './tls.ts';

export interface ProxyOptions {
  /** The port on this machine that every tunnel leads to, whatever host was asked for. */
  leadsTo?: number;
  /** `user:password` without which nothing goes through. */
  login?: string;
  /** Behaviour in place of opening a tunnel: a status, silence, or a closed connection. */
  instead?: number | 'silent' | 'hang up';
  /** Makes it a proxy that is reached over TLS. */
  tls?: Authority;
}

/** A forwarding proxy on this machine: tunnels (CONNECT) and plain requests in absolute form; ends with the test. */
export async function startProxy({ leadsTo = 0, login, instead, tls }: ProxyOptions = {}) {
  const seen: string[] = [];
  const agents: (string | undefined)[] = [];
  const open = new Set<Duplex>();
  const admits = ({ headers }: IncomingMessage) =>
    login === undefined ||
    headers['proxy-authorization'] === `Basic ${Buffer.from(login).toString('base64')}`;

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    seen.push(`${method} ${url}`);
    if (!admits(request)) return void response.writeHead(407, challenge).end();
    const onward = httpRequest(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  function tunnel(request: IncomingMessage, client: Duplex): void {
    seen.push(`CONNECT ${request.url}`);
    agents.push(request.headers['user-agent']);
    open.add(client);
    client.on('error', () => client.destroy());
    if (instead === 'silent') return;
    if (instead === 'hang up') return void client.destroy();
    const status = admits(request) ? instead : 407;
    if (status !== undefined) {
      const page = '<html>The proxy says no</html>';
      const head = [`HTTP/1.1 ${status} No`, 'Content-Type: text/html', `Content-Length: ${page.length}`];
      if (status === 407) head.push(`Proxy-Authenticate: ${challenge['proxy-authenticate']}`);
      return void client.end(`${head.join('\r\n')}\r\n\r\n${page}`);
    }
    const server = connect(leadsTo, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    client.on('close', () => server.destroy());
  }

  const server = tls === undefined ? createServer(forward) : createTlsServer(tls, forward);
  server.on('connect', tunnel);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return { url: `${tls === undefined ? 'http' : 'https'}://${host}`, host, seen, agents };
}

const challenge = { 'proxy-authenticate': 'Basic realm="test"' };
