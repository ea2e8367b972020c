import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/platform/core/errors.ts';
import { Secret } from '../../../src/platform/core/secret.ts';
import { notSentError } from '../../../src/platform/http/client.ts';
import { createSend } from '../../../src/twilio/client.ts';
import { httpOptions } from '../../support/request-errors.ts';
import { answering, json } from '../../support/server.ts';

test('a token that no header can carry is refused before it is sent, and is in no part of the error', async () => {
  const token = new Secret('first line\nsecond line');
  const tokens = { get: async () => token, replaceRejected: async () => undefined };
  const http = { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: Date.now };
  const send = createSend('http://127.0.0.1:1', tokens, http);
  const error = await send({ method: 'GET', path: '/' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ kind: 'auth', hint: expect.stringContaining('TWILIO_ORG_ACCESS_TOKEN') });
  expect(inspect(error, { depth: 9 })).not.toContain('second line');
});

test.each<[form: string, pathTo: (url: string) => string]>([
  ['a whole address', (url) => `${url}/scim/v2/Users`],
  ['an address without its scheme', (url) => `${url.replace(/^http:/, '')}/scim/v2/Users`],
])(
  "a request to another origin than the API's, as %s, is not sent: no token goes there",
  async (_, pathTo) => {
    const [api, other] = [await answering(json({})), await answering(json({}))];
    const tokens = { get: async () => new Secret('token'), replaceRejected: async () => undefined };
    const send = createSend(api.url, tokens, httpOptions({ timeoutMs: 60_000 }));
    await expect(send({ method: 'GET', path: pathTo(other.url) })).rejects.toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(`${other.url} is not the API's origin`),
      outcome: 'not-sent',
    });
    expect([...api.arrived, ...other.arrived]).toEqual([]);
    await send({ method: 'GET', path: pathTo(api.url) });
    expect(api.arrived).toEqual(['GET /scim/v2/Users']);
  },
);

test.each([
  ['its token', { get: () => Promise.reject(notSentError), replaceRejected: async () => undefined }],
  [
    'another token after a refusal',
    { get: async () => new Secret('token'), replaceRejected: () => Promise.reject(notSentError) },
  ],
])('a request that is stopped while it waits for %s counts as not sent, not as failed', async (_, tokens) => {
  const api = await answering(json({}, 401));
  const send = createSend(api.url, tokens, httpOptions({ timeoutMs: 60_000 }));
  await expect(send({ method: 'POST', path: '/scim/v2/Users', body: {} })).rejects.toMatchObject({
    kind: 'cancelled',
    outcome: 'not-sent',
  });
});

/** The outcome of a GET whose response has this body. */
async function outcomeOf(body: string): Promise<unknown> {
  const { url } = await answering((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(body),
  );
  const tokens = { get: async () => new Secret('token'), replaceRejected: async () => undefined };
  const send = createSend(url, tokens, httpOptions({ timeoutMs: 9000 }));
  return send({ method: 'GET', path: '/scim/v2/Users' }).catch((error: AppError) =>
    error.message.replace(url, ''),
  );
}

test.each<[what: string, end: (filler: string) => string]>([
  ['a list', (filler) => `{"Resources":[{"id":1,"name":"größer"},${filler}[]],"totalResults":3}`],
  ['a list that is cut off', (filler) => `{"Resources":[${filler}`],
  ['a web page', (filler) => `<!doctype html>${filler}`],
  ['blanks', (filler) => filler.replace(/./g, ' ')],
  ['a text that is nested too deep', (filler) => `{"a":[${filler}${'['.repeat(101)}${']'.repeat(101)}]}`],
])('%s means the same in a response of two megabytes as in a small one', async (_, end) => {
  const [small, large] = [end('{"x":1},'), end('{"x":1},'.repeat(250_000))];
  const [one, many] = [await outcomeOf(small), await outcomeOf(large)];
  if (typeof one === 'object') expect(many).toStrictEqual(JSON.parse(large));
  else expect(many).toBe(one);
});
