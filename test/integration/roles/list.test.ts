import { describe, expect, test } from 'vitest';
import { roles } from '../../../src/sandbox/iam/role-fixtures.ts';
import { sandboxed } from '../../support/cli.ts';
import { developer } from '../../support/role-assignments.ts';

describe('roles list', () => {
  test('shows every role with its group and level', async () => {
    const { run } = await sandboxed({ users: 1 });
    const { stdout, stderr, exitCode } = await run(['roles', 'list']);
    expect(stdout.trimEnd().split('\n')).toEqual(
      roles.map((role) => [role.sid, role.friendly_name, role.product_group, role.lowest_level].join('\t')),
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });

  test('filters by search, product group and several types of resource', async () => {
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

  test('shows permissions only with --permissions', async () => {
    const { call } = await sandboxed({ users: 1 });
    const list = async (...flags: string[]) =>
      (await call(['roles', 'list', '--search', 'Support', ...flags])).stdout;
    expect(await list()).not.toContain('/twilio/');
    expect(await list('--permissions')).toMatch(/\t\["\/twilio\/\*\/read".*\]\t\["\/twilio\/iam\/\*"\]\n$/);
    const [support] = JSON.parse(await list('--permissions', '-o', 'json'));
    expect(support).toEqual(roles.find((role) => role.friendly_name === 'Support'));
  });

  test('says when --limit has shortened the list', async () => {
    const { call } = await sandboxed({ users: 1 });
    const { stdout, stderr } = await call(['roles', 'list', '--limit', '2']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toBe('Only the first 2 roles are shown (--limit 2): there are more\n');
  });
});
