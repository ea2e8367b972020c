import { expect, test } from 'vitest';
import { formatProblem } from '../../../../src/changes/declared/problems.ts';

test.each([
  ['there is no group "x"', undefined, 'a.yaml:2:14: there is no group "x"'],
  ['there is no group "x"', 'Define it', 'a.yaml:2:14: there is no group "x". Define it'],
  [
    '"EU" is not a scope. Did you mean "US"?',
    'Scopes are …',
    'a.yaml:2:14: "EU" is not a scope. Did you mean "US"? Scopes are …',
  ],
])('the problem %j with the advice %j has one mark between its sentences', (message, advice, text) => {
  expect(formatProblem({ at: { file: 'a.yaml', line: 2, column: 14 }, message, advice })).toBe(text);
});
