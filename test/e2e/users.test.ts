import { expect, test } from 'vitest';
import { sandboxed, sent } from '../support/cli.ts';

test('users list off a terminal is tab-separated, without a header', async () => {
  const { run, sandbox } = await sandboxed({ users: 3 });
  const { stdout, stderr, exitCode } = await run(['users', 'list']);
  const rows = [...sandbox.state.users.all()].map((u) =>
    [u.id, u.userName, u.displayName, u.active].join('\t'),
  );
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: `${rows.join('\n')}\n`, stderr: '', exitCode: 0 });
  expect(sent(sandbox)).toEqual(['GET /scim/v2/Users']);
});
