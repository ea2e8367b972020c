import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import type { Answer } from './server.ts';

/** A certificate authority that nobody knows, and a server's certificate made by it. */
export interface Authority {
  /** The file to name in NODE_EXTRA_CA_CERTS. */
  file: string;
  key: string;
  cert: string;
  /** Key and certificate of the authority itself. */
  issuer: { key: string; cert: string };
  remove: () => Promise<void>;
}

const made = { keyType: 'ec', algorithm: 'sha256' } as const;

/** Makes both, good for these DNS names and 127.0.0.1. */
export async function newAuthority(...names: string[]): Promise<Authority> {
  return withServer(await newIssuer('An authority of the tests'), names);
}

/** An authority that another one vouches for: its file does not hold that other one. */
export async function intermediateOf({ issuer }: Authority): Promise<Authority> {
  return withServer(await newIssuer('An authority below it', issuer), []);
}

async function newIssuer(name: string, above?: Authority['issuer']): Promise<Authority['issuer']> {
  const issuer = await generate([{ name: 'commonName', value: name }], {
    ...made,
    ...(above && { ca: above }),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  return { key: issuer.private, cert: issuer.cert };
}

async function withServer(issuer: Authority['issuer'], names: readonly string[]): Promise<Authority> {
  const server = await generate([{ name: 'commonName', value: 'A server of the tests' }], {
    ...made,
    ca: issuer,
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7, ip: '127.0.0.1' }],
      },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'twilio-org-ca-'));
  const file = join(folder, 'ca.pem');
  await writeFile(file, issuer.cert);
  const remove = () => rm(folder, { recursive: true });
  return { file, key: server.private, cert: server.cert, issuer, remove };
}

/** A request that a server received, such as `GET /path?query`, with its bearer token. */
export interface Arrived {
  line: string;
  authorization: string | undefined;
}

/** A TLS server on this machine that answers everything alike; ends with the test. */
export async function tlsServer({ key, cert }: Authority, answer: Answer) {
  const arrived: Arrived[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    const { method, url, headers } = request;
    arrived.push({ line: `${method} ${url}`, authorization: headers.authorization });
    request.resume().on('end', () => answer(response, request));
  });
  // A program that waited for an idle connection to close would not end in time.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `https://127.0.0.1:${port}`, arrived };
}
