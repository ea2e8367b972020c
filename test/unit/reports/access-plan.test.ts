import { describe, expect, test } from 'vitest';
import type { PlanLabels } from '../../../src/changes/plan/people.ts';
import { type Item, planFromItems } from '../../../src/changes/plan/plan.ts';
import { declaredColumns } from '../../../src/changes/planners/declared-access.ts';
import { accessPlanMarkdown } from '../../../src/reports/access-plan.ts';
import { grantNumber, planHeader, sid } from '../../support/plans.ts';

const names: Record<string, string> = {
  [sid('IX', 1)]: 'Support',
  [sid('IX', 2)]: 'Viewer',
  [sid('OR', 1)]: 'org',
};
const labels: PlanLabels = { label: (text) => names[text] ?? text, person: () => undefined };

const row = (user: number, line: number) => ({
  userName: `p${user}@example.com`,
  id: sid('US', user),
  why: `access/support.yaml:${line}`,
});

const removal = (user: number, role = 1): Item => ({
  row: row(user, 2),
  steps: [
    {
      do: 'delete-assignment',
      assignment: { ...grantNumber(role), sid: sid('IY', user), identity: sid('US', user) },
    },
  ],
});

const addition = (user: number, role = 1, because?: string): Item => ({
  row: { ...row(user, 5), ...(because === undefined ? {} : { because }) },
  steps: [{ do: 'create-assignment', grant: { ...grantNumber(role), identity: sid('US', user) } }],
});

function markdown(items: Item[], refusals: string[] = []): Promise<string> {
  const plan = planFromItems({ ...planHeader, columns: declaredColumns }, items);
  return accessPlanMarkdown(plan, labels, { directory: 'access', refusals });
}

describe('A plan as Markdown', () => {
  test('has the totals, the removals in full, and then what is given by role', async () => {
    expect(
      await markdown([removal(1), addition(2, 2), addition(3, 1, 'OPS-7'), addition(4, 2)]),
    ).toBe(`## Access plan

**1 role to remove, 3 to give**, so that the organization is as \`access\` says.

### Removed

| Who | Role | Where | Why |
| --- | --- | --- | --- |
| \`p1@example.com\` | \`Support\` | \`org\` | \`access/support.yaml:2\` |

### Given: \`Viewer\`

| Who | Role | Where | Why |
| --- | --- | --- | --- |
| \`p2@example.com\` | \`Viewer\` | \`org\` | \`access/support.yaml:5\` |
| \`p4@example.com\` | \`Viewer\` | \`org\` | \`access/support.yaml:5\` |

### Given: \`Support\`

| Who | Role | Where | Why |
| --- | --- | --- | --- |
| \`p3@example.com\` | \`Support\` | \`org\` | \`access/support.yaml:5\` · \`OPS-7\` |
`);
  });

  test('says so where there is nothing to do', async () => {
    expect(await markdown([])).toContain('Nothing to do: the organization is as `access` says.');
  });

  test('names why it would be refused, and what is left alone', async () => {
    const kept: Item = { row: row(1, 2), steps: [], note: 'It was given again by hand' };
    const text = await markdown([removal(2), kept], ['access/a.yaml:2 owns Viewer in org, lists nobody']);
    expect(text).toContain(
      '**This plan will be refused:**\n\n- `access/a.yaml:2` owns Viewer in org, lists nobody',
    );
    expect(text).toContain('### Left alone\n\n- `p1@example.com`: It was given again by hand');
  });

  test('is never longer than 60,000 characters, has all removals first, and says how many more there are', async () => {
    const items = [
      ...Array.from({ length: 300 }, (_, user) => removal(user)),
      ...Array.from({ length: 50_000 }, (_, user) => addition(user, 1 + (user % 2))),
    ];
    const refusals = Array.from(
      { length: 5_000 },
      (_, line) => `access/a.yaml:${line} owns ${'Viewer '.repeat(50)}`,
    );
    const text = await markdown(items, refusals);
    expect(text.length).toBeLessThanOrEqual(60_000);
    expect(text.length).toBeGreaterThan(50_000);
    expect(text.match(/support\.yaml:2`/g)).toHaveLength(300);
    const shown = text.match(/support\.yaml:5`/g)?.length ?? 0;
    expect(text).toContain(`Not shown: ${50_000 - shown} additions. Run`);
  });

  test('counts removals and additions apart where not even all removals have room', async () => {
    const kept: Item = { row: row(1, 2), steps: [], note: 'It was given again by hand' };
    const items = [
      ...Array.from({ length: 2_000 }, (_, user) => removal(user)),
      kept,
      ...Array.from({ length: 450 }, (_, user) => addition(user, 1 + (user % 2))),
    ];
    const text = await markdown(items);
    expect(text.length).toBeLessThanOrEqual(60_000);
    const shown = text.match(/support\.yaml:2`/g)?.length ?? 0;
    expect(text).toContain(
      `Not shown: ${2_000 - shown} removals, 1 role that is left alone, 450 additions. Run`,
    );
  });

  test('gives names no meaning', async () => {
    const because = 'see @everyone, #1 and <img src=x> | [a](http://b)';
    const text = await markdown([addition(1, 1, because)]);
    expect(text.replace(/`[^`]*`/g, '')).not.toMatch(/@|<|(?<!&)#1|]\(/);
    expect(
      text
        .split('\n')
        .find((line) => line.includes('p1@'))
        ?.match(/ \| /g),
    ).toHaveLength(3);
  });
});
