import { describe, expect, test } from 'vitest';
import { roles } from '../../../src/sandbox/iam/role-fixtures.ts';
import { sandboxed, sent } from '../../support/cli.ts';

const viewers = roles.filter((role) => role.friendly_name === 'Viewer').map((role) => role.sid);
const developer = 'IX00000000000000000000000000000103';

describe('roles list', () => {
  test('shows every role with its group and level', async () => {
    const { run } = await sandboxed({ users: 1 });
    const { stdout, stderr, exitCode } = await run(['roles', 'list']);
    expect(stdout.trimEnd().split('\n')).toEqual(
      roles.map((role) => [role.sid, role.friendly_name, role.product_group, role.lowest_level].join('\t')),
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });

  test('narrows by search, product group and several types of resource', async () => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    const names = async (...flags: string[]) =>
      (await call(['roles', 'list', '--fields', 'friendly_name', ...flags])).stdout.trimEnd().split('\n');
    expect(await names('--search', 'studio')).toEqual(['Studio Editor', 'Studio Viewer']);
    expect(await names('--search', developer)).toEqual(['Developer']);
    expect(await names('--product-group', 'verify')).toEqual(['Verify Admin', 'Verify Analyst']);
    const types = ['--resource-type', 'sip_trunk', '--resource-type', 'verify_service'];
    expect(await names(...types)).toEqual(['SIP Manager', 'Verify Admin']);
    expect(sandbox.requests.at(-1)?.query.ResourceTypes).toBe('sip_trunk,verify_service');
  });

  test('shows what each allows and denies only with --permissions', async () => {
    const { call } = await sandboxed({ users: 1 });
    const list = async (...flags: string[]) =>
      (await call(['roles', 'list', '--search', 'Support', ...flags])).stdout;
    expect(await list()).not.toContain('/twilio/');
    expect(await list('--permissions')).toMatch(/\t\["\/twilio\/\*\/read".*\]\t\["\/twilio\/iam\/\*"\]\n$/);
    const [support] = JSON.parse(await list('--permissions', '-o', 'json'));
    expect(support).toEqual(roles.find((role) => role.friendly_name === 'Support'));
  });

  test('says when --limit cut the list', async () => {
    const { call } = await sandboxed({ users: 1 });
    const { stdout, stderr } = await call(['roles', 'list', '--limit', '2']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toBe('Only the first 2 roles are shown (--limit 2): there are more\n');
  });
});

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
        `Give the SID of one of them: ${viewers[0]} (general), ${viewers[1]} (billing)\n`,
    );
  });

  test('suggests roles whose names are alike, or else the list', async () => {
    const { call } = await sandboxed({ users: 1 });
    const { stderr, exitCode } = await call(['roles', 'get', 'studio']);
    expect(stderr).toBe('error: There is no role studio\nDid you mean Studio Editor, Studio Viewer?\n');
    expect(exitCode).toBe(6);
    expect((await call(['roles', 'get', 'Emperor'])).stderr).toMatch(
      /\n`twilio-org roles list` shows them all\n$/,
    );
  });

  test('reads the list and nothing else', async () => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    await call(['roles', 'get', 'Developer']);
    expect(sent(sandbox)).toEqual(['GET /v2/Organizations/Roles']);
  });
});
