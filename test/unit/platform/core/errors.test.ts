import { describe, expect, test } from 'vitest';
import { AppError, exitCodes, isBrokenPipe, usageError } from '../../../../src/platform/core/errors.ts';

const cause = new Error('why');
const details = {
  hint: 'Do this',
  outcome: 'refused',
  status: 409,
  code: 25022,
  oauthError: 'invalid_grant',
  moreInfo: 'https://example.com/25022',
  requestId: 'RQ1',
  retryAfterMs: 1000,
  listed: { summary: 'two', lines: ['a', 'b'] },
} as const;

describe('an error with another message or hint', () => {
  const error = new AppError('conflict', 'It exists', { ...details, cause });

  test('keeps everything else', () => {
    const reworded = error.withMessage('There is one');
    expect({ ...reworded }).toEqual({ ...error });
    expect(reworded).toMatchObject({ message: 'There is one', cause, ...details });
    const hinted = error.withHint('Do that');
    expect(hinted).toMatchObject({ ...details, message: 'It exists', hint: 'Do that', cause });
  });

  test('leaves the first as it is', () => {
    error.withHint('Do that');
    expect(error.hint).toBe('Do this');
  });
});

describe('the outcome of an error', () => {
  test('is unknown wherever the kind says so', () => {
    expect(new AppError('unknown-outcome', 'x').outcome).toBe('unknown');
    expect(new AppError('unknown-outcome', 'x', { outcome: 'refused' }).outcome).toBe('unknown');
  });

  test('is absent unless it is given', () => {
    expect(new AppError('temporary', 'x').outcome).toBeUndefined();
    expect(usageError('x', 'y')).toMatchObject({ kind: 'usage', hint: 'y', outcome: undefined });
  });
});

test('an error without a cause has no such member', () => {
  expect('cause' in new AppError('failure', 'x')).toBe(false);
  expect(new AppError('failure', 'x', { cause }).cause).toBe(cause);
});

test('exit codes are distinct, and none is that of success', () => {
  const codes = Object.values(exitCodes);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes).not.toContain(0);
});

test('a broken pipe is told from other errors', () => {
  expect(isBrokenPipe(Object.assign(new Error('x'), { code: 'EPIPE' }))).toBe(true);
  expect(isBrokenPipe(new Error('EPIPE'))).toBe(false);
  expect(isBrokenPipe('EPIPE')).toBe(false);
});
