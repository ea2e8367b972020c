import { describe, expect, test } from 'vitest';
import { call } from '../support/cli.ts';

const verbs = ['users', 'roles', 'role-assignments', 'auth', 'apps'];
const others = ['api', 'sandbox', 'doctor', 'completion'];

describe('help', () => {
  test('of the program names every group', async () => {
    const { stdout, stderr, exitCode } = await call(['--help']);
    for (const name of [...verbs, ...others]) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect((await call([])).stdout).toBe(stdout);
    expect((await call(['help'])).stdout).toBe(stdout);
  });

  test.each(verbs)(
    'of %s and of each of its verbs has at least two examples of that command',
    async (group) => {
      const help = await call([group, '--help']);
      const names = [...help.stdout.matchAll(/^ {2}([a-z-]+)(?: [[<]\S+)* {2,}/gm)].map(
        (match) => match[1] ?? '',
      );
      expect(names.length).toBeGreaterThan(1);
      for (const path of [[group], ...names.map((name) => [group, name])]) {
        const { stdout, exitCode } = await call([...path, '--help']);
        const examples = stdout.slice(stdout.indexOf('\nExamples:')).match(/^ {2}\$ .*$/gm) ?? [];
        expect([path, exitCode, examples.length >= 2]).toEqual([path, 0, true]);
        for (const example of examples) expect(example).toContain(`twilio-org ${path.join(' ')}`);
      }
    },
  );

  test.each(others)('of %s has at least one example', async (name) => {
    expect((await call([name, '--help'])).stdout).toMatch(new RegExp(`^ {2}\\$ .*twilio-org ${name}`, 'm'));
  });

  test('of the alias assignments equals that of role-assignments', async () => {
    expect((await call(['assignments', 'list', '--help'])).stdout).toBe(
      (await call(['role-assignments', 'list', '--help'])).stdout,
    );
  });
});
