import { expect, test } from 'vitest';
import { sandboxed, sent } from '../support/cli.ts';

test('--no-input is not taken for an --input of the request', async () => {
  const { run, sandbox } = await sandboxed();
  const { stderr, exitCode } = await run(['api', 'GET', '/v2/Organizations/Roles', '--no-input']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(sent(sandbox)).toEqual(['GET /v2/Organizations/Roles']);
});
