import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { completionScript, shells } from '../../src/cli/completion/index.ts';
import { storableProgram } from '../../src/cli/stored.ts';
import { loadProgram } from '../../src/program.ts';
import { clientCredentials, type Env, home, program, run, sandboxed, userAt } from '../support/cli.ts';
import { loadedBy } from '../support/loaded.ts';
import { storeKey } from '../support/store-key.ts';

const stored = (file: string) => readFileSync(join(program, '../../dist', file), 'utf8');

/** Modules that took longer to load than the rest of a start. */
const heavy =
  /^(?:crypto|http|https|net|os|readline|timers\/promises|tty|v8|zlib|internal\/deps\/undici\/undici)$/;

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
      expect(itself.files.length).toBeGreaterThan(2);
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
    [['users', 'list', '-o', 'json'], 5],
    [['roles', 'list'], 6],
    [['role-assignments', 'list'], 8],
    [['users', 'get', 'MAIL'], 13],
  ])('%j, with a token from the environment, at most %i files', async (args, most) => {
    const { env, sandbox } = await sandboxed({ users: 3 });
    const { userName } = userAt(sandbox, 0);
    const words = args.map((word) => (word === 'MAIL' ? userName : word));
    const { exitCode, files, packages, builtins } = await loadedBy(words, env);
    expect(exitCode).toBe(0);
    expect(files.length, files.join()).toBeLessThanOrEqual(most);
    expect(packages).toEqual([]);
    const used = ['http', 'net', 'tty'];
    expect(builtins.filter((name) => heavy.test(name) && !used.includes(name))).toEqual([]);
  });
});

test('a plain list loads nothing of what its flags ask for', async () => {
  const { env } = await sandboxed({ users: 3 });
  const { files } = await loadedBy(['users', 'list'], env);
  const parts =
    /^dist\/(?:deferred-|(?:predicate|order|parse|query|at-snapshot|accounts|organization|source|explain)-)/;
  expect(files.filter((file) => parts.test(file))).toEqual([]);
  const sizes = files.map((file) => statSync(join(program, '../..', file)).size);
  // Compiling them takes most of what a start takes beyond that of Node.
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(185_000);
});

test('client credentials load neither fetch nor TLS for a server without it', async () => {
  const { env, sandbox } = await sandboxed({ users: 3 });
  const { exitCode, files, packages, builtins } = await loadedBy(['users', 'list'], {
    ...env,
    ...clientCredentials(sandbox),
  });
  expect(exitCode).toBe(0);
  expect(files.length, files.join()).toBeLessThanOrEqual(6);
  expect(packages).toEqual([]);
  const used = ['http', 'net', 'tty'];
  expect(builtins.filter((name) => heavy.test(name) && !used.includes(name))).toEqual([]);
});

test('a login in a file under a key loads nothing that renews or stores it', async () => {
  const { env, sandbox, run } = await sandboxed({ users: 3 });
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const store: Env = {
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_CONFIG_DIR: mkdtempSync(join(home, 'key-')),
    TWILIO_ORG_STORE: 'file',
    TWILIO_ORG_STORE_KEY: storeKey,
  };
  const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
  const { stderr } = await run([...login, '--client-secret-stdin'], { env: store, input: client_secret });
  expect(stderr).toContain('Logged in');
  const { exitCode, files, packages } = await loadedBy(['users', 'list'], { ...env, ...store });
  expect(exitCode).toBe(0);
  expect(files.length, files.join()).toBeLessThanOrEqual(8);
  expect(packages).toEqual([]);
});

describe('what the build has stored', () => {
  test('is the program as its commands declare it', async () => {
    for (const [file, text] of storableProgram(await loadProgram())) expect(stored(file)).toBe(text);
  });

  test.each(shells)('is the completion script of %s', async (shell) => {
    expect(stored(`completion.${shell}.txt`)).toBe(await completionScript(await loadProgram(), shell));
  });
});
