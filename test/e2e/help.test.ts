import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program, run } from '../support/cli.ts';

describe('help', () => {
  test.each([
    [[], ['--help']],
    [['users'], ['users', '--help']],
    [['users'], ['users']],
    [['assignments'], ['role-assignments', '--help']],
    [
      ['users', 'list'],
      ['users', 'list', '--help'],
    ],
  ])('help %j prints what %j prints', async (asked, other) => {
    const help = await run(['help', ...asked]);
    expect(help).toEqual(await run(other));
    expect(help).toMatchObject({ stderr: '', exitCode: 0 });
  });

  test('a group lists its verbs, a verb its flags', async () => {
    expect((await run(['help', 'users'])).stdout).toMatch(/^ {2}deactivate \[user\.\.\.\] /m);
    expect((await run(['help', 'users', 'list'])).stdout).toMatch(/^ {2}--search <text> /m);
  });
});

test('a start reads three files, and no package', () => {
  const files = new Set([program]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
      /\b(?:from|import) ?["']([\w@:./-]+)["']/g,
    )) {
      if (name.startsWith('.')) files.add(join(dirname(file), name));
      else if (!name.startsWith('node:')) packages.add(name);
    }
  }
  expect(files.size).toBeLessThanOrEqual(3);
  expect([...packages]).toEqual([]);
});
