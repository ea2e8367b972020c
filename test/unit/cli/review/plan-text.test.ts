import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import type { PersonChanges } from '../../../../src/changes/plan/people.ts';
import { personLines } from '../../../../src/cli/review/plan-text.ts';
import { plainStyle } from '../../../../src/platform/terminal/color.ts';

const ada: PersonChanges = {
  who: 'ada@example.com',
  name: 'Ada Lin',
  lines: ['2', '7'],
  details: [
    { sign: '+', what: 'Role', to: 'Support in org' },
    { sign: '~', what: 'Family name', from: 'Lin', to: 'Lin-Chen' },
    { sign: '-', what: 'Role', from: 'Admin in org' },
  ],
  notes: ['The user has this role already', 'The user has this role already'],
  warnings: ['Ada is not active'],
  items: 2,
};
const measure = (text: string) => text.length;
const plain = { style: plainStyle, width: undefined, measure };

test('the address and the name come first, then removals, changes and grants, what stays, and warnings', () => {
  expect(personLines(ada, plain)).toEqual([
    '  ada@example.com  Ada Lin  (lines 2, 7)',
    '    - Role: Admin in org',
    '    ~ Family name: Lin → Lin-Chen',
    '    + Role: Support in org',
    '    = The user has this role already',
    '    ! Ada is not active',
  ]);
});

test('removals are red, grants green, what stays dim, warnings yellow, and the text is the same', () => {
  const style = new Chalk({ level: 1 });
  const lines = personLines(ada, { ...plain, style });
  expect(lines.map(stripVTControlCharacters)).toEqual(personLines(ada, plain));
  expect(lines.slice(1)).toEqual([
    `    ${style.red('- Role: Admin in org')}`,
    '    ~ Family name: Lin → Lin-Chen',
    `    ${style.green('+ Role: Support in org')}`,
    `    ${style.dim('= The user has this role already')}`,
    `    ${style.yellow('! Ada is not active')}`,
  ]);
});

describe('what is narrow', () => {
  test.each([20, 30, 40])('fits a terminal of %d columns, with the text under the text', (width) => {
    const long = { ...ada, name: 'Ada Augusta King, Countess of Lovelace' };
    const lines = personLines(long, { ...plain, width });
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('Countess of Lovelace');
  });
});

test('what a file or a server says cannot write to the terminal', () => {
  const lines = personLines({ ...ada, who: 'a\u001b[2J@example.com', notes: ['\u202Eno'] }, plain);
  expect(lines.join('')).not.toContain('\u001b');
  expect(lines.join('')).not.toContain('\u202E');
});
