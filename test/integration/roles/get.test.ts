import { describe, expect, test } from 'vitest';
import { roles } from '../../../src/sandbox/iam/role-fixtures.ts';
import { sandboxed, sent } from '../../support/cli.ts';
import { developer } from '../../support/role-assignments.ts';

const viewers = roles.filter((role) => role.friendly_name === 'Viewer').map((role) => role.sid);

describe('roles get', () => {
  test.each([developer, 'Developer', 'dEVELOPER'])(
    'finds a role by %s, with what it allows',
    async (name) => {
      const { call } = await sandboxed({ users: 1 });
      const { stdout, exitCode } = await call(['roles', 'get', name, '-o', 'json']);
      expect(JSON.parse(stdout)).toEqual(roles.find((role) => role.sid === developer));
      expect(exitCode).toBe(0);
    },
  );

  test('refuses an ambiguous name with the candidates', async () => {
    const { run } = await sandboxed({ users: 1 });
    const { stdout, stderr, exitCode } = await run(['roles', 'get', 'viewer']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 7 });
    expect(stderr).toBe(
      'error: 2 roles are named viewer\n' +
        `Use the SID of one of them: ${viewers[0]} (general), ${viewers[1]} (billing)\n`,
    );
  });

  test('suggests roles with similar names, or else the list', async () => {
    const { call } = await sandboxed({ users: 1 });
    const { stderr, exitCode } = await call(['roles', 'get', 'studio']);
    expect(stderr).toBe('error: There is no role studio\nDid you mean Studio Editor, Studio Viewer?\n');
    expect(exitCode).toBe(6);
    expect((await call(['roles', 'get', 'Emperor'])).stderr).toMatch(
      /\nTo list all roles: twilio-org roles list\n$/,
    );
  });

  test('reads the list and nothing else', async () => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    await call(['roles', 'get', 'Developer']);
    expect(sent(sandbox)).toEqual(['GET /v2/Organizations/Roles']);
  });
});
