import { Hono } from 'hono';
import { expect, test } from 'vitest';
import {
  addCommonHeaders,
  limitedBodies,
  type RequestRecord,
  record,
} from '../../../../src/sandbox/http/middleware.ts';
import { resolveOptions } from '../../../../src/sandbox/state/settings.ts';

test('closing the sandbox ends delayed responses, which would keep the process alive', async () => {
  const closed = new AbortController();
  const app = new Hono().use(addCommonHeaders(resolveOptions({ latency: 3_600_000 }), closed.signal));
  app.get('/', (c) => {
    closed.abort();
    return c.text('done');
  });
  expect((await app.request('/')).status).toBe(200);
});

test('beyond 50,000 records the oldest are dropped', async () => {
  const old = (number: number): RequestRecord => ({
    method: 'GET',
    path: `/${number}`,
    query: {},
    headers: {},
    status: 200,
  });
  const records = Array.from({ length: 50_000 }, (_, number) => old(number));
  const app = new Hono().use(record(records)).get('/new', (c) => c.text('done'));
  await app.request('/new');
  expect([records.length, records[0]?.path, records.at(-1)?.path]).toEqual([50_000, '/1', '/new']);
});

test('a body that is too large, or of unknown length, is refused before it is read', async () => {
  let read = 0;
  const pull = () => {
    read += 1;
  };
  const body = () => new ReadableStream({ pull }, { highWaterMark: 0 });
  const app = new Hono().use(limitedBodies).post('/', async (c) => c.text(await c.req.text()));
  const post = (headers: Record<string, string>) =>
    app.request('/', { method: 'POST', headers, body: body(), duplex: 'half' } as RequestInit);
  expect((await post({ 'content-length': '1000001' })).status).toBe(413);
  expect((await post({ 'transfer-encoding': 'chunked' })).status).toBe(411);
  expect(read).toBe(0);
  const small = await app.request('/', { method: 'POST', body: 'x', headers: { 'content-length': '1' } });
  expect(await small.text()).toBe('x');
});
