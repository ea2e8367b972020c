import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { home, run } from '../support/cli.ts';
import { requiring } from '../support/node-options.ts';
import { startProxy } from '../support/proxy.ts';
import { type Answer, answering, json } from '../support/server.ts';
import { type Authority, newAuthority, tlsServer } from '../support/tls.ts';
import { pour } from './hostile.ts';

let authority: Authority;
beforeAll(async () => {
  authority = await newAuthority('api.test.example');
});
afterAll(() => authority.remove());

/** A process that reads users through a proxy: how it ended, how long it took, and how much memory it had at most. */
async function measured(answer: Answer, ...args: string[]) {
  const { port } = await tlsServer(authority, answer);
  const proxy = await startProxy({ leadsTo: port });
  const report = join(mkdtempSync(join(home, 'peak-')), 'peak');
  const peak = fileURLToPath(new URL('../bench/peak-memory.cjs', import.meta.url));
  const env = {
    TWILIO_ORG_API_URL: 'https://api.test.example',
    TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
    NODE_EXTRA_CA_CERTS: authority.file,
    HTTPS_PROXY: proxy.url,
    NODE_OPTIONS: requiring(peak),
    PEAK_MEMORY_FILE: report,
  };
  const started = Date.now();
  const { stdout, stderr, exitCode } = await run(['users', 'list', '--max-retries', '0', ...args], { env });
  const megabytes = Number(readFileSync(report, 'utf8')) / 1024 / 1024;
  return { stdout, stderr, exitCode, seconds: (Date.now() - started) / 1000, megabytes };
}

describe('through a proxy the same holds:', () => {
  const most = 250;
  const bounded = ['--max-answer', '8'];

  test('an answer that never ends is left at the limit, with little memory', async () => {
    const endless: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      pour(response, ' '.repeat(65_536));
    };
    const { stderr, exitCode, megabytes, seconds } = await measured(endless, ...bounded);
    expect(stderr).toMatch(/was not read: it is larger than 8 MB\n.*--max-answer MB\n/);
    expect(exitCode).toBe(1);
    expect(seconds).toBeLessThan(15);
    expect(megabytes).toBeLessThan(most);
  });

  test('a gzip bomb is left where it has unfolded to the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '));
    const { stderr, exitCode, megabytes } = await measured(
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      ...bounded,
    );
    expect(stderr).toContain('it is larger than 8 MB');
    expect(exitCode).toBe(1);
    expect(megabytes).toBeLessThan(most);
  });

  test('one that drips is given up when its time is over', async () => {
    const dripping: Answer = (response) => {
      response.writeHead(200).flushHeaders();
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    };
    const { stderr, exitCode, seconds } = await measured(dripping, '--timeout', '2');
    expect(stderr).toContain('no whole answer within 2 seconds');
    expect(exitCode).toBe(8);
    expect(seconds).toBeLessThan(6);
  });

  test('half an answer is none', async () => {
    const half: Answer = (response, request) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"Resources":[]}', () => request.socket.destroy());
    };
    const { stdout, stderr, exitCode } = await measured(half);
    expect(stderr).toContain('gave no whole answer through the proxy');
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
