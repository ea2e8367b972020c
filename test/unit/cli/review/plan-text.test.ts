import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { PersonChanges } from '../../../../src/changes/plan/people.ts';
import { personLines } from '../../../../src/cli/review/plan-text.ts';
import { loadStyle, plainStyle } from '../../../../src/platform/terminal/color.ts';

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

test('removals are red, the signs of grants green and of warnings marked, what stays dim, and the text is the same', async () => {
  const style = await loadStyle(true);
  const lines = personLines(ada, { ...plain, style });
  expect(lines.map(stripVTControlCharacters)).toEqual(personLines(ada, plain));
  expect(lines.slice(1)).toEqual([
    `    ${style.red('-')} ${style.red('Role: Admin in org')}`,
    '    ~ Family name: Lin → Lin-Chen',
    `    ${style.green('+')} Role: Support in org`,
    `    ${style.dim('=')} ${style.dim('The user has this role already')}`,
    `    ${style.warning('!')} Ada is not active`,
  ]);
});

describe('what is narrow', () => {
  test.each([20, 30, 40])('fits a terminal of %d columns, with the text under the text', (width) => {
    const long = { ...ada, name: 'Ada Augusta King, Countess of Lovelace' };
    const lines = personLines(long, { ...plain, width });
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('Countess of Lovelace');
  });

  test('keeps the look of a removal on all of its lines', async () => {
    const { red } = await loadStyle(true);
    const details = [{ sign: '-' as const, what: 'Role', from: 'Regulatory Manager in org' }];
    const lines = personLines(
      { ...ada, details, notes: [], warnings: [] },
      { ...plain, style: await loadStyle(true), width: 24 },
    );
    expect(lines.slice(-2)).toEqual([
      `    ${red('-')} ${red('Role: Regulatory')}`,
      `      ${red('Manager in org')}`,
    ]);
  });
});

test('what a file or a server says cannot write to the terminal', () => {
  const lines = personLines({ ...ada, who: 'a\u001b[2J@example.com', notes: ['\u202Eno'] }, plain);
  expect(lines.join('')).not.toContain('\u001b');
  expect(lines.join('')).not.toContain('\u202E');
});
