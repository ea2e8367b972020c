import { describe, expect, test } from 'vitest';
import { run } from '../support/cli.ts';

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

test('--help fits 80 columns', async () => {
  const { stdout } = await run(['--help']);
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
});
