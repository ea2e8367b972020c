import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { sendWithRetries } from '../../../../src/platform/http/client.ts';
import { describeNetworkError } from '../../../../src/platform/http/network-errors.ts';
import type { HttpOptions, HttpRequest } from '../../../../src/platform/http/types.ts';
import { type Answer, answering, hungUp, json, nowhere } from '../../../support/server.ts';
import { timersByHand } from '../../../support/timers.ts';

/** Made for this test alone: for 127.0.0.1, good until the year 2126. */
const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYx2GR/G0LwvQP9S/
54VcB0HLnEPjbZUGqz1MabiEB3uhRANCAASJYpfd6o6lzIuqwMvph9QS3lxDDpQw
FlW0Ur9ANOj8O5jg1+whEA6y2LQJeyoouG2rPV9EV1G+8bryQTE9yGt6
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBjzCCATagAwIBAgIUSkH31p02jhESozlPU9B0HaSJFZswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAzMzkyOVoYDzIxMjYxMDMx
MDMzOTI5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASJYpfd6o6lzIuqwMvph9QS3lxDDpQwFlW0Ur9ANOj8O5jg1+whEA6y
2LQJeyoouG2rPV9EV1G+8bryQTE9yGt6o2QwYjAdBgNVHQ4EFgQUF1wgf3tf8uyM
LcerIFS2zmF7luUwHwYDVR0jBBgwFoAUF1wgf3tf8uyMLcerIFS2zmF7luUwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IEIprdkdecN91jfZjwKVE3FlCIkmV8uOGp2QHwWp/ZyFAiBleqyyIADNVofHw1nD
te7LPdSEy3mt3YK2TdHgRwWspA==
-----END CERTIFICATE-----`,
};

const ok: Answer = (response) => response.end('{"ok":true}');
const status = (code: number, headers: Record<string, string> = {}) => json({}, code, headers);
const broken: Answer = (response, request) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"half":', () => request.socket.destroy());
};

const now = { 'retry-after': '0' };

function get(url: string): HttpRequest {
  return { method: 'GET', url: new URL('/a?b=c', url), headers: {}, repeatable: true };
}

function post(url: string): HttpRequest {
  return { ...get(url), method: 'POST', body: '{"x":1}', debugBody: '{"x":1}', repeatable: false };
}

function options(given: Partial<HttpOptions> = {}): HttpOptions {
  const signal = new AbortController().signal;
  return { timeoutMs: 60_000, maxRetries: 1, signal, now: Date.now, ...given };
}

describe('a request with a permit', () => {
  test('uses it when it leaves', async () => {
    const { url } = await answering(ok);
    const onUse = vi.fn();
    await sendWithRetries({ ...post(url), permit: { isValid: () => true, onUse } }, options());
    expect(onUse).toHaveBeenCalled();
  });

  test('is not sent once the permit is withdrawn, also where that happens between two attempts', async () => {
    const { url, arrived } = await answering(status(429, now), ok);
    const permit = { isValid: () => arrived.length === 0, onUse: () => undefined };
    const sending = sendWithRetries({ ...post(url), permit }, options({ maxRetries: 3 }));
    await expect(sending).rejects.toMatchObject({ kind: 'cancelled', outcome: 'not-sent' });
    expect(arrived).toHaveLength(1);
  });
});

describe('a response', () => {
  test('has status, headers and text, whatever the status', async () => {
    const { url } = await answering(status(404, { 'twilio-request-id': 'RQ1' }));
    const answer = await sendWithRetries(get(url), options());
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 404, text: '{}' });
    expect(answer.headers.get('twilio-request-id')).toBe('RQ1');
  });

  test('that redirects is not followed', async () => {
    const other = await answering(ok);
    const { url } = await answering(status(307, { location: other.url }));
    expect(await sendWithRetries(post(url), options())).toMatchObject({ status: 307 });
    expect(other.arrived).toHaveLength(0);
  });
});

describe('a broken request is retried when that is safe:', () => {
  test.each<[string, Answer]>([
    ['an answer that breaks off', broken],
    ['a connection that is hung up', hungUp],
    ['a server fault', status(503, now)],
  ])('%s, on reading', async (_, fault) => {
    const { url, arrived } = await answering(fault, ok);
    expect((await sendWithRetries(get(url), options())).text).toBe('{"ok":true}');
    expect(arrived).toHaveLength(2);
  });

  test.each<[string, Answer]>([
    ['an answer that breaks off', broken],
    ['a connection that is hung up', hungUp],
  ])('%s, on a write: it is not sent again, and its outcome is unknown', async (_, fault) => {
    const { url, arrived } = await answering(fault, ok);
    await expect(sendWithRetries(post(url), options())).rejects.toMatchObject({
      kind: 'unknown-outcome',
      message: expect.stringMatching(/^POST \/a: no response/),
      hint: expect.stringMatching(/Check before you run it again/),
    });
    expect(arrived).toHaveLength(1);
  });

  test('a server error on a write is returned, without a retry', async () => {
    const { url, arrived } = await answering(status(500, now), ok);
    expect((await sendWithRetries(post(url), options())).status).toBe(500);
    expect(arrived).toHaveLength(1);
  });

  test('a write that was refused for its rate is retried', async () => {
    const { url, arrived } = await answering(status(429, now), ok);
    expect((await sendWithRetries(post(url), options())).status).toBe(200);
    expect(arrived).toHaveLength(2);
  });

  test('up to the limit, and then the last response counts', async () => {
    const { url, arrived } = await answering(status(429, now));
    expect((await sendWithRetries(get(url), options({ maxRetries: 3 }))).status).toBe(429);
    expect(arrived).toHaveLength(4);
  });
});

describe('a request without a response:', () => {
  test.each([get, post])('a refused connection is temporary: nothing was sent', async (request) => {
    const url = await nowhere();
    await expect(sendWithRetries(request(url), options())).rejects.toMatchObject({
      kind: 'temporary',
      message: `${url} could not be reached: connection refused`,
    });
  });

  test('a refused connection is retried, for a write too', async () => {
    const lines: string[] = [];
    const debug = (line: string) => lines.push(line);
    await expect(sendWithRetries(post(await nowhere()), options({ debug }))).rejects.toThrow();
    expect(lines.filter((line) => line.startsWith('> POST'))).toHaveLength(2);
  });

  test('a time limit ends a try: temporary on reading, unknown on a write', async () => {
    const pass = timersByHand();
    // A connection that takes longer than the limit would be another fault.
    const { url } = await answering(() => pass(50));
    const hurried = options({ timeoutMs: 50, maxRetries: 0 });
    await expect(sendWithRetries(get(url), hurried)).rejects.toMatchObject({
      kind: 'temporary',
      message: expect.stringMatching(/no complete response within 0.05 seconds/),
    });
    await expect(sendWithRetries(post(url), hurried)).rejects.toMatchObject({ kind: 'unknown-outcome' });
  });

  test('the time limit includes a response that has begun', async () => {
    const { url } = await answering((response) => void response.write('{'));
    const hurried = options({ timeoutMs: 50, maxRetries: 0 });
    await expect(sendWithRetries(get(url), hurried)).rejects.toMatchObject({ kind: 'temporary' });
  });
});

test('a request with an untrusted certificate is not retried', async () => {
  const server = createTlsServer(selfSigned);
  const lines: string[] = [];
  const debug = (line: string) => lines.push(line);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const request of [get, post]) {
    await expect(sendWithRetries(request(url), options({ maxRetries: 4, debug }))).rejects.toMatchObject({
      kind: 'failure',
      message: `The certificate of ${url} is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT`,
      hint: expect.stringMatching(/NODE_EXTRA_CA_CERTS/),
    });
  }
  expect(lines.filter((line) => /^> [A-Z]+ /.test(line))).toEqual([
    `> GET ${url}/a?b=c`,
    `> POST ${url}/a?b=c`,
  ]);
});

describe('the end of the program', () => {
  const cancelled = new AppError('cancelled', 'Cancelled');

  test('during a write says that it may have happened', async () => {
    const stop = new AbortController();
    const { url } = await answering(() => stop.abort(cancelled));
    await expect(sendWithRetries(post(url), options({ signal: stop.signal }))).rejects.toMatchObject({
      kind: 'cancelled',
      message: 'Cancelled while POST /a was under way',
      hint: expect.stringMatching(/may or may not have happened/),
    });
  });

  test('ends a request under way, and nothing is sent again', async () => {
    const stop = new AbortController();
    const { url, arrived } = await answering(() => stop.abort(cancelled));
    await expect(sendWithRetries(get(url), options({ signal: stop.signal }))).rejects.toBe(cancelled);
    expect(arrived).toHaveLength(1);
  });

  test('before a request prevents it', async () => {
    const { url, arrived } = await answering(ok);
    const signal = AbortSignal.abort(cancelled);
    await expect(sendWithRetries(post(url), options({ signal }))).rejects.toBe(cancelled);
    expect(arrived).toHaveLength(0);
  });

  test('ends the wait for the next try', async () => {
    const stop = new AbortController();
    const { url, arrived } = await answering(status(429, { 'retry-after': '60' }));
    const debug = (line: string) => {
      if (/retry in/.test(line)) setImmediate(() => stop.abort(cancelled));
    };
    await expect(sendWithRetries(get(url), options({ signal: stop.signal, debug }))).rejects.toBe(cancelled);
    expect(arrived).toHaveLength(1);
  });
});

describe('the output for --debug', () => {
  async function told(request: HttpRequest, answer: Answer): Promise<string[]> {
    const lines: string[] = [];
    await sendWithRetries(
      { ...request, url: new URL('/a', (await answering(answer)).url) },
      {
        ...options({ tokenCommand: 'twilio-org auth token' }),
        debug: (line) => lines.push(line),
      },
    );
    return lines;
  }

  test('the request with its body, the answer with its status, time, id and body', async () => {
    const answer = status(404, { 'twilio-request-id': 'RQ1' });
    const lines = await told({ ...post('http://x'), debugResponse: true }, answer);
    expect(lines).toEqual([
      expect.stringMatching(/^> POST http:\/\/127\.0\.0\.1:\d+\/a$/),
      '> {"x":1}',
      expect.stringMatching(
        /^ {2}curl -g -X POST \S+\/a -H "authorization: Bearer \$\(twilio-org auth token\)" --data-raw '\{"x":1\}'$/,
      ),
      expect.stringMatching(/^< 404 after \d+ ms, request id RQ1$/),
      '< {}',
    ]);
  });

  test('has no header, and no hidden body', async () => {
    const secret = { ...post('http://x'), headers: { authorization: 'Bearer hush' }, debugBody: undefined };
    expect((await told(secret, ok)).join('\n')).not.toMatch(/hush|"x"|"ok"/);
  });

  test('hides a secret that the response repeats, in every form it may take there', async () => {
    const secret = 'canary/of the+token';
    const forms = [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/')];
    const request = { ...post('http://x'), debugResponse: true, secrets: [secret] };
    const lines = await told(request, (response) => response.writeHead(400).end(forms.join(' | ')));
    expect(lines.at(-1)).toBe('< [hidden] | [hidden] | [hidden]');
  });

  test('has only the beginning of a long response', async () => {
    const lines = await told({ ...get('http://x'), debugResponse: true }, (response) =>
      response.end('y'.repeat(100_000)),
    );
    expect(lines.at(-1)?.length).toBeLessThan(3000);
    expect(lines.at(-1)).toMatch(/^< y+… \(98000 characters more\)$/);
  });
});

test.each([
  ['EPIPE', 'the connection broke'],
  ['EAI_AGAIN', 'the DNS lookup failed'],
  ['EHOSTUNREACH', 'there is no route to it'],
  ['ENETUNREACH', 'there is no route to it'],
])('the network error %s has a message', (code, said) => {
  expect(describeNetworkError(Object.assign(new Error('x'), { code }), 1000)).toBe(said);
});

describe('a request with a condition before sending', () => {
  const over = new AppError('temporary', 'It is over', { outcome: 'not-sent' });
  /** Throws at the nth look. */
  const until = (last: number) => {
    let looks = 0;
    return () => {
      looks += 1;
      if (looks >= last) throw over;
    };
  };

  test('is not retried when the condition no longer holds', async () => {
    const { url, arrived } = await answering(status(429, now), ok);
    // Each try looks when it begins and once more when the connection is there.
    await expect(sendWithRetries(post(url), options({ beforeSend: until(3) }))).rejects.toBe(over);
    expect(arrived).toEqual(['POST /a?b=c']);
  });

  test('is not retried when the condition holds again: its reason is no network error', async () => {
    const { url, arrived } = await answering(ok);
    let looks = 0;
    const once = () => {
      looks += 1;
      if (looks === 1) throw over;
    };
    for (const request of [get, post]) {
      looks = 0;
      await expect(sendWithRetries(request(url), options({ beforeSend: once }))).rejects.toBe(over);
    }
    expect(arrived).toEqual([]);
  });

  test('checks the condition again once it is connected', async () => {
    const { url, arrived } = await answering(ok);
    await expect(sendWithRetries(post(url), options({ beforeSend: until(2) }))).rejects.toBe(over);
    expect(arrived).toEqual([]);
    await sendWithRetries(post(url), options({ beforeSend: until(3) }));
    expect(arrived).toHaveLength(1);
  });
});
