import { describe, expect, test } from 'vitest';
import type { ErrorKind } from '../../../src/platform/core/errors.ts';
import { parseErrorBody, toApiError } from '../../../src/twilio/errors.ts';

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: new Headers(headers), text };
}

const reading = { scopes: [], write: false, now: 0 };
const writing = { ...reading, write: true };

test.each([
  ['User name ada@example.com exists', 'twilio-org users get ada@example.com'],
  ['External id 47 11 exists', 'twilio-org users get'],
  ["External id o'n exists", `twilio-org users get 'external:o'\\''n'`],
  ['Duplicate', 'twilio-org users get'],
])('a key that another user has advises the command that shows them: %s', (message, command) => {
  const { hint } = toApiError(answer(409, { code: 25022, message }), writing);
  expect(hint).toContain(`\`${command}\` shows`);
});

describe('the error in a response', () => {
  test("is read in Twilio's own form", () => {
    const body = {
      code: 20001,
      message: 'Invalid request',
      more_info: 'https://www.twilio.com/docs/errors/20001',
      status: 400,
    };
    expect(toApiError(answer(400, body, { 'twilio-request-id': 'RQ1' }), reading)).toMatchObject({
      kind: 'failure',
      message: 'Invalid request',
      code: 20001,
      status: 400,
      moreInfo: 'https://www.twilio.com/docs/errors/20001',
      requestId: 'RQ1',
    });
  });

  test('is read with moreInfo', () => {
    expect(parseErrorBody('{"code":20001,"message":"m","moreInfo":"https://x"}').moreInfo).toBe('https://x');
  });

  test("is read in SCIM's form, whose status is a text", () => {
    const body = {
      schemas: ['…:Error'],
      detail: 'User not found',
      status: '404',
      code: 25008,
      moreInfo: 'u',
    };
    expect(toApiError(answer(404, body), reading)).toMatchObject({
      kind: 'not-found',
      message: 'User not found',
      code: 25008,
      status: 404,
      moreInfo: 'u',
    });
  });

  test("is read in OAuth's form", () => {
    expect(parseErrorBody('{"error":"invalid_grant","error_description":"The code has expired"}')).toEqual({
      message: 'The code has expired',
      oauthError: 'invalid_grant',
    });
    const alone = { message: 'invalid_grant', oauthError: 'invalid_grant' };
    expect(parseErrorBody('{"error":"invalid_grant"}')).toEqual(alone);
  });

  test('is read with a code as text, but not with one that is no number', () => {
    expect(parseErrorBody('{"code":"25008"}')).toEqual({ code: 25008 });
    expect(parseErrorBody('{"code":"x","message":""}')).toEqual({});
  });

  test.each(['', '<html>Bad Gateway</html>', 'null', '[]', '"no"', '{"message":{"a":1},"code":null}'])(
    'is none in %j',
    (text) => {
      expect(parseErrorBody(text)).toEqual({});
      expect(toApiError(answer(400, text), reading).message).toBe('Twilio responded with status 400');
    },
  );
});

describe('a status without a known error', () => {
  test.each<[number, ErrorKind]>([
    [400, 'failure'],
    [401, 'auth'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [408, 'temporary'],
    [409, 'conflict'],
    [412, 'conflict'],
    [415, 'failure'],
    [429, 'temporary'],
    [500, 'temporary'],
    [503, 'temporary'],
  ])('%i on a read has its kind', (status, kind) => {
    expect(toApiError(answer(status, ''), reading).kind).toBe(kind);
  });

  test.each([408, 500, 502, 503, 504])('%i on a write leaves the outcome unknown', (status) => {
    const error = toApiError(answer(status, ''), writing);
    expect(error.kind).toBe('unknown-outcome');
    expect(error.hint).toMatch(/may or may not have happened\. Check before you run/);
  });

  test('distinguishes a refused login from a missing scope, which it names', () => {
    const denied = { code: 20003, message: 'Authorization denied' };
    const scopes = ['roles/list', 'role-assignments/list'];
    expect(toApiError(answer(401, denied), { ...reading, scopes }).hint).toMatch(/auth login/);
    const forbidden = toApiError(answer(403, denied), { ...reading, scopes });
    expect(forbidden.kind).toBe('forbidden');
    expect(forbidden.hint).toMatch(/lacks the scope roles\/list or role-assignments\/list/);
    expect(toApiError(answer(403, denied), reading).hint).toMatch(/lacks a scope/);
  });

  test('has advice for a refused token from the environment', () => {
    expect(toApiError(answer(401, ''), reading).hint).toMatch(/TWILIO_ORG_ACCESS_TOKEN/);
  });
});

describe('rate limits', () => {
  test.each([20429, 25021, 25109])('%i is temporary, on a write too', (code) => {
    expect(toApiError(answer(429, { code, message: 'Too many requests' }), writing)).toMatchObject({
      kind: 'temporary',
      message: 'Too many requests',
      hint: expect.stringMatching(/again later/),
    });
  });

  test('show the time to wait', () => {
    const said = (seconds: string) =>
      toApiError(answer(429, { code: 20429, message: 'Too many' }, { 'retry-after': seconds }), reading)
        .message;
    expect(said('3600')).toBe('Too many: retry after 3600 seconds');
    expect(said('1')).toBe('Too many: retry after 1 second');
    expect(said('9'.repeat(400))).toBe('Too many: retry after more than a year');
  });
});

describe("Twilio's codes", () => {
  test.each<[code: number, status: number, kind: ErrorKind, hint: RegExp]>([
    [20001, 400, 'failure', /field/],
    [20404, 404, 'not-found', /SID/],
    [20003, 401, 'auth', /auth login/],
    [20003, 403, 'forbidden', /lacks the scope some\/scope: tick it in the OAuth app/],
    [20429, 429, 'temporary', /again later.*--concurrency/],
    [25021, 429, 'temporary', /again later.*--concurrency/],
    [25109, 429, 'temporary', /again later.*--concurrency/],
    [25109, 403, 'temporary', /again later.*--concurrency/],
    [25001, 400, 'failure', /userName eq.*externalId eq/],
    [25002, 400, 'failure', /given name has 2 to 255/],
    [25003, 400, 'failure', /family name has 2 to 255/],
    [25004, 400, 'failure', /external id has 2 to 255/],
    [25005, 400, 'failure', /user name has 2 to 255/],
    [25006, 400, 'failure', /report it with the output of --debug/],
    [25007, 400, 'failure', /limit of managed users.*support/],
    [25008, 404, 'not-found', /managed by the organization/],
    [25009, 400, 'forbidden', /suspended/],
    [25010, 400, 'failure', /primary e-mail/],
    [25011, 400, 'failure', /primary e-mail/],
    [25012, 400, 'forbidden', /e-mail addresses: ask Twilio support/],
    [25013, 400, 'forbidden', /user names: ask Twilio support/],
    [25014, 400, 'failure', /must be equal/],
    [25015, 400, 'failure', /PATCH/],
    [25016, 403, 'forbidden', /Owner.*ask Twilio support/],
    [25017, 400, 'failure', /Organization settings > Domains/],
    [25018, 403, 'forbidden', /Log in again.*right organization/],
    [25019, 400, 'failure', /current state of the resource/],
    [25020, 412, 'conflict', /was changed in the meantime: check it/],
    [25020, 409, 'conflict', /was changed in the meantime: check it/],
    [25022, 409, 'conflict', /users get/],
    [25023, 400, 'failure', /start the listing again/],
    [25100, 404, 'not-found', /organization: check the SID/],
    [25101, 404, 'not-found', /account: check the SID/],
    [25102, 400, 'failure', /limit of accounts.*support/],
    [70051, 401, 'forbidden', /may lack the scope some\/scope.*auth status --check/],
    [70051, 403, 'forbidden', /may lack the scope some\/scope.*auth status --check/],
    [25105, 403, 'forbidden', /Log in again.*right organization/],
    [25106, 409, 'conflict', /current state of the resource/],
    [25107, 403, 'forbidden', /Log in again.*right organization/],
    [
      25200,
      400,
      'failure',
      /was the organization or an independent account. Pass a managed account: --scope/,
    ],
    [25201, 400, 'failure', /managed by the organization/],
    [25202, 400, 'failure', /roles list/],
    [25203, 400, 'failure', /--user or --scope/],
  ])('%i with status %i is %s', (code, status, kind, hint) => {
    const error = toApiError(answer(status, { code, message: 'm' }), { ...writing, scopes: ['some/scope'] });
    expect(error).toMatchObject({ kind, code, status, message: 'm', hint: expect.stringMatching(hint) });
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
    const scim = { schemas, detail: 'm', status: String(status), code };
    expect(toApiError(answer(status, scim), { ...writing, scopes: ['some/scope'] })).toEqual(error);
  });

  test('an unknown code has the kind of its status, and says where to look', () => {
    const unknown = { code: 29999, message: 'm', more_info: 'https://www.twilio.com/docs/errors/29999' };
    expect(toApiError(answer(409, unknown), writing)).toMatchObject({
      kind: 'conflict',
      code: 29999,
      hint: 'See https://www.twilio.com/docs/errors/29999',
    });
    expect(toApiError(answer(431, ''), reading).hint).toMatch(/--debug/);
  });
});
