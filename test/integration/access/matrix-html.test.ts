import { describe, expect, test } from 'vitest';
import { warningOfSize } from '../../../src/commands/access/shared/matrix-page.ts';
import { worldOfThree } from '../../support/access-world.ts';

interface Data {
  rows: [name: string, detail: string, sid: string, status: string, tally: number[], cells: number[][]][];
  columns: [name: string, sid: string, tally: number[]][];
  entries: { subject: string; note: string; isUndecided: boolean }[];
}

async function world() {
  const found = await worldOfThree();
  await found.call(['accounts', 'name', found.eu, 'EU production']);
  await found.call(['accounts', 'name', found.us, 'US staging']);
  const page = async (...args: string[]) => {
    const { stdout, exitCode } = await found.call(['access', 'matrix', ...args, '-o', 'html']);
    expect(exitCode).toBe(0);
    const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(stdout) ?? [];
    const data: Data = JSON.parse(json);
    const rows = data.rows.map(([name, , , , , cells]) => [
      name,
      ...cells.map(([column = -1, ...held]) => {
        const texts = held.map((index) => {
          const { subject = '', note, isUndecided } = data.entries[index] ?? {};
          return `${subject}${isUndecided ? '?' : ''}${note ? ` ${note}` : ''}`;
        });
        return `${data.columns[column]?.[0]}: ${texts.join(', ')}`;
      }),
    ]);
    return { rows, html: stdout };
  };
  return { ...found, page };
}

describe('access matrix -o html', () => {
  test('has the people of each role', async () => {
    const { page, one, two, three } = await world();
    const { rows } = await page('--rows', 'roles');
    expect(rows).toEqual([
      [
        'Admin',
        `org: ${one.userName}`,
        `EU production: ${two.userName}, ${one.userName}? organization-wide`,
        `US staging: ${one.userName}? organization-wide`,
      ],
      ['Billing Group Manager', `org: ${three.userName} billing_group bg_1`],
      ['Messaging Admin', `US staging: ${three.userName}`],
    ]);
  });

  test('has a column for each role', async () => {
    const { page, three } = await world();
    const { rows } = await page('--columns', 'roles', '--role', 'Messaging Admin');
    expect(rows).toEqual([[three.userName, 'Messaging Admin: US staging']]);
  });

  test('has the access of a snapshot, and names it', async () => {
    const { page, call, one, org } = await world();
    expect((await call(['snapshots', 'take'])).exitCode).toBe(0);
    const { rows, html } = await page('--at', 'last', '--scope', 'org', '--role', 'Admin');
    expect(rows).toEqual([[one.userName, 'org: Admin']]);
    expect(html).toMatch(/<dt>Organization<\/dt><dd>OR/);
    expect(html).toContain(org);
    expect(html).toMatch(/<dt>Read from<\/dt><dd>snapshot \d{8}-\d+-\w+ of http/);
  });

  test('warns of a page that is slow to open, and refuses one that browsers may not open', () => {
    expect(warningOfSize({ certain: 400_000, undecided: 100_000 })).toBeUndefined();
    expect(warningOfSize({ certain: 400_000, undecided: 100_001 })).toMatch(
      /500,001 entries.*--scope, --role/,
    );
    expect(() => warningOfSize({ certain: 1, undecided: 2_000_000 })).toThrow(/2,000,001 entries/);
  });
});
