import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { sent, userAt, writes } from '../../support/cli.ts';
import {
  billing,
  developer,
  each,
  fill,
  give,
  groupManager,
  held,
  shown,
  ssoAdmin,
  support,
} from '../../support/role-assignments.ts';

describe('role-assignments replace', () => {
  const replace = (...users: string[]) => [
    ...['role-assignments', 'replace', ...users.flatMap((user) => ['--user', user])],
    ...['--from', 'Developer', '--to', 'Support', '--scope', 'org', '--yes'],
  ];

  test('explains why there is nothing to change, also in a dry run', async () => {
    const world = await bulkWorld({ users: 3, assignments: 0 });
    const { call, sandbox } = world;
    const { id, userName } = userAt(sandbox, 1);
    await give(world, id, support);
    const why = `${userName}: The user already has the new role\n`;
    expect((await call([...replace(userName), '--dry-run'])).stderr).toMatch(
      new RegExp(`^${why}Dry run: nothing was changed. It would make 0 changes to 1 item\n$`),
    );
    expect((await call(replace(userName))).stderr).toContain(why);
  });

  test('gives the new role before it takes the old one, so that no user is without access', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const [one, two, three] = [userAt(sandbox, 1), userAt(sandbox, 2), userAt(sandbox, 3)];
    await give(world, one.id, developer);
    await give(world, two.id, developer, support);
    await give(world, three.id, support);
    sandbox.requests.length = 0;
    const { stdout, exitCode } = await call([...replace(one.id, two.userName, three.id), '-o', 'json']);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['replaced', 'replaced', 'unchanged']);
    expect(exitCode).toBe(0);
    expect([one, two, three].map((user) => held(world, user).length)).toEqual([1, 1, 1]);
    expect(sandbox.state.assignments.map(({ role_sid }) => role_sid)).toEqual([support, support, support]);
    const effects = sandbox.state.journal.filter(
      (entry) => 'assignment' in entry && entry.assignment.identity === one.id,
    );
    expect(effects.slice(-2).map(({ effect }) => effect)).toEqual([
      'assignment created',
      'assignment deleted',
    ]);
    expect((await call(replace(one.id))).stderr).toContain('1 unchanged');
  });

  test('names each flag that is missing, before anything is sent', async () => {
    const { call, sandbox } = await bulkWorld({ users: 3 });
    const flags = {
      '--user': userAt(sandbox, 1).id,
      '--from': 'Developer',
      '--to': 'Support',
      '--scope': 'org',
    };
    for (const missing of Object.keys(flags)) {
      const given = Object.entries(flags).filter(([flag]) => flag !== missing);
      const { stderr, exitCode } = await call(['role-assignments', 'replace', '--yes', ...given.flat()]);
      expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining(missing), exitCode: 2 });
    }
    const unconfirmed = await call(['role-assignments', 'replace', ...Object.entries(flags).flat()]);
    expect(unconfirmed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(sent(sandbox)).toEqual([]);
  });

  test('leaves a user unchanged who would get the same role by another name', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const user = userAt(sandbox, 1);
    await give(world, user.id, developer);
    const roles = ['--from', 'Developer', '--to', developer, '--scope', 'org'];
    const args = ['role-assignments', 'replace', '--user', user.id, ...roles, '--yes'];
    expect(await call(args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--from and --to are the same role'),
    });
    expect(held(world, user)).toHaveLength(1);
  });

  test('names the old role on a resource when the whole scope is named', async () => {
    const world = await bulkWorld({ users: 3, assignments: 0 });
    const { call, sandbox } = world;
    const { id, userName } = userAt(sandbox, 1);
    const resource = ['--resource-type', 'billing_group', '--resource-id', 'bg_1'];
    await give(world, id, support);
    await call([
      ...['assignments', 'create', '--user', id, '--role', groupManager, '--scope', 'org'],
      ...resource,
    ]);
    sandbox.requests.length = 0;
    const flags = ['--from', groupManager, '--to', 'Support', '--scope', 'org'];
    const { stderr, exitCode } = await call(['assignments', 'replace', '--user', id, ...flags, '--yes']);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 7, writes: [] });
    expect(stderr).toBe(
      `error: ${userName} has ${groupManager} in org only on billing_group bg_1; nothing was changed\n` +
        `To replace it: twilio-org role-assignments replace --user ${userName} ${[...flags, ...resource].join(' ')}\n`,
    );
  });

  test('at the limit of 50 roles needs --allow-gap, and then removes first', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const user = userAt(sandbox, 1);
    await give(world, user.id, developer);
    fill(world, user);
    const before = writes(sandbox).length;
    const { stderr, exitCode } = await call(replace(user.id));
    expect(stderr).toContain('--allow-gap');
    expect({ exitCode, writes: writes(sandbox).length - before }).toEqual({ exitCode: 7, writes: 0 });
    const { stdout } = await call([...replace(user.id), '--allow-gap', '-o', 'json']);
    const made = sandbox.state.assignments.filter(({ role_sid }) => role_sid === support);
    expect(made).toHaveLength(1);
    // Not the one that is gone.
    expect(rows(stdout)).toEqual([expect.objectContaining({ outcome: 'replaced', sid: made[0]?.sid })]);
  });

  test('at the limit of 50 roles reports a new role that could not be given together with the removed one', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const user = userAt(sandbox, 1);
    await give(world, user.id, developer);
    const [old] = sandbox.state.assignments;
    fill(world, user);
    let broken = true;
    const url = await between(sandbox.apiUrl, ({ method }) =>
      broken && method === 'POST' ? '503 before' : undefined,
    );
    const env = { TWILIO_ORG_API_URL: url };
    const args = [...replace(user.id), '--allow-gap', '-o', 'json', '--max-retries', '0'];
    const [row] = rows((await call(args, env)).stdout);
    expect(row).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(
        new RegExp(`give role ${support} .*; done: take away role .*${old?.sid}`),
      ),
    });
    expect(row?.sid).toBeUndefined();
    const run = await world.lastRun();
    expect(rows((await call(['runs', 'show', run, '-o', 'json'], env)).stdout)).toEqual([
      expect.objectContaining(row),
    ]);
    broken = false;
    const resumed = await call(['runs', 'resume', run, '--yes', '-o', 'json'], env);
    const made = sandbox.state.assignments.filter(({ role_sid }) => role_sid === support);
    expect(rows(resumed.stdout)).toEqual([expect.objectContaining({ sid: made[0]?.sid })]);
  });

  test('reports both SIDs when its second half fails, and runs resume repairs it', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const user = userAt(sandbox, 1);
    await give(world, user.id, developer);
    const [old] = sandbox.state.assignments;
    let broken = true;
    const url = await between(sandbox.apiUrl, ({ method }) =>
      broken && method === 'DELETE' ? '503 before' : undefined,
    );
    const { stdout, exitCode } = await call([...replace(user.id), '-o', 'json', '--max-retries', '0'], {
      TWILIO_ORG_API_URL: url,
    });
    const [row] = rows(stdout);
    const made = sandbox.state.assignments.find(({ role_sid }) => role_sid === support);
    expect(exitCode).toBe(8);
    expect(row).toMatchObject({
      outcome: 'failed',
      sid: made?.sid,
      reason: expect.stringMatching(`^take away role .*${old?.sid}`),
    });
    broken = false;
    expect(
      (await call(['runs', 'resume', await world.lastRun(), '--yes'], { TWILIO_ORG_API_URL: url })).exitCode,
    ).toBe(0);
    expect(held(world, user)).toEqual([`${support} ${sandbox.organizationSid} `]);
  });
});

describe('role-assignments replace with several values of a flag', () => {
  async function world() {
    const made = await bulkWorld({ users: 20, assignments: 0 });
    const users = [1, 2].map((index) => userAt(made.sandbox, index).userName);
    const scopes = each('--scope', 'org', made.sandbox.accountSids[0] ?? '');
    const where = [...each('--user', ...users), ...scopes];
    await made.call(['assignments', 'create', ...where, '--role', 'Support']);
    return { ...made, users, where };
  }

  test('replaces the role of each user in each scope, and is undone as one', async () => {
    const { sandbox, call, where, lastRun, state } = await world();
    const before = state();
    const args = [
      'assignments',
      'replace',
      ...where,
      '--from',
      'Support',
      '--to',
      'Billing',
      '--yes',
      '-o',
      'json',
    ];
    const { stdout, exitCode } = await call(args);
    expect(exitCode).toBe(0);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['replaced', 'replaced']);
    expect(shown(sandbox).map(({ role_sid }) => role_sid)).toEqual(Array(4).fill(billing));
    expect((await call(['runs', 'undo', await lastRun(), '--yes'])).exitCode).toBe(0);
    expect(state()).toEqual(before);
  });

  test('continues with the other scopes where Twilio refuses the new role, and keeps the old one there', async () => {
    const { sandbox, call, where } = await world();
    const args = ['assignments', 'replace', ...where, '--yes', '-o', 'json'];
    // By name, the roles are read and checked beforehand.
    for (const extra of [[], ['--dry-run']]) {
      const named = await call([...args, '--from', 'Support', '--to', 'SSO Admin', ...extra]);
      expect(named.exitCode).toBe(2);
      expect(named.stderr).toContain('The role SSO Admin can be given only in the organization (org)');
    }
    const { exitCode, stdout } = await call([...args, '--from', support, '--to', ssoAdmin]);
    expect(exitCode).toBe(3);
    expect(rows(stdout)[0]?.reason).toMatch(/lowest level is ORGANIZATION/);
    const [organization, account] = [sandbox.organizationSid, sandbox.accountSids[0]];
    const left = shown(sandbox).map(({ scope, role_sid }) => [scope, role_sid === support ? 'old' : 'new']);
    expect(left.toSorted()).toEqual(
      [
        [account, 'old'],
        [account, 'old'],
        [organization, 'new'],
        [organization, 'new'],
      ].toSorted(),
    );
  });

  test('refuses users without a role to replace, and names them all', async () => {
    const { call, where, sandbox } = await world();
    sandbox.requests.length = 0;
    const { exitCode, stderr } = await call([
      'assignments',
      'replace',
      ...where,
      '--from',
      'Developer',
      '--to',
      'Billing',
      '--yes',
    ]);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/has neither role in org or AC\w+\n.*has neither role in org or AC/);
    expect(writes(sandbox)).toEqual([]);
  });
});
