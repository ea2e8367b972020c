import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { call, program, run } from '../support/cli.ts';

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

  test('lists the verbs of a group, and the flags of a verb', async () => {
    expect((await run(['help', 'users'])).stdout).toMatch(/^ {2}deactivate \[user\.\.\.\] /m);
    expect((await run(['help', 'users', 'list'])).stdout).toMatch(/^ {2}--search <text> /m);
  });
});

test('the stored text of --help is what the program prints, and fits 80 columns', async () => {
  const kept = readFileSync(join(dirname(program), '../dist/help.txt'), 'utf8');
  expect((await call(['--help'])).stdout).toBe(kept);
  for (const flag of ['--help', '-h']) expect((await run([flag])).stdout).toBe(kept);
  const lines = kept.split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  // No line is wrapped at 80 columns, so the kept text also suits a wider terminal.
  expect(lines.filter((line) => /^ {10}/.test(line))).toEqual([]);
});

test('the program reads two files for --version, four for a command, and no package', () => {
  const started = (from: string, also?: RegExp) => {
    const files = new Set([from]);
    const packages = new Set<string>();
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const names = [
        ...text.matchAll(/\b(?:from|import) ?["']([\w@:./-]+)["']/g),
        ...(also ? text.matchAll(also) : []),
      ];
      for (const [, name = ''] of names) {
        if (name.startsWith('.')) files.add(join(dirname(file), name));
        else if (!name.startsWith('node:')) packages.add(name);
      }
    }
    return { files: files.size, packages: [...packages] };
  };
  expect(started(program, /import\('(\.\.\/dist\/entry\.js)'\)/g)).toEqual({ files: 2, packages: [] });
  const both = /import\(["'](\.\.\/dist\/entry\.js|\.\/main\.js)["']\)/g;
  expect(started(program, both)).toEqual({ files: 4, packages: [] });
});
