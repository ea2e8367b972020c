import { describe, expect, test } from 'vitest';
import { fromError } from '../../../../src/doctor/finding.ts';
import { describeErrorCode, systemFailure } from '../../../../src/platform/core/system-errors.ts';
import { fsErrorHandler, inputErrorHandler } from '../../../../src/platform/fs/errors.ts';
import {
  failedBeforeSending,
  isPermanent,
  toNetworkError,
} from '../../../../src/platform/http/network-errors.ts';

function systemError(code: string, syscall?: string, path?: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code, syscall, path });
}

const codes = [
  ['EMFILE', 'too many files open'],
  ['ENFILE', 'too many files open'],
  ['EFBIG', 'allows no larger file'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'quota is used up'],
  ['EROFS', 'read-only'],
  ['EIO', 'failed'],
  ['ENOMEM', 'no memory left'],
  ['EACCES', 'permission denied'],
  ['ENAMETOOLONG', 'too long'],
  ['ESTALE', 'no longer available'],
] as const;

describe.each(codes)('%s of the system', (code, words) => {
  test('is told in the same words of a file, an input, a check and anything else, and is no bug', () => {
    expect(describeErrorCode(code)).toContain(words);
    const error = systemError(code, 'open', '/a/file');
    expect(() => fsErrorHandler('write', '/a/file')(error)).toThrow(
      `Cannot write /a/file: ${describeErrorCode(code)}`,
    );
    expect(() => inputErrorHandler('users.csv')(error)).toThrow(
      `users.csv can't be read: ${describeErrorCode(code)}`,
    );
    expect(systemFailure(error)).toMatchObject({
      kind: 'failure',
      message: `System call failed: open /a/file: ${describeErrorCode(code)}`,
    });
    expect(fromError(error).found).toContain(words);
    expect(fromError(error).remedy).not.toContain('bug');
  });
});

test('an unknown system error is shown by its code', () => {
  expect(systemFailure(systemError('ENEW', 'open', '/a'))?.message).toBe('System call failed: open /a: ENEW');
  expect(describeErrorCode('constructor')).toBeUndefined();
});

test.each([
  new Error('oops'),
  new TypeError('x is not a function'),
  systemError('EBADF', 'read'),
  systemError('EINVAL', 'open'),
  systemError('ERR_INVALID_ARG_TYPE'),
  'text',
])('an error that the system has not caused stays a bug: %s', (thrown) => {
  expect(systemFailure(thrown)).toBeUndefined();
});

test.each(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])(
  'a missing module is reported with both remedies: %s',
  (code) => {
    const error = Object.assign(new Error("Cannot find package 'undici'"), { code });
    expect(systemFailure(error)).toMatchObject({
      message: 'A part of twilio-org is missing',
      hint: expect.stringMatching(
        /^If it was updated .*, run the same command again\. .* install it again\./,
      ),
    });
  },
);

describe('a request', () => {
  const request = { method: 'POST', url: new URL('https://x.example/a'), headers: {}, repeatable: false };
  const told = (fault: unknown) => toNetworkError(request, fault, { timeoutMs: 1000, by: '', env: {} });

  test.each([
    ['EMFILE', 'connect'],
    ['ENFILE', 'connect'],
    ['EADDRNOTAVAIL', 'connect'],
    ['ENOBUFS', 'connect'],
  ])('that has no room on this machine (%s) was not sent, and the network is not blamed', (code, syscall) => {
    const fault = new TypeError('fetch failed', { cause: systemError(code, syscall) });
    expect({ left: !failedBeforeSending(fault), hopeless: isPermanent(fault) }).toEqual({
      left: false,
      hopeless: false,
    });
    expect(told(fault)).toMatchObject({
      kind: 'temporary',
      message: `No request could be sent to https://x.example: ${describeErrorCode(code)}`,
      hint: expect.stringMatching(/^Close other programs/),
    });
  });

  test.each([
    ['ETIMEDOUT', 'connect', 'temporary'],
    ['EACCES', 'connect', 'temporary'],
    ['EHOSTDOWN', 'connect', 'temporary'],
    ['EAI_FAIL', 'getaddrinfo', 'temporary'],
    ['ETIMEDOUT', 'read', 'unknown-outcome'],
    ['EHOSTUNREACH', 'read', 'unknown-outcome'],
    ['ENOBUFS', 'write', 'unknown-outcome'],
  ])('that fails with %s at %s is %s', (code, syscall, kind) => {
    const error = told(systemError(code, syscall));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(describeErrorCode(code));
  });
});
