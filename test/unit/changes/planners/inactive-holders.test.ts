import { expect, test } from 'vitest';
import { inactiveHolderWarning } from '../../../../src/changes/planners/inactive-holders.ts';
import { ada } from '../../../support/changes.ts';

test('only a user who is known to be inactive gets a warning', () => {
  expect(inactiveHolderWarning(undefined)).toEqual({});
  expect(inactiveHolderWarning(ada)).toEqual({});
  const { active: _, ...silent } = ada;
  expect(inactiveHolderWarning(silent)).toEqual({});
  expect(inactiveHolderWarning({ ...ada, active: false }, '--reactivate')).toEqual({
    warning:
      "ada@example.com is not active and can't use these roles. To activate: twilio-org users activate ada@example.com, or add --reactivate",
  });
});
