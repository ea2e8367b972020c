import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt, userNow, writes } from '../../support/cli.ts';

test('users export writes a file in which users import finds nothing to change', async () => {
  for (const format of ['csv', 'jsonl', 'json']) {
    const { sandbox, call } = await bulkWorld({ users: 60 });
    const { stdout } = await call(['users', 'export', '-o', format]);
    const { stderr, exitCode } = await call(['users', 'import', '-', '--yes'], {}, stdout);
    expect({ format, exitCode, writes: writes(sandbox) }).toEqual({ format, exitCode: 0, writes: [] });
    expect(stderr).toContain('60 unchanged, 0 failed');
  }
});

test('any name survives users export and users import unchanged', async () => {
  const { sandbox, call } = await bulkWorld({ users: 2 });
  const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '');
  await fc.assert(
    fc.asyncProperty(name, async (displayName) => {
      const user = userAt(sandbox, 1);
      await call(['users', 'update', user.id, '--display-name', displayName]);
      const { stdout } = await call(['users', 'export']);
      await call(['users', 'update', user.id, '--display-name', 'something else']);
      const { exitCode } = await call(['users', 'import', '-'], {}, stdout);
      expect({ exitCode, displayName: userNow(sandbox, user).displayName }).toEqual({
        exitCode: 0,
        displayName,
      });
    }),
    { numRuns: 25 },
  );
});
