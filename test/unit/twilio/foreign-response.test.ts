import { describe, expect, test } from 'vitest';
import { detectForeignResponse, isHtml } from '../../../src/twilio/foreign-response.ts';
import { response } from '../../support/request-errors.ts';

const url = new URL('https://preview-iam.example/scim/v2/Users?x=1');
const page = '<!doctype html><html><body>Sign in</body></html>';

function detect(status: number, text = '{}', method = 'GET') {
  return detectForeignResponse(response(status, text), { method, url }, method !== 'GET');
}

describe('a response that may be from Twilio', () => {
  test.each([
    [200, 'GET'],
    [204, 'DELETE'],
    [201, 'POST'],
    [201, 'PUT'],
    [400, 'POST'],
    [404, 'GET'],
    [503, 'POST'],
  ])('with status %i to a %s is left to the caller', (status, method) => {
    expect(detect(status, '{}', method)).toBeUndefined();
  });

  test.each([500, 502, 503, 429, 408])('with status %i may be a web page', (status) => {
    expect(detect(status, page, 'POST')).toBeUndefined();
  });
});

describe('a response from something in between', () => {
  test('a redirect is not followed, and leaves a write unknown', () => {
    expect(detect(302)).toMatchObject({ kind: 'failure', status: 302 });
    expect(detect(307, '', 'POST')).toMatchObject({ kind: 'unknown-outcome', status: 307 });
  });

  test('a network that wants a sign-in let nothing through', () => {
    expect(detect(511, page, 'POST')).toMatchObject({ kind: 'failure', outcome: 'refused' });
  });

  test('a web page is named with its address, without the query', () => {
    const message = detect(200, page)?.message;
    expect(message).toContain('https://preview-iam.example/scim/v2/Users');
    expect(message).not.toContain('x=1');
  });

  test('a web page with success leaves a write unknown; one with an error refused it', () => {
    expect(detect(200, page, 'POST')).toMatchObject({ kind: 'unknown-outcome' });
    expect(detect(403, page, 'POST')).toMatchObject({ kind: 'failure', outcome: 'refused' });
  });

  test.each([
    [202, 'POST'],
    [203, 'GET'],
    [206, 'GET'],
    [201, 'GET'],
    [201, 'DELETE'],
    [99, 'GET'],
  ])('status %i to a %s is not what Twilio sends on success', (status, method) => {
    const kind = method === 'GET' ? 'failure' : 'unknown-outcome';
    expect(detect(status, '{}', method)).toMatchObject({ kind, status });
  });

  test('a status of two digits is shown with three', () => {
    expect(detect(99)?.message).toContain('099');
  });
});

describe('a web page', () => {
  test.each([
    ['by its type', '<p>', 'text/html; charset=utf-8', true],
    ['by its first tag', page, 'application/json', true],
    ['not by its type alone', '{}', 'text/html', false],
    ['not as any XML', '<error/>', 'application/xml', false],
  ])('is recognised %s', (_, text, type, expected) => {
    expect(isHtml(response(200, text, { 'content-type': type }))).toBe(expected);
  });
});
