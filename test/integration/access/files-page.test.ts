import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadDeclaredAccess, maxFileBytes } from '../../../src/changes/declared/load.ts';
import { knownKeys } from '../../../src/changes/declared/parse-file.ts';
import { formatProblem } from '../../../src/changes/declared/problems.ts';
import { declaredAccessSchema } from '../../../src/changes/declared/schema.ts';
import { home } from '../../support/cli.ts';

const page = readFileSync(new URL('../../../docs/access-files.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
const [, errors = ''] = /```text\n(.*?)```/s.exec(page) ?? [];

async function problemsIn(text: string): Promise<string[]> {
  const directory = join(mkdtempSync(join(home, 'page-')), 'access');
  mkdirSync(directory);
  writeFileSync(join(directory, 'support.yaml'), text);
  const { problems } = await loadDeclaredAccess(directory);
  return problems.map((each) => formatProblem(each).replace(directory, 'access'));
}

describe('docs/access-files.md', () => {
  const wrong = blocks.filter((text) => text.includes('untill'));
  const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });
  addFormats.default(ajv);

  test.each(blocks.filter((text) => !wrong.includes(text)))('has a valid example %#', async (text) => {
    expect(await problemsIn(text)).toEqual([]);
    expect(ajv.validate(declaredAccessSchema, parse(text))).toBe(true);
  });

  test('shows the errors as they are', async () => {
    expect(wrong).toHaveLength(1);
    expect(`${(await problemsIn(wrong[0] ?? '')).join('\n')}\n`).toBe(errors);
  });

  test('describes each key', () => {
    const [, ofFile = '', ofEntry = ''] = page.split(/## Keys of .*\n/);
    for (const key of knownKeys.file)
      expect(ofFile).toContain(key === 'everything' ? `{ ${key}: true }` : `| \`${key}\` |`);
    for (const key of knownKeys.entry) expect(ofEntry).toMatch(new RegExp(`^\\| .*\`${key}\``, 'm'));
    expect(page).toContain(`at most ${maxFileBytes / 1024 / 1024} MB`);
  });
});
