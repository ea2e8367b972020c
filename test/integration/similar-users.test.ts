import { expect, test } from 'vitest';
import { bulkWorld } from '../support/bulk.ts';
import { userAt } from '../support/cli.ts';

/** MAIL is an address, SLIP and OTHER two with a mistake, FILE a list of both, and ROWS role assignments for them. */
const lines = [
  'users get SLIP --at last',
  'access explain SLIP --at last',
  'access since SLIP Admin',
  'access diff SLIP MAIL --at last',
  'role-assignments list --user SLIP --at last',
  'role-assignments list --user SLIP --user OTHER --at last',
  'role-assignments export --user SLIP --at last',
  'role-assignments export --user SLIP',
  'role-assignments import ROWS --yes',
  'users deactivate --file FILE --yes',
];

test.each(lines)('%s suggests the address that a mistyped one is like', async (line) => {
  const { call, sandbox, file } = await bulkWorld({ users: 6 });
  const [{ userName }, other] = [userAt(sandbox, 1), userAt(sandbox, 2)];
  const [slip, otherSlip] = [`x${userName}`, `x${other.userName}`];
  const rows = [slip, otherSlip].map((who) => `${who},Support,org`);
  const words: Record<string, string> = {
    MAIL: userName,
    SLIP: slip,
    OTHER: otherSlip,
    FILE: file('people.txt', `${slip}\n${otherSlip}\n`),
    ROWS: file('rows.csv', ['user,role,scope', ...rows].join('\n')),
  };
  expect((await call(['snapshots', 'take'])).exitCode).toBe(0);
  const { stdout, stderr, exitCode } = await call(line.split(' ').map((word) => words[word] ?? word));
  expect(stdout).toBe('');
  expect(exitCode).toBeGreaterThan(1);
  expect(stderr.toLowerCase()).toContain(`there is no user ${slip.toLowerCase()}`);
  expect(stderr).toContain(`Did you mean ${userName}?`);
});
