import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { completionScript, shells } from '../../src/cli/completion/index.ts';
import { storableProgram } from '../../src/cli/stored.ts';
import { loadProgram } from '../../src/program.ts';
import { program, run, sandboxed } from '../support/cli.ts';
import { loadedBy } from '../support/loaded.ts';

const stored = (file: string) => readFileSync(join(program, '../../dist', file), 'utf8');

/** Modules that took longer to load than the rest of a start. */
const heavy =
  /^(?:crypto|http|https|net|os|readline|timers\/promises|tty|zlib|internal\/deps\/undici\/undici)$/;

describe('without loading the program', () => {
  it.each([
    [['--version']],
    [[]],
    [['--help']],
    [['-h']],
    [['help']],
    [['users']],
    [['users', '--help']],
    [['help', 'assignments']],
    [['users', 'list', '--help']],
    [['assignments', 'list', '-h']],
    [['help', 'role-assignments', 'list']],
    [['doctor', '--help']],
    ...shells.map((shell) => [['completion', shell]]),
  ])('%j is answered from what the build has stored', async (args) => {
    const { exitCode, stderr, stdout, files, packages, builtins } = await loadedBy(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toBe('');
    expect(files).toEqual(['bin/twilio-org.js', 'dist/entry.js']);
    expect(packages).toEqual([]);
    expect(builtins.filter((name) => heavy.test(name))).toEqual([]);
  });

  it.each([[['users', 'list', '--help']], [['users', '--help']], [['--help']]])(
    '%j prints what the program itself prints',
    async (args) => {
      const itself = await loadedBy([...args, '--no-color']);
      expect(itself.files).toContain('dist/main.js');
      expect(itself.stdout).toBe((await run(args)).stdout);
    },
  );
});

describe('a command loads few files, and no package:', () => {
  it.each([
    [['usrs', 'list'], 6],
    [['users', 'lsit'], 6],
    [['users', 'list', '--serach', 'ada'], 8],
  ])('%j, which is a mistake, at most %i files and nothing of the network', async (args, most) => {
    const { exitCode, files, packages, builtins } = await loadedBy(args);
    expect(exitCode).toBe(2);
    expect(files.length, files.join()).toBeLessThanOrEqual(most);
    expect(packages).toEqual([]);
    expect(builtins.filter((name) => heavy.test(name) && name !== 'net' && name !== 'tty')).toEqual([]);
  });

  it.each([
    [['users', 'list', '-o', 'json'], 6],
    [['roles', 'list'], 6],
    [['role-assignments', 'list'], 9],
    [['users', 'get', 'ada@example.com'], 15],
  ])('%j, with a token from the environment, at most %i files', async (args, most) => {
    const { env } = await sandboxed({ users: 3 });
    const { files, packages, builtins } = await loadedBy(args, env);
    expect(files.length, files.join()).toBeLessThanOrEqual(most);
    expect(packages).toEqual([]);
    const used = ['http', 'net', 'tty'];
    expect(builtins.filter((name) => heavy.test(name) && !used.includes(name))).toEqual([]);
  });
});

describe('what the build has stored', () => {
  test('is the program as its commands declare it', async () => {
    expect(stored('program.json')).toBe(storableProgram(await loadProgram()));
  });

  test.each(shells)('is the completion script of %s', async (shell) => {
    expect(stored(`completion.${shell}.txt`)).toBe(await completionScript(await loadProgram(), shell));
  });
});
