import { globalAgent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import {
  describeNetworkError,
  failedBeforeSending,
  isPermanent,
} from '../../../../src/platform/http/network-errors.ts';
import { nodeFetch } from '../../../../src/platform/http/node-fetch.ts';
import { type Answer, answering } from '../../../support/server.ts';
import { timersByHand } from '../../../support/timers.ts';

const words = 'größer, '.repeat(1000);

function get(url: string, connecting?: number) {
  const signal = AbortSignal.timeout(100_000);
  return nodeFetch(connecting)(new URL(url), {
    method: 'GET',
    headers: {},
    signal,
    maxBytes: 1e6,
  });
}

function compressed(bytes: Buffer, encoding = 'gzip'): Answer {
  return (response) => response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
}

test('a compressed response is requested and accepted', async () => {
  let asked: unknown;
  const { url } = await answering((response, request) => {
    asked = request.headers['accept-encoding'];
    compressed(gzipSync(words))(response, request);
  });
  expect(await (await get(url)).text()).toBe(words);
  expect(asked).toBe('gzip');
});

test.each<[string, Buffer]>([
  ['GZIP', gzipSync(words)],
  ['x-gzip', gzipSync(words)],
  ['X-Gzip', gzipSync(words)],
  ['deflate', deflateSync(words)],
  ['Deflate', deflateSync(words)],
  ['br', brotliCompressSync(words)],
  ['identity', Buffer.from(words)],
  ['Identity, gzip', gzipSync(words)],
  ['deflate, gzip', gzipSync(deflateSync(words))],
  ['', Buffer.from(words)],
])('a response is decompressed as Content-Encoding says: %s', async (encoding, bytes) => {
  const { url } = await answering(compressed(bytes, encoding));
  expect(await (await get(url)).text()).toBe(words);
});

test.each(['zstd', 'aes128gcm', 'gzip, gzip, gzip', 'x'.repeat(99)])(
  'an unknown encoding, %s, is named, and not retried',
  async (encoding) => {
    const { url } = await answering(compressed(gzipSync(words), encoding));
    const fault = await get(url).catch((error: unknown) => error);
    expect(describeNetworkError(fault, 1000)).toBe(
      `it is encoded as "${encoding.slice(0, 40)}", which was not asked for`,
    );
    expect(isPermanent(fault)).toBe(true);
  },
);

test("Node's global agent, which may lead to a proxy of Node's choice, is not used", async () => {
  const { url } = await answering((response) => response.end());
  await get(url);
  const { sockets, freeSockets } = globalAgent;
  expect(
    Object.keys({ ...sockets, ...freeSockets }).filter((name) => url.includes(name.split(':')[1] ?? '')),
  ).toEqual([]);
});

test('a compressed response that is truncated or broken is an error', async () => {
  const whole = gzipSync(words);
  const { url } = await answering(compressed(whole.subarray(0, -20)), compressed(Buffer.from('not gzip')));
  await expect(get(url)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  await expect(get(url)).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
});

test.each<[string, (text: string) => Buffer]>([
  ['', (text) => Buffer.from(text)],
  ['gzip', (text) => gzipSync(text)],
])('a response is read up to the limit of its decompressed size: "%s"', async (encoding, encode) => {
  const { url } = await answering(
    compressed(encode('x'.repeat(1e6)), encoding),
    compressed(encode('x'.repeat(1e6 + 1)), encoding),
  );
  expect(await (await get(url)).text()).toHaveLength(1e6);
  await expect(get(url)).rejects.toMatchObject({ code: 'ERR_RESPONSE_TOO_LARGE' });
});

test('a response header is found in any case, and is null when absent', async () => {
  const { url } = await answering((response) => response.writeHead(200, { 'Retry-After': '3' }).end());
  const { headers } = await get(url);
  expect([headers.get('retry-AFTER'), headers.get('twilio-request-id')]).toEqual(['3', null]);
});

test('connections are reused', async () => {
  const ports = new Set<number | undefined>();
  const { url } = await answering((response, request) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  for (let count = 0; count < 3; count++) await get(url);
  expect(ports.size).toBe(1);
});

test('a connection that is not made in time is reported as not sent', async () => {
  const sockets: Socket[] = [];
  const deaf = createServer((socket) => sockets.push(socket.resume()));
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    deaf.close();
  });
  const { port } = deaf.address() as AddressInfo;
  const fault = await get(`https://127.0.0.1:${port}`, 50).catch((error: unknown) => error);
  expect(failedBeforeSending(fault)).toBe(true);
  expect(describeNetworkError(fault, 1000)).toBe('no connection in time');
});

test('a response may take longer than the limit of the connection', async () => {
  const pass = timersByHand();
  const { url } = await answering((response) => {
    pass(60_000);
    response.end('late');
  });
  expect(await (await get(url, 50)).text()).toBe('late');
});
