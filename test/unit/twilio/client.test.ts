import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/platform/core/errors.ts';
import { Secret } from '../../../src/platform/core/secret.ts';
import { createSend } from '../../../src/twilio/client.ts';

test('a token that no header can carry is refused before it is sent, and is in no part of the error', async () => {
  const token = new Secret('first line\nsecond line');
  const tokens = { get: async () => token, replaceRejected: async () => undefined };
  const http = { timeoutMs: 1000, maxRetries: 0, signal: new AbortController().signal, now: Date.now };
  const send = createSend('http://127.0.0.1:1', tokens, http);
  const error = await send({ method: 'GET', path: '/' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ kind: 'auth', hint: expect.stringContaining('TWILIO_ORG_ACCESS_TOKEN') });
  expect(inspect(error, { depth: 9 })).not.toContain('second line');
});
