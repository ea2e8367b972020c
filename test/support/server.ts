import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { freePort } from './ports.ts';

export type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

export interface TestServer {
  url: string;
  /** `GET /path?query` of what arrived. */
  arrived: string[];
}

/** A server on this machine that answers each request with the next of these, and the last from then on; ends with the test. */
export async function answering(...answers: Answer[]): Promise<TestServer> {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    arrived.push(`${request.method} ${request.url}`);
    const answer = answers[Math.min(arrived.length, answers.length) - 1];
    request.resume().on('end', () => answer?.(response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived };
}

/** An address on this machine where nothing listens. */
export async function nowhere(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}) {
  return (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Takes the request and breaks the connection. */
export const hungUp: Answer = (_, request) => request.socket.destroy();

/** Takes the request and never answers. */
export const silent: Answer = () => undefined;
