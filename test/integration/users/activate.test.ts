import { describe, expect, test } from 'vitest';
import { sandboxed, userAt, userNow } from '../../support/cli.ts';

describe('users activate', () => {
  test('lets users sign in again and needs no confirmation', async () => {
    const { call, sandbox } = await sandboxed();
    const user = userAt(sandbox, 7);
    const { stdout, exitCode } = await call(['users', 'activate', user.id]);
    expect({ stdout, exitCode }).toEqual({
      stdout: `${user.id}\t${user.userName}\tactivated\t\n`,
      exitCode: 0,
    });
    expect(userNow(sandbox, user).active).toBe(true);
  });
});
