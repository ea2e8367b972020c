import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allScopes } from '../../../src/sandbox/oauth/scopes.ts';
import { asData } from '../../support/apps.ts';
import { call, home, run, sandboxed, sent, writes } from '../../support/cli.ts';

/** Twilio, "Scopes/Permissions available for Organization OAuth apps". */
const published = `
managed-users/read      GET    scim/v2/Users/sid<US>                    scim/api-reference
managed-users/list      GET    scim/v2/Users                            scim/api-reference
managed-users/create    POST   scim/v2/Users                            scim/api-reference
managed-users/update    PUT    scim/v2/Users/sid<US>                    scim/api-reference
managed-users/delete    DELETE scim/v2/Users/sid<US>                    scim/api-reference
role-assignments/list   GET    v2/Organizations/RoleAssignments         access-control/role-assignment-resource
role-assignments/create POST   v2/Organizations/RoleAssignments         access-control/role-assignment-resource
role-assignments/delete DELETE v2/Organizations/RoleAssignments/sid<IY> access-control/role-assignment-resource
roles/list              GET    v2/Organizations/Roles                   access-control/role-resource`
  .trim()
  .split('\n')
  .map((line) => line.split(/ +/))
  .map(([scope = '', method = '', path = '', page = '']) => [
    scope,
    method,
    `https://iam.twilio.com/${path}`,
    `https://www.twilio.com/docs/iam/${page}`,
  ]);

describe('apps scopes', () => {
  it('lists for every scope what it allows and which commands need it', async () => {
    const rows = await asData('scopes');
    expect(rows.map(({ scope }: { scope: string }) => scope)).toEqual(allScopes);
    expect(rows[0]).toEqual({
      scope: 'managed-users/read',
      method: 'GET',
      endpoint: 'https://iam.twilio.com/scim/v2/Users/sid<US>',
      documentation: 'https://www.twilio.com/docs/iam/scim/api-reference',
      allows: 'read one user, by SID',
      commands: expect.arrayContaining([{ command: 'users get', needed: 'to name users by SID' }]),
    });
    const { stdout, stderr } = await call(['apps', 'scopes', '-o', 'table']);
    expect(stdout).toMatch(
      /^managed-users\/create: create users\n {2}users create, users import\*, users onboard\*$/m,
    );
    expect(stdout).toMatch(/^ {2}users list, users get\*, /m);
    expect(stderr).toMatch(/^\* needs the scope only in some cases/);
  });

  it('for named commands lists exactly the scopes that they need, and when', async () => {
    const { stdout } = await call(['apps', 'scopes', 'users list', 'users.get', 'roles', 'get']);
    expect(stdout).toBe(
      "managed-users/read\tto name users by SID\nmanaged-users/list\talways\nrole-assignments/list\tto list users with their roles; to show the user's roles in a table\nroles/list\talways\n",
    );
  });

  it('has every row and column of the table that Twilio publishes', async () => {
    const rows: Record<string, string>[] = await asData('scopes');
    expect(
      rows.map(({ scope, method, endpoint, documentation }) => [scope, method, endpoint, documentation]),
    ).toEqual(published);
    const lines = (await call(['apps', 'scopes'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split('\t').slice(0, 4))).toEqual(published);
    expect(lines[2]?.split('\t')[4]).toBe('users create, users import*, users onboard*');
    const { stdout } = await call(['apps', 'scopes', '-o', 'table']);
    for (const [scope, method, endpoint, documentation] of published) {
      expect(stdout).toMatch(new RegExp(`^${scope}: `, 'm'));
      expect(stdout).toContain(`\n  ${method} ${endpoint}\n  ${documentation}\n`);
    }
    expect(stdout).not.toMatch(/^ {2}(?:.*, )?(?:access|users|roles|role-assignments)$/m);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    const [of] = await asData('scopes users.delete');
    expect(of).toMatchObject({ scope: 'managed-users/read', endpoint: published[0]?.[2] });
  });

  it.each([
    ['GET /scim/v2/Users/US0123', ['managed-users/read']],
    ['delete /scim/v2/Users/US0123', ['managed-users/delete']],
    ['DELETE /scim/v2/Users/US…', ['managed-users/delete']],
    ['GET /scim/v2/Users?filter=userName%20eq%20"a@example.com"', ['managed-users/list']],
    ['GET /scim/v2/Users/', ['managed-users/list']],
    ['Post https://iam.twilio.com/scim/v2/Users', ['managed-users/create']],
    ['PUT https://iam.twilio.com/scim/v2/Users/sid<US>', ['managed-users/update']],
    ['PATCH /scim/v2/Users/US0123', ['managed-users/update']],
    ['  GET   /v2/Organizations/RoleAssignments?PageSize=1&PageToken=x ', ['role-assignments/list']],
    ['POST /v2/Organizations/RoleAssignments', ['role-assignments/create']],
    ['DELETE /v2/Organizations/RoleAssignments/IY0123#x', ['role-assignments/delete']],
    ['GET /v2/Organizations/Roles?PageToken=x', ['roles/list', 'role-assignments/list']],
  ])('--request "%s" lists the scopes %j', async (request, scopes) => {
    const { stdout, exitCode } = await call(['apps', 'scopes', '--request', request, '-o', 'json']);
    const rows: Record<string, string>[] = JSON.parse(stdout);
    expect({ exitCode, scopes: rows.map(({ scope }) => scope) }).toEqual({ exitCode: 0, scopes });
    expect(rows.map(({ method }) => method)).toEqual(
      scopes.map(() => request.trim().split(' ')[0]?.toUpperCase()),
    );
    const fields = await call(['apps', 'scopes', '--request', request, '--fields', 'scope']);
    expect(fields.stdout).toBe(scopes.map((scope) => `${scope}\n`).join(''));
  });

  it('--request takes a URL of the API that the login is for', async () => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    const args = ['--request', `GET ${sandbox.apiUrl}/scim/v2/Users`, '--fields', 'scope'];
    expect((await call(['apps', 'scopes', ...args])).stdout).toBe('managed-users/list\n');
    expect(sent(sandbox)).toEqual([]);
    const checked = await call([
      'apps',
      'scopes',
      '--check',
      '--request',
      'GET /v2/Organizations/RoleAssignments',
    ]);
    expect(checked.stdout).toMatch(/^role-assignments\/list\tyes\t[^\n]*\n$/);
  });

  it('--request marks a scope that Twilio does not document but that is expected to work', async () => {
    const { stderr } = await call(['apps', 'scopes', '--request', 'PATCH /scim/v2/Users/US0123']);
    expect(stderr).toContain("Twilio's table names no scope for PATCH; that of PUT probably applies\n");
    const roles = await call(['apps', 'scopes', '--request', 'GET /v2/Organizations/Roles']);
    expect(roles.stderr).toContain('either may be enough');
  });

  it.each([
    'GET /v2/Organizations/Accounts',
    'DELETE /scim/v2/Users',
    'GET /scim/v2/Users/US0123/more',
    'GET /SCIM/v2/Users',
    'TRACE /scim/v2/Users',
    'GET https://api.twilio.com/scim/v2/Users',
    'GET http://iam.twilio.com/scim/v2/Users',
    'GET /',
  ])('--request "%s" is reported as unknown', async (request) => {
    const { stdout, stderr, exitCode } = await call(['apps', 'scopes', '--request', request]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 6 });
    expect(stderr).toMatch(
      /^error: Twilio's pages name no scope for [A-Z]+ .*\nThe request may need an unknown scope/,
    );
  });

  it.each([
    [['--request', '/scim/v2/Users']],
    [['--request', 'GET']],
    [['--request', '']],
    [['--request', 'GET //iam.twilio.com/scim/v2/Users']],
    [['--request', 'GET /scim/v2/Users now']],
    [['--request', 'GET /scim/v2/Users', 'users list']],
  ])('with the arguments %j is a usage error', async (args) => {
    const { stdout, stderr, exitCode } = await call(['apps', 'scopes', ...args]);
    expect({ stdout, exitCode, lines: stderr.split('\n').length }).toEqual({
      stdout: '',
      exitCode: 2,
      lines: 3,
    });
  });

  it('refuses an unknown command with the known ones', async () => {
    const { exitCode, stdout, stderr } = await call(['apps', 'scopes', 'users list', 'users lst']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: "users lst" is not .*\nCommands with scopes: users list, .*access diff, .*open\n$/,
    );
    for (const words of [['api'], ['runs', 'undo']]) {
      const requests = await call(['apps', 'scopes', ...words]);
      expect([requests.exitCode, requests.stderr]).toEqual([2, expect.stringMatching(/--request "GET/)]);
    }
  });

  it('--check finds the scopes of the login with reads alone, and lists those that only a write could show', async () => {
    const { call, sandbox } = await sandboxed({
      scopes: ['managed-users/list', 'managed-users/delete', 'roles/list'],
    });
    const { stdout, exitCode } = await call(['apps', 'scopes', '--check', '-o', 'json']);
    expect(exitCode).toBe(0);
    const held = JSON.parse(stdout).map(({ scope, held }: Record<string, string>) => [scope, held]);
    expect(Object.fromEntries(held)).toEqual({
      'managed-users/read': 'no',
      'managed-users/list': 'yes',
      'managed-users/create': 'unknown',
      'managed-users/update': 'unknown',
      'managed-users/delete': 'unknown',
      'role-assignments/list': 'no',
      'role-assignments/create': 'unknown',
      'role-assignments/delete': 'unknown',
      'roles/list': 'yes',
    });
    expect(stdout).toContain("Can't be known without writing");
    expect(writes(sandbox)).toEqual([]);
  });

  it('--check with commands tests only their scopes', async () => {
    const { call, sandbox } = await sandboxed();
    const { stdout } = await call(['apps', 'scopes', 'roles.list', '--check', '--fields', 'scope,held']);
    expect(stdout).toBe('roles/list\tyes\n');
    expect(sent(sandbox)).toEqual(['GET /v2/Organizations/Roles']);
  });

  it('--check exits with the code of the first error that stops it', async () => {
    const { call, sandbox } = await sandboxed();
    const refused = await call(['apps', 'scopes', '--check'], {
      env: { TWILIO_ORG_ACCESS_TOKEN: 'old-canary' },
    });
    expect([refused.exitCode, refused.stdout]).toEqual([4, '']);
    const token = sandbox.issueToken({ organizationSid: `OR${'9'.repeat(32)}` });
    const foreign = await call(['apps', 'scopes', '--check'], { env: { TWILIO_ORG_ACCESS_TOKEN: token } });
    expect([foreign.exitCode, foreign.stderr]).toEqual([5, expect.stringContaining('right organization')]);
    const nobody = await run(['apps', 'scopes', '--check'], {
      env: { TWILIO_ORG_CONFIG_DIR: join(home, 'nothing') },
    });
    expect(nobody.exitCode).toBe(4);
  });
});
