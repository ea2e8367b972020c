import { expect, test } from 'vitest';
import { readOnce } from '../../../src/organization/read-once.ts';
import type { ApiRequest } from '../../../src/twilio/client.ts';

function counting(respond: (request: ApiRequest) => Promise<unknown>) {
  const sent: string[] = [];
  const reader = readOnce((request) => {
    sent.push(`${request.method} ${request.path}`);
    return respond(request);
  });
  return { ...reader, sent };
}

test('GET requests for the same path share one response, also while it is under way', async () => {
  const { send, sent } = counting(async ({ path }) => ({ path }));
  const request = { method: 'GET', path: '/a?b=1' } as const;
  const [one, other] = await Promise.all([send(request), send(request)]);
  expect(one).toBe(other);
  expect(await send(request)).toBe(one);
  await send({ method: 'GET', path: '/a?b=2' });
  expect(sent).toEqual(['GET /a?b=1', 'GET /a?b=2']);
});

test('an error is shared like a response', async () => {
  const { send, sent } = counting(() => Promise.reject(new Error('refused')));
  await expect(send({ method: 'GET', path: '/a' })).rejects.toThrow('refused');
  await expect(send({ method: 'GET', path: '/a' })).rejects.toThrow('refused');
  expect(sent).toHaveLength(1);
});

test.each<[string, ApiRequest, (() => void)?]>([
  ['that is no GET', { method: 'DELETE', path: '/a' }],
  ['with headers of its own', { method: 'GET', path: '/a', headers: { accept: 'text/csv' } }],
  ['whose body is read in a way of its own', { method: 'GET', path: '/a', readBody: async () => 1 }],
  ['whose list is packed', { method: 'GET', path: '/a', pack: { member: 'x', map: (each) => each } }],
  ['whose status is asked for', { method: 'GET', path: '/a' }, () => {}],
])('a request %s is sent each time', async (_, request, onResponse) => {
  const { send, sent } = counting(async () => undefined);
  await send(request, onResponse);
  await send(request, onResponse);
  expect(sent).toHaveLength(2);
});

test('after forgetting, the same request is sent again', async () => {
  const { send, forget, sent } = counting(async () => undefined);
  await send({ method: 'GET', path: '/a' });
  forget();
  await send({ method: 'GET', path: '/a' });
  expect(sent).toHaveLength(2);
});
