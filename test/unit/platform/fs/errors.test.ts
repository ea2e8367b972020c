import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../src/platform/core/errors.ts';
import {
  describeFsError,
  errorCode,
  fsErrorHandler,
  inputErrorHandler,
  isNotFound,
} from '../../../../src/platform/fs/errors.ts';

const failed = (code: unknown) => Object.assign(new Error('x'), { code });

function thrownBy(work: () => never): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('the code of a failed system call', () => {
  test('is its code, where there is one', () => {
    expect(errorCode(failed('ENOENT'))).toBe('ENOENT');
    for (const other of [failed(1), new Error('ENOENT'), 'ENOENT', undefined])
      expect(errorCode(other)).toBeUndefined();
    expect([failed('ENOENT'), failed('EACCES')].map(isNotFound)).toEqual([true, false]);
  });
});

describe('the description of a failed system call', () => {
  test('is in words, also of a code without words', () => {
    expect(describeFsError(failed('EACCES'))).toBe('permission denied');
    expect(describeFsError(failed('EWHATEVER'))).toBe('EWHATEVER');
  });

  test('is that of the system for a code that a file of this program has as well', () => {
    expect(describeFsError(failed('ENOENT'))).not.toBe('ENOENT');
  });

  test('does not exist for a bug, which goes on as it is', () => {
    const bug = new TypeError('bug');
    expect(thrownBy(() => describeFsError(bug) as never)).toBe(bug);
  });
});

describe('the error of a file', () => {
  test('names what failed, the file and the reason, and keeps the cause', () => {
    const cause = failed('ENOSPC');
    const error = thrownBy(() => fsErrorHandler('write', '/a/b', 'Make room')(cause));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      kind: 'failure',
      message: 'Cannot write /a/b: the disk is full',
      hint: 'Make room',
      outcome: undefined,
      cause,
    });
  });

  test('has a hint in any case', () => {
    expect(thrownBy(() => fsErrorHandler('write', '/a')(failed('EIO')))).toMatchObject({
      hint: expect.any(String),
    });
  });
});

test('an input that can not be read is an error of usage', () => {
  for (const code of ['ENOENT', 'EACCES']) {
    expect(thrownBy(() => inputErrorHandler('people.csv')(failed(code)))).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('people.csv'),
    });
  }
});
