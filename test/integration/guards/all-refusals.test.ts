import { expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';

test('a plan is refused for all reasons at once, and the command that is named goes on', async () => {
  const { call, sandbox } = await bulkWorld({ users: 30 });
  const users = Array.from({ length: 24 }, (_, index) => userAt(sandbox, index + 1).id);
  const refused = await call(['users', 'deactivate', ...users, '--max-removals', '2', '--yes', '-o', 'tsv']);
  expect(refused.exitCode).toBe(9);
  expect(refused.stderr).toMatch(/This makes \d+ removals; the limit is 2/);
  expect(refused.stderr).toMatch(/This affects \d+ of \d+ active users/);
  expect(refused.stderr).toContain('so nothing was changed');
  expect(writes(sandbox)).toEqual([]);
  const named = /To allow all of it: *\n? *twilio-org (.*)/.exec(refused.stderr)?.[1] ?? '';
  expect(named).not.toContain('--max-removals 2 ');
  expect((await call([...named.split(' '), '--dry-run'])).exitCode).toBe(0);
});
