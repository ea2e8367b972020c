import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import { call, sandboxed, sent, userAt, writes } from '../../support/cli.ts';
import { billing } from '../../support/role-assignments.ts';
import { answering, json } from '../../support/server.ts';

const groupManager = 'IX00000000000000000000000000000301';
const path = '/v2/Organizations/RoleAssignments';

function shown({ state }: Sandbox) {
  return state.assignments.map(({ order: _, ...assignment }) => assignment);
}

/** Flags that give the user the Billing role in the organization, which nobody but the Owner's like has at first. */
const grant = (user: string) => ['--user', user, '--role', 'Billing', '--scope', 'org'];

describe('role-assignments list', () => {
  test('shows all pages, as the API has them', async () => {
    const { run, sandbox } = await sandboxed({ users: 50, assignments: 230 });
    const { stdout, stderr, exitCode } = await run(['role-assignments', 'list', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(shown(sandbox));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(sent(sandbox)).toEqual([`GET ${path}`, `GET ${path}`, `GET ${path}`]);
    expect(sandbox.requests[0]?.query).toEqual({ PageSize: '100' });
  });

  test('has the alias assignments, and stops reading at --limit', async () => {
    const { call, sandbox } = await sandboxed({ users: 50, assignments: 230 });
    const { stdout, stderr } = await call(['assignments', 'list', '--limit', '5', '-o', 'jsonl']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(shown(sandbox).slice(0, 5));
    expect(stderr).toBe('Only the first 5 role assignments are shown (--limit 5): there are more\n');
    expect(sent(sandbox)).toEqual([`GET ${path}`]);
  });

  test('narrows by user, role, scope and resource', async () => {
    const { call, sandbox } = await sandboxed({ users: 30, assignments: 300 });
    const all = shown(sandbox);
    const list = async (...flags: string[]) =>
      JSON.parse((await call(['assignments', 'list', '-o', 'json', ...flags])).stdout);
    const user = userAt(sandbox, 1);
    const scope = sandbox.accountSids[0] ?? '';
    const ofUser = all.filter(({ identity }) => identity === user.id);
    expect(ofUser.length).toBeGreaterThan(0);
    expect(await list('--user', user.userName)).toEqual(ofUser);
    expect(sandbox.requests.at(-1)?.query.Identity).toBe(user.id);
    expect(await list('--scope', scope)).toEqual(all.filter((assignment) => assignment.scope === scope));
    expect(sandbox.requests.at(-1)?.query.Scope).toBe(scope);
    expect(await list('--scope', 'org')).toEqual(
      all.filter((assignment) => assignment.scope === sandbox.organizationSid),
    );
    expect(await list('--role', 'billing')).toEqual(all.filter(({ role_sid }) => role_sid === billing));
    const narrowed = all.find(({ resource_type }) => resource_type === 'billing_group');
    expect(narrowed).toBeDefined();
    const flags = ['--resource-type', 'billing_group', '--resource-id', narrowed?.resource_id ?? ''];
    expect(await list(...flags)).toEqual(
      all.filter(({ resource_id }) => resource_id === narrowed?.resource_id),
    );
    expect(sandbox.requests.at(-1)?.query.ResourceType).toBe('billing_group');
  });

  test('--names adds the names of users and roles', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const owner = userAt(sandbox, 0);
    const [first] = JSON.parse((await call(['assignments', 'list', '--names', '-o', 'json'])).stdout);
    expect(first).toEqual({ ...shown(sandbox)[0], user_name: owner.userName, role_name: 'Admin' });
    const tsv = (await call(['assignments', 'list', '--names'])).stdout.split('\n')[0];
    expect(tsv).toBe([first.sid, owner.userName, 'Admin', sandbox.organizationSid, '', ''].join('\t'));
  });

  test('a name that is asked for as a field is looked up; without names nothing but the list is read', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stdout } = await call(['assignments', 'list', '--fields', 'role_name', '--limit', '1']);
    expect(stdout).toBe('Admin\n');
    sandbox.requests.length = 0;
    await call(['assignments', 'list', '--fields', 'sid']);
    expect(sent(sandbox)).toEqual([`GET ${path}`]);
  });

  test('names of what is gone are empty', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const gone = {
      ...sandbox.state.assignments[0],
      identity: `US${'e'.repeat(32)}`,
      sid: `IY${'e'.repeat(32)}`,
    };
    sandbox.state.assignments.unshift({ ...gone, order: 0 } as never);
    const [first] = JSON.parse((await call(['assignments', 'list', '--names', '-o', 'json'])).stdout);
    expect(first).toMatchObject({ user_name: null, role_name: 'Admin' });
  });

  test('names that the login may not read are an error where they were asked for', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: ['role-assignments/list'] }) };
    const { stdout, stderr, exitCode } = await call(['assignments', 'list', '--names'], { env });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 });
    expect(stderr).toContain('managed-users/list');
    const table = await call(['assignments', 'list', '-o', 'table'], { env });
    expect(table.stdout).toMatch(/^sid +identity +role_sid/);
    expect(table.stderr).toMatch(/^Without names: .*managed-users\/list/);
    expect(table.exitCode).toBe(0);
  });

  test('of an organization that wants a filter (25203) names the flags', async () => {
    const { run, sandbox } = await sandboxed({ users: 3, requireAssignmentFilter: true });
    const { stderr, exitCode } = await run(['assignments', 'list']);
    expect(stderr).toMatch(/needs a filter.*\n.*pass --user or --scope\n\(Twilio error 25203/);
    expect(exitCode).toBe(1);
    expect((await run(['assignments', 'list', '--scope', 'org'])).exitCode).toBe(0);
    expect((await run(['assignments', 'list', '--user', userAt(sandbox, 0).id])).exitCode).toBe(0);
  });
});

describe('role-assignments create', () => {
  test('gives the role, and a second time says that nothing is to be done', async () => {
    const { run, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    const args = ['role-assignments', 'create', ...grant(user.userName), '-o', 'json'];
    const first = await run(args);
    const created = JSON.parse(first.stdout);
    expect(first).toMatchObject({ stderr: '', exitCode: 0 });
    expect(created).toEqual({
      sid: expect.stringMatching(/^IY/),
      identity: user.id,
      role_sid: billing,
      scope: sandbox.organizationSid,
      resource_type: null,
      resource_id: null,
    });
    const second = await run(args);
    expect(JSON.parse(second.stdout)).toEqual(created);
    expect(second.stderr).toBe(`The user has this role already (${created.sid}): nothing to do\n`);
    expect(second.exitCode).toBe(0);
    expect(writes(sandbox)).toEqual([`POST ${path}`]);
  });

  test('for one resource, in an account', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    const args = ['assignments', 'create', '--user', user.id, '--role', groupManager];
    args.push(
      '--scope',
      sandbox.accountSids[0] ?? '',
      '--resource-type',
      'billing_group',
      '--resource-id',
      'bg_1',
    );
    expect((await call(args)).exitCode).toBe(0);
    expect(shown(sandbox)).toMatchObject([
      { identity: user.id, role_sid: groupManager, scope: sandbox.accountSids[0], resource_id: 'bg_1' },
    ]);
    // The whole scope is something else than one resource in it.
    expect((await call(args.slice(0, -4))).exitCode).toBe(0);
    expect(shown(sandbox)).toHaveLength(2);
  });

  test('--dry-run shows the request and only reads', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    const { stdout, stderr } = await call(['assignments', 'create', ...grant(user.id), '-n', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        user: user.id,
        role: 'Billing',
        role_sid: billing,
        scope: sandbox.organizationSid,
        identity: user.id,
        resource_type: null,
        resource_id: null,
        change: 'give role Billing in org',
        method: 'POST',
        url: `${sandbox.apiUrl}${path}`,
        body: { role_sid: billing, scope: sandbox.organizationSid, identity: user.id },
      },
    ]);
    expect(stderr).toBe('Dry run: nothing was changed\n');
    expect(writes(sandbox)).toEqual([]);
  });

  test('works for a login that may not list, with a note', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: ['role-assignments/create'] }) };
    const args = [
      'assignments',
      'create',
      '--user',
      userAt(sandbox, 1).id,
      '--role',
      billing,
      '--scope',
      'org',
    ];
    const { stderr, exitCode } = await call(args, { env });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/could not be looked up \(scope role-assignments\/list\)/);
    expect(shown(sandbox)).toHaveLength(1);
  });

  test('refuses an ambiguous role before anything is changed', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const args = [
      'assignments',
      'create',
      '--user',
      userAt(sandbox, 1).id,
      '--role',
      'Viewer',
      '--scope',
      'org',
    ];
    const { stderr, exitCode } = await call(args);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/2 roles are named Viewer\n.*IX0+106 \(general\), IX0+304 \(billing\)/);
    expect(writes(sandbox)).toEqual([]);
  });

  test('of a role that does not fit the scope says where levels are shown', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const args = ['assignments', 'create', '--user', userAt(sandbox, 1).id, '--role', 'SSO Admin'];
    const { stderr, exitCode } = await call([...args, '--scope', sandbox.accountSids[0] ?? '']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/lowest level is ORGANIZATION\n`twilio-org roles list` shows/);
  });

  test('that Twilio refuses for the organization (25200) points to a managed account, and not back to the organization', async () => {
    const message = 'Scope must be an account managed by the organization';
    const { url } = await answering((response, { method }) =>
      method === 'GET'
        ? json({ content: [], meta: { key: 'content', next_page_url: null } })(response)
        : json({ code: 25200, message }, 400)(response),
    );
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'a-canary' };
    const organization = { TWILIO_ORG_ORGANIZATION_SID: `OR${'0'.repeat(32)}` };
    const user = ['--user', `US${'0'.repeat(32)}`];
    const args = ['assignments', 'create', ...user, '--role', billing, '--scope', 'org'];
    const { stderr, exitCode } = await call(args, { env: { ...env, ...organization } });
    expect(stderr).toMatch(
      /^error: .*\nThe scope was the organization .*Pass a managed account: --scope .*AC…/,
    );
    expect(exitCode).toBe(1);
  });
});

describe('role-assignments delete', () => {
  test('takes roles away by SID, one named twice once', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const [one, two, ...others] = shown(sandbox);
    const sids = [one?.sid ?? '', two?.sid ?? ''];
    const { stdout, stderr, exitCode } = await call([
      'assignments',
      'delete',
      ...sids,
      ...sids,
      '--yes',
      '-o',
      'json',
    ]);
    expect(JSON.parse(stdout)).toEqual([one, two].map((each) => ({ ...each, outcome: 'deleted' })));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(shown(sandbox)).toEqual(others);
  });

  test('takes a role away by user, role and scope, and a second time says that nothing is to be done', async () => {
    const { run, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    await run(['assignments', 'create', ...grant(user.id)]);
    const [assignment] = shown(sandbox);
    const args = ['role-assignments', 'delete', ...grant(user.userName), '--yes', '-o', 'json'];
    const first = await run(args);
    expect(JSON.parse(first.stdout)).toEqual([{ ...assignment, outcome: 'deleted' }]);
    expect(shown(sandbox)).toEqual([]);
    expect(await run(args)).toEqual({
      stdout: '[]\n',
      stderr: 'The user does not have this role there: nothing to do\n',
      exitCode: 0,
    });
  });

  test('leaves the same role for a resource alone when the whole scope is named, and the other way round', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const flags = ['--user', userAt(sandbox, 1).id, '--role', groupManager, '--scope', 'org'];
    const resource = ['--resource-type', 'billing_group', '--resource-id', 'bg_1'];
    await call(['assignments', 'create', ...flags, ...resource]);
    expect((await call(['assignments', 'delete', ...flags, '--yes'])).stderr).toMatch(/nothing to do/);
    const another = [...resource.slice(0, -1), 'bg_2'];
    expect((await call(['assignments', 'delete', ...flags, ...another, '--yes'])).stderr).toMatch(
      /nothing to do/,
    );
    expect(shown(sandbox)).toHaveLength(1);
    expect((await call(['assignments', 'delete', ...flags, ...resource, '--yes'])).stderr).toBe('');
    expect(shown(sandbox)).toHaveLength(0);
  });

  test('off a terminal without --yes is refused before any request', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    for (const args of [[shown(sandbox)[0]?.sid ?? ''], grant(userAt(sandbox, 1).userName)]) {
      const { stderr, exitCode } = await call(['assignments', 'delete', ...args]);
      expect(stderr).toMatch(/nothing was sent\nPass --yes/);
      expect(exitCode).toBe(2);
    }
    expect(sent(sandbox)).toEqual([]);
  });

  test('--dry-run shows the request and only reads', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const sid = shown(sandbox)[0]?.sid ?? '';
    const { stdout } = await call(['assignments', 'delete', sid, '--dry-run', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      { sid, change: `take away ${sid}`, method: 'DELETE', url: `${sandbox.apiUrl}${path}/${sid}` },
    ]);
    expect(sent(sandbox)).toEqual([]);
  });

  test('of one that is not there is not found; among several it is one failure', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const unknown = `IY${'0'.repeat(32)}`;
    expect((await call(['assignments', 'delete', unknown, '--yes'])).exitCode).toBe(6);
    const sid = shown(sandbox)[0]?.sid ?? '';
    const { stdout, exitCode } = await call([
      'assignments',
      'delete',
      unknown,
      sid,
      '--yes',
      '--fields',
      'sid,outcome',
    ]);
    expect(stdout).toBe(`${unknown}\tfailed\n${sid}\tdeleted\n`);
    expect(exitCode).toBe(3);
  });

  test('by SID and by flags at once is a usage error', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const sid = shown(sandbox)[0]?.sid ?? '';
    const { stderr, exitCode } = await call(['assignments', 'delete', sid, '--scope', 'org', '--yes']);
    expect(stderr).toMatch(/not both/);
    expect(exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
  });
});
