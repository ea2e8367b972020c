import { expect, test } from 'vitest';
import { lintHtml } from '../../../../src/reports/html/lint.ts';
import { attackingNames, everyFinding, lintFinding, lintResult } from '../../../support/lint-result.ts';

const headings = (text: string) =>
  [...text.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, inner = '']) => inner.replace(/<[^>]*>/g, ''));

test('a page has a section for each kind of finding, and the help of each rule', () => {
  const text = lintHtml(everyFinding(), '1.2.3');
  expect(headings(text)).toEqual([
    'Errors (1)',
    'Warnings (5)',
    'Notes (1)',
    'Undecided (1)',
    'Suppressed (1)',
    'Not checked',
    'Rules',
  ]);
  for (const shown of [
    'One admin can be locked out.',
    'snapshot 20261127T100000Z',
    '1 in the baseline',
    'OPS-4711',
  ])
    expect(text).toContain(shown);
});

test('names that attack are text', () => {
  const text = lintHtml(
    lintResult(attackingNames.map((message) => lintFinding({ message, fix: message }))),
    '1.2.3',
  );
  const body = text.slice(text.indexOf('<body>'));
  expect(body).not.toMatch(/<(?:script|img|svg)|\p{Cf}|(?!\n)\p{Cc}/u);
  expect(body).toContain('&lt;script&gt;');
});
