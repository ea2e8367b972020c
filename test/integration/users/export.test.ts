import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { User } from '../../../src/sandbox/scim/user-store.ts';
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

test('an import of an export changes nothing, for any users', async () => {
  const { sandbox, call } = await bulkWorld({ users: 4, assignments: 0 });
  const users = [1, 2, 3].map((index) => userAt(sandbox, index));
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    // Texts that spreadsheets, CSV and the cells of an import read in another way.
    fc.constantFrom(
      '=1+1',
      "'=1",
      'false',
      'NULL',
      '007',
      '1e3',
      '="007"',
      ' a ',
      'Jose\u0301',
      '\u200bZoe',
      'a\r\nb',
    ),
  );
  const person = fc.record(
    { displayName: text, givenName: text, familyName: text, active: fc.boolean() },
    { requiredKeys: ['active'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(person, { minLength: 3, maxLength: 3 }), async (people) => {
      for (const [index, { givenName, familyName, displayName, active }] of people.entries()) {
        const { displayName: _, ...user } = users[index] as User;
        const name = { ...(givenName && { givenName }), ...(familyName && { familyName }) };
        sandbox.state.users.put({ ...user, ...(displayName && { displayName }), name, active });
      }
      sandbox.requests.length = 0;
      for (const format of ['csv', 'json']) {
        const { stdout } = await call(['users', 'export', '-o', format]);
        const { stderr, exitCode } = await call(['users', 'import', '-', '--yes'], {}, stdout);
        expect({ exitCode, writes: writes(sandbox) }, stderr).toEqual({ exitCode: 0, writes: [] });
        expect(stderr).toContain('4 unchanged');
      }
    }),
    { numRuns: 12 },
  );
});
