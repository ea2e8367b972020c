import { expect, test } from 'vitest';
import { canResume } from '../../../../src/changes/runs/resumable.ts';
import { AppError, type ErrorKind } from '../../../../src/platform/core/errors.ts';

const cases: [what: string, kind: ErrorKind, details: { code?: number; status?: number }, helps: boolean][] =
  [
    ['the Owner', 'forbidden', { code: 25016, status: 403 }, false],
    ['a suspended user', 'forbidden', { code: 25009, status: 403 }, false],
    ['a duplicate', 'conflict', { code: 25022, status: 409 }, false],
    ['a duplicate, in the other description', 'conflict', { code: 25022, status: 400 }, false],
    ['a role that is not valid there', 'failure', { code: 25202, status: 400 }, false],
    ['a scope that is no managed account', 'failure', { code: 25200, status: 403 }, false],
    ['an invalid value', 'failure', { code: 25002, status: 400 }, false],
    ['a user that is gone', 'not-found', { code: 25008, status: 404 }, false],
    ['a refusal that is not known here', 'failure', { status: 400 }, false],
    ['what others have changed, as a look shows', 'conflict', {}, false],
    ['a version that is not theirs any more', 'conflict', { code: 25020, status: 412 }, true],
    ['a domain that is not verified yet', 'failure', { code: 25017, status: 400 }, true],
    ['the limit of users', 'failure', { code: 25007, status: 400 }, true],
    ['a scope that the app lacks', 'forbidden', { code: 20003, status: 403 }, true],
    ['a token that is refused', 'auth', { status: 401 }, true],
    ['a fault of the server', 'temporary', { status: 503 }, true],
    ['a rate limit', 'temporary', { code: 20429, status: 429 }, true],
    ['an unknown outcome', 'unknown-outcome', {}, true],
    ['Ctrl-C', 'cancelled', {}, true],
    ['a disk that is full', 'failure', {}, true],
    ['an assignment that is gone, as a look will show', 'not-found', { code: 20404, status: 404 }, true],
  ];

test.each(cases)('whether a run is resumed after %s', (_, kind, details, helps) => {
  expect(canResume([new AppError(kind, 'It failed', details)])).toBe(helps);
});

test('a run can be resumed when one of its changes may succeed', () => {
  const [owner, fault] = [
    new AppError('forbidden', 'No', { code: 25016 }),
    new AppError('temporary', 'Later', { status: 503 }),
  ];
  expect(canResume([owner, fault])).toBe(true);
  expect(canResume([owner, owner])).toBe(false);
  expect(canResume([])).toBe(false);
});
