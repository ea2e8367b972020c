import { describe, expect, test } from 'vitest';
import type { RunEnd, RunFailures } from '../../../../src/changes/runs/execute.ts';
import { emptyTotals, type Totals } from '../../../../src/changes/runs/outcomes.ts';
import { runFailure, withResume } from '../../../../src/cli/review/run-failure.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { planHeader } from '../../../support/plans.ts';

const resume = 'Resume with: twilio-org runs resume 20260314-091500000-0001';
const first = new AppError('failure', 'Refused', { hint: 'Ask the owner', status: 400 });

function failureOf(
  totals: Partial<Totals>,
  failures: Partial<RunFailures> = {},
  { size = 5, canResume = true }: { size?: number; canResume?: boolean } = {},
): AppError | undefined {
  const end: RunEnd = {
    totals: { ...emptyTotals(), ...totals },
    failures: {
      first: undefined,
      haveSameHint: true,
      haveSameCause: false,
      stop: undefined,
      gaveUp: false,
      ...failures,
    },
    canResume,
  };
  return runFailure(end, { head: { ...planHeader, done: 'deactivated' }, size }, resume);
}

describe('the error at the end of a run', () => {
  test('is absent when every item succeeded', () => {
    expect(failureOf({ created: 2, changed: 2, unchanged: 1 })).toBeUndefined();
  });

  test('counts the items that are not done, with the hint that fits all failures', () => {
    expect(failureOf({ changed: 3, failed: 2 }, { first })).toMatchObject({
      kind: 'partial',
      message: '2 of 5 were not deactivated',
      hint: `Ask the owner. ${resume}`,
    });
  });

  test('points to the rows where failures have different hints', () => {
    const failure = failureOf(
      { changed: 4, failed: 1 },
      { first, haveSameHint: false },
      { canResume: false },
    );
    expect(failure).toMatchObject({
      message: '1 of 5 was not deactivated',
      hint: 'The list above has the result of each',
    });
  });

  test('is that of the change itself where nothing changed, for one reason', () => {
    expect(failureOf({ failed: 1, notTried: 4 }, { first, haveSameCause: true })).toMatchObject({
      kind: 'failure',
      message: 'Refused',
      status: 400,
    });
  });

  test('counts all the same where something changed before the one reason', () => {
    expect(failureOf({ changed: 1, failed: 1, notTried: 3 }, { first, haveSameCause: true })?.kind).toBe(
      'partial',
    );
  });

  test('of a stopped run says how far it got and how to resume it', () => {
    const stop = new AppError('cancelled', 'Stopped');
    expect(failureOf({ changed: 3, notTried: 2 }, { stop })).toMatchObject({
      kind: 'cancelled',
      message: 'Stopped after 3 of 5',
      hint: resume,
    });
  });

  test('of a run that gave up says after how many failures', () => {
    expect(failureOf({ failed: 10, notTried: 5 }, { first, gaveUp: true }, { size: 15 })?.message).toBe(
      '15 of 15 were not deactivated; the run ended after 10 failures in a row',
    );
  });

  test('offers no resume where resuming would fail in the same way', () => {
    expect(failureOf({ failed: 2, changed: 3 }, { first }, { canResume: false })?.hint).toBe('Ask the owner');
  });
});

test('an error outside of a recorded run keeps its hint', () => {
  expect(withResume(first, undefined)).toBe(first);
  expect(withResume(new AppError('failure', 'Cannot write'), resume).hint).toBe(resume);
});
