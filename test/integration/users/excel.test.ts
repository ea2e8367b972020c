import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { writes } from '../../support/cli.ts';

test.each(['users', 'role-assignments'])(
  '%s export --excel begins with a byte order mark, and is imported unchanged',
  async (noun) => {
    const { sandbox, call, file } = await bulkWorld({ users: 8, assignments: 6 });
    const plain = await call([noun, 'export']);
    const excel = await call([noun, 'export', '--excel']);
    expect(excel.stdout).toBe(`\ufeff${plain.stdout}`);
    const { stderr, exitCode } = await call([noun, 'import', file('export.csv', excel.stdout), '--yes']);
    expect({ exitCode, writes: writes(sandbox) }, stderr).toEqual({ exitCode: 0, writes: [] });
  },
);

test('users export --excel is refused with another format', async () => {
  const { call } = await bulkWorld({ users: 1 });
  const { stderr, exitCode } = await call(['users', 'export', '--excel', '-o', 'json']);
  expect(stderr).toContain('--excel writes CSV, but -o asks for json');
  expect(exitCode).toBe(2);
});

test.each(['--results', '--plan-out'])('users import refuses %s over its input', async (flag) => {
  const { call, file } = await bulkWorld({ users: 1 });
  const input = file('in.csv', 'email\na@example.com\n');
  const { stderr, exitCode } = await call(['users', 'import', input, flag, input, '--yes']);
  expect(stderr).toContain(`${flag} ${input} is the input itself, which would be overwritten`);
  expect({ exitCode, kept: readFileSync(input, 'utf8') }).toEqual({
    exitCode: 2,
    kept: 'email\na@example.com\n',
  });
});
