import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pour } from '../support/hostile.ts';
import { startProxy } from '../support/proxy.ts';
import { type Answer, answering, json } from '../support/server.ts';
import { type Authority, newAuthority, tlsServer } from '../support/tls.ts';
import { measuredRun } from '../support/usage.ts';

let authority: Authority;
beforeAll(async () => {
  authority = await newAuthority('api.test.example');
});
afterAll(() => authority.remove());

/** A process that reads users through a proxy: how it ended, and how much memory and CPU time it took. */
async function measured(answer: Answer, ...args: string[]) {
  const { port } = await tlsServer(authority, answer);
  const proxy = await startProxy({ leadsTo: port });
  const env = {
    TWILIO_ORG_API_URL: 'https://api.test.example',
    TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
    NODE_EXTRA_CA_CERTS: authority.file,
    HTTPS_PROXY: proxy.url,
  };
  return measuredRun(['users', 'list', '--max-retries', '0', ...args], env);
}

describe('through a proxy', () => {
  const most = 250;
  const bounded = ['--max-answer', '8', '--timeout', '120'];

  test('an endless response is abandoned at the limit, with little memory', async () => {
    const endless: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      pour(response, ' '.repeat(65_536));
    };
    const { stderr, exitCode, megabytes, cpuSeconds } = await measured(endless, ...bounded);
    expect(stderr).toMatch(/was not read: it is larger than 8 MB\n.*--max-answer MB\n/);
    expect(exitCode).toBe(1);
    expect(cpuSeconds).toBeLessThan(15);
    expect(megabytes).toBeLessThan(most);
  });

  test('a gzip bomb is abandoned at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '));
    const { stderr, exitCode, megabytes } = await measured(
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      ...bounded,
    );
    expect(stderr).toContain('it is larger than 8 MB');
    expect(exitCode).toBe(1);
    expect(megabytes).toBeLessThan(most);
  });

  test('a response that drips is abandoned when its time is over', async () => {
    const dripping: Answer = (response) => {
      response.writeHead(200).flushHeaders();
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    };
    const { stderr, exitCode } = await measured(dripping, '--timeout', '4');
    expect(stderr).toContain('no complete response within 4 seconds');
    expect(exitCode).toBe(8);
  });

  test('half a response is refused', async () => {
    const half: Answer = (response, request) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"Resources":[]}', () => request.socket.destroy());
    };
    const { stdout, stderr, exitCode } = await measured(half);
    expect(stderr).toContain('sent no complete response through the proxy');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 8 });
  });

  test('a redirect to another origin is not followed', async () => {
    const other = await answering(json({ Resources: [] }));
    const { stderr, exitCode } = await measured((response) =>
      response.writeHead(302, { location: other.url }).end(),
    );
    expect(stderr).toContain('a redirect, which is not followed');
    expect({ exitCode, arrived: other.arrived }).toEqual({ exitCode: 1, arrived: [] });
  });
});
