import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Env } from './cli.ts';

export interface Organization {
  sandbox: Sandbox;
  organizationSid: string;
  clientId: string;
  clientSecret: string;
}

/**
 * Two organizations behind one origin, as at Twilio: the client id of a token request, and the bearer token of any other
 * one, decide which of them it reaches. Each has a client-credentials app of its own.
 */
export async function twoOrganizations(): Promise<{
  url: string;
  env: Env;
  both: [Organization, Organization];
}> {
  const both: [Organization, Organization] = [await organization('a', 1), await organization('b', 2)];
  const byClient = (id: string | null) => both.find(({ clientId }) => clientId === id);
  const byToken = (header = '') =>
    both.find(({ sandbox }) => sandbox.state.accessTokens.has(header.replace(/^Bearer /, '')));
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const clientId = new URLSearchParams(body).get('client_id');
    const { sandbox } =
      (request.url === '/v2/token' ? byClient(clientId) : byToken(request.headers.authorization)) ?? both[0];
    const { host: _, ...headers } = request.headers;
    const forwarded = send(
      new URL(request.url ?? '/', sandbox.apiUrl),
      { method: request.method ?? 'GET', headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on('error', () => response.destroy());
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, env: { TWILIO_ORG_API_URL: url, TWILIO_ORG_OAUTH_URL: url }, both };
}

async function organization(letter: string, seed: number): Promise<Organization> {
  const sandbox = await startSandbox({ seed });
  onTestFinished(() => sandbox.close());
  const [clientId, clientSecret] = [`OQ${letter.repeat(32)}`, `sandbox-only-secret-of-${letter}`];
  // The apps of all sandboxes are the same, unless they are told apart here.
  Object.assign(sandbox.apps.client_credentials, { client_id: clientId, client_secret: clientSecret });
  return { sandbox, organizationSid: sandbox.organizationSid, clientId, clientSecret };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
