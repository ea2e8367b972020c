import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadRulesFile } from '../../src/changes/lint-rules/load.ts';
import { indexAccounts } from '../../src/organization/accounts.ts';
import { builtInRules } from '../../src/organization/lint/rules/index.ts';
import { account, org } from '../support/lint.ts';

const page = readFileSync(new URL('../../docs/lint.md', import.meta.url), 'utf8');

test('docs/lint.md lists every rule with its severity, its summary and its numbers', () => {
  const rows = builtInRules.map(({ id, severity, summary, numbers }) => {
    const set = Object.entries(numbers).map(([name, value]) => `\`${name}: ${value}\``);
    return `| \`${id}\` | ${severity} | ${summary} | ${set.join(', ')} |`;
  });
  expect(page.match(/^\| `[a-z-]+` \|.*$/gm)).toEqual(rows);
});

test('the file of rules in docs/lint.md is read as it stands there', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'lint-page-')), 'lint.yaml');
  writeFileSync(file, /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? 'missing');
  const accounts = indexAccounts([{ sid: account, name: 'EU production' }]);
  const rules = await loadRulesFile(file, { organizationSid: org, accounts });
  expect(rules).toMatchObject({
    domains: ['example.com', '*.example.com'],
    assumeInheritance: false,
    own: [{ id: 'production-support', scope: account }],
    suppress: [{ rule: 'inactive-with-roles', until: '2027-03-31' }],
  });
  expect(rules.separate.map(({ sameScope }) => sameScope)).toEqual([false, true]);
});
