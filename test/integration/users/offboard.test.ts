import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { clientCredentials, sent, userAt, userNow, writes } from '../../support/cli.ts';
import { developer, fill, give, held, support } from '../../support/role-assignments.ts';

test('users offboard refuses --copy-roles-to a user who is offboarded as well', async () => {
  const { call, sandbox } = await bulkWorld({ users: 10 });
  const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
  const args = ['users', 'offboard', one.id, two.id, '--copy-roles-to', two.userName, '--yes'];
  expect(await call(args)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--copy-roles-to names a user who is being offboarded'),
  });
  expect(writes(sandbox)).toEqual([]);
});

describe('users offboard', () => {
  test('takes the roles of many users also where Twilio requires a filter (25203)', async () => {
    const { call, sandbox } = await bulkWorld({ users: 40, requireAssignmentFilter: true });
    const users = [1, 2, 3, 5, 6, 8].map((index) => userAt(sandbox, index));
    const ids = users.map(({ id }) => id);
    const held = () => sandbox.state.assignments.filter(({ identity }) => ids.includes(identity)).length;
    expect(held()).toBeGreaterThan(6);
    const args = ['users', 'offboard', ...ids, '--yes', '-o', 'json'];
    const { stdout, exitCode } = await call(args);
    expect({ exitCode, held: held() }).toEqual({ exitCode: 0, held: 0 });
    expect(rows(stdout).every((row) => Number(row.roles_removed) > 0)).toBe(true);
  });

  test('takes all roles away, deactivates, reads again and reports; a second time it reports that nothing changed', async () => {
    const world = await bulkWorld({ users: 30 });
    const { run, sandbox } = world;
    const user = userAt(sandbox, 1);
    const had = held(world, user).length;
    const args = ['users', 'offboard', user.userName, '--reason', 'Left the company', '--yes', '-o', 'json'];
    const { stdout, stderr, exitCode } = await run(args, { TWILIO_ORG_ACTOR: 'grace' });
    expect(exitCode).toBe(0);
    expect(held(world, user)).toEqual([]);
    expect(userNow(sandbox, user).active).toBe(false);
    const [report] = JSON.parse(stdout);
    expect(report).toMatchObject({
      id: user.id,
      userName: user.userName,
      outcome: 'deactivated',
      reason: 'Left the company',
      roles_removed: had,
      before: { active: true, version: user.meta.version },
      after: { active: false, roles: [] },
      by: 'TWILIO_ORG_ACCESS_TOKEN',
      actor: 'grace',
      run: await world.lastRun(),
      organization_sid: sandbox.organizationSid,
    });
    expect(report.not_checked.join('\n')).toMatch(
      /API keys[\s\S]*OAuth apps[\s\S]*not managed[\s\S]*inside an account/,
    );
    expect(stderr).toContain('The report does not cover: API keys');
    expect(report.removed).toHaveLength(had);
    expect(report.removed[0]).toMatchObject({
      sid: expect.stringMatching(/^IY/),
      role_name: expect.any(String),
    });
    expect(stdout + stderr).not.toMatch(/deleted/);
    const before = writes(sandbox).length;
    const again = await run(args);
    expect({ exitCode: again.exitCode, outcome: JSON.parse(again.stdout)[0].outcome }).toEqual({
      exitCode: 0,
      outcome: 'deactivated already',
    });
    expect(JSON.parse(again.stdout)).toMatchObject([{ run: null }]);
    expect(writes(sandbox)).toHaveLength(before);
  });

  test('warns that offboarding the approver of the OAuth app may end its access', async () => {
    const { call, sandbox } = await bulkWorld({ users: 6 });
    const args = ['users', 'offboard', userAt(sandbox, 1).id, '--dry-run'];
    const advice = /The OAuth app may lose its access with the person who approved it.*service account/;
    expect((await call(args)).stderr).toMatch(advice);
    expect((await call(args, clientCredentials(sandbox))).stderr).not.toMatch(advice);
  });

  test('names the person who resumed the run in the report', async () => {
    const { call, sandbox, lastRun } = await bulkWorld({ users: 6, assignments: 12 });
    const user = userAt(sandbox, 1);
    const url = await between(sandbox.apiUrl, ({ method }) =>
      method === 'DELETE' ? '503 before' : undefined,
    );
    const args = ['users', 'offboard', user.id, '--yes', '--max-retries', '0'];
    await call(args, { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACTOR: 'grace' });
    const run = await lastRun();
    const { stdout } = await call(['runs', 'resume', run, '--yes', '-o', 'json', '--max-retries', '0'], {
      TWILIO_ORG_API_URL: url,
      TWILIO_ORG_ACTOR: 'ada',
    });
    expect(rows(stdout)).toMatchObject([{ actor: 'ada', run }]);
    const { stderr } = await call(['runs', 'show', run]);
    expect(stderr).toMatch(/^Planned .* by grace .*\nResumed \d{4}-\S+Z by ada, app OQ/m);
  });

  test('records OAuth app and time in the report and the run', async () => {
    const { call, sandbox, lastRun } = await bulkWorld({ users: 6 });
    const env = clientCredentials(sandbox);
    const { client_id } = sandbox.apps.client_credentials;
    const began = new Date().toISOString();
    const args = ['users', 'offboard', userAt(sandbox, 1).id, '--yes', '-o', 'json'];
    expect(rows((await call(args, env)).stdout)).toMatchObject([{ client_id }]);
    expect(rows((await call(['runs', 'list', '-o', 'json'])).stdout)).toMatchObject([{ client_id }]);
    const { stdout, stderr } = await call(['runs', 'show', await lastRun(), '-o', 'json']);
    expect(stderr).toContain(client_id);
    const [shown] = rows(stdout);
    expect(String(shown?.at) >= began && String(shown?.at) <= new Date().toISOString()).toBe(true);
  });

  test('names the person who applied a saved plan, not the one who made it', async () => {
    const { call, sandbox, path } = await bulkWorld({ users: 6 });
    const planner = clientCredentials(sandbox);
    const { client_id } = sandbox.apps.client_credentials;
    await call(['users', 'offboard', userAt(sandbox, 1).id, '--plan-out', path('p.plan')], planner);
    const plan = readFileSync(path('p.plan'), 'utf8');
    writeFileSync(path('p.plan'), plan.replace(client_id, `OQ${'9'.repeat(32)}`));
    const { stdout } = await call(['runs', 'apply', path('p.plan'), '--yes', '-o', 'json'], planner);
    expect(rows(stdout)).toMatchObject([{ client_id }]);
    expect(rows((await call(['runs', 'list', '-o', 'json'])).stdout)).toMatchObject([{ client_id }]);
  });

  test('names who gets the roles of --copy-roles-to, and whom an undo takes them from', async () => {
    const world = await bulkWorld({ users: 6, assignments: 0 });
    const { call, sandbox } = world;
    const [leaver, heir] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await give(world, leaver.id, 'Developer');
    const args = ['users', 'offboard', leaver.id, '--copy-roles-to', heir.id, '--yes'];
    const changes = async (command: string[]) =>
      rows((await call([...command, '--dry-run', '-o', 'json'])).stdout).map(({ change }) => change);
    const role = 'role Developer in org';
    expect(await changes(args)).toContain(`give ${heir.userName} ${role}`);
    await call(args);
    const undone = await changes(['runs', 'undo', await world.lastRun()]);
    expect(undone).toContainEqual(expect.stringMatching(`^take from ${heir.userName} ${role} \\(IY`));
    expect(undone).toContain(`give ${role}`);
  });

  test('gives the roles to the user of --copy-roles-to first', async () => {
    const world = await bulkWorld({ users: 30 });
    const { call, sandbox } = world;
    const [leaver, heir] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const wanted = [...new Set([...held(world, leaver), ...held(world, heir)])].sort();
    expect(
      (await call(['users', 'offboard', leaver.id, '--copy-roles-to', heir.userName, '--yes'])).exitCode,
    ).toBe(0);
    expect(held(world, heir)).toEqual(wanted);
    expect(held(world, leaver)).toEqual([]);
  });

  test('keeps a role that --copy-roles-to could not give, so that the same command can continue', async () => {
    const world = await bulkWorld({ users: 30 });
    const { call, sandbox } = world;
    const [leaver, heir] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const [had, wanted] = [
      held(world, leaver),
      [...new Set([...held(world, leaver), ...held(world, heir)])].sort(),
    ];
    let refused = 0;
    const url = await between(sandbox.apiUrl, ({ method }) =>
      method === 'POST' && refused++ === 0 ? '503 before' : undefined,
    );
    const args = ['users', 'offboard', leaver.id, '--copy-roles-to', heir.id, '--yes', '--max-retries', '0'];
    const failed = await call([...args, '-o', 'json'], { TWILIO_ORG_API_URL: url });
    expect(rows(failed.stdout)).toMatchObject([{ outcome: 'failed', active: false, roles_left: 1 }]);
    expect({ exitCode: failed.exitCode, left: had.length > 1 && held(world, leaver).length }).toEqual({
      exitCode: 8,
      left: 1,
    });
    expect((await call(args, { TWILIO_ORG_API_URL: url })).exitCode).toBe(0);
    expect({ leaver: held(world, leaver), heir: held(world, heir) }).toEqual({ leaver: [], heir: wanted });
  });

  test('gives a role of two leavers once with --copy-roles-to, and refuses more than Twilio allows', async () => {
    const world = await bulkWorld({ users: 30, assignments: 0 });
    const { call, sandbox } = world;
    const [one, two, heir] = [userAt(sandbox, 1), userAt(sandbox, 2), userAt(sandbox, 3)];
    await give(world, one.id, developer);
    await give(world, two.id, developer, support);
    fill(world, heir);
    const { assignments } = sandbox.state;
    const drop = () =>
      void assignments.splice(
        assignments.findIndex(({ identity }) => identity === heir.id),
        1,
      );
    drop();
    sandbox.requests.length = 0;
    const args = ['users', 'offboard', one.id, two.id, '--copy-roles-to', heir.id, '--yes'];
    const { stderr, exitCode } = await call(args);
    expect(stderr).toContain(`${heir.userName} would have 51 roles; Twilio's limit is 50`);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 7, writes: [] });
    drop();
    expect((await call(args)).exitCode).toBe(0);
    expect(writes(sandbox).filter((line) => line.startsWith('POST'))).toHaveLength(2);
    expect(held(world, heir)).toHaveLength(50);
    expect([...held(world, one), ...held(world, two)]).toEqual([]);
  });

  test('warns when the user of --copy-roles-to is inactive', async () => {
    const { call, sandbox } = await bulkWorld({ users: 30 });
    const args = ['users', 'offboard', userAt(sandbox, 1).id, '--dry-run', '--copy-roles-to'];
    const inactive = userAt(sandbox, 7);
    expect((await call([...args, inactive.id])).stderr).toContain(`${inactive.userName} is not active`);
    expect((await call([...args, userAt(sandbox, 2).id])).stderr).not.toContain('is not active');
  });

  test('deactivates a user although a role could not be removed, and reports the role with exit code 3', async () => {
    const world = await bulkWorld({ users: 30 });
    const { call, sandbox } = world;
    const user = userAt(sandbox, 1);
    const [stuck] = sandbox.state.assignments.filter(({ identity }) => identity === user.id);
    const url = await between(sandbox.apiUrl, ({ path }) =>
      path.endsWith(stuck?.sid ?? '-') ? '503 before' : undefined,
    );
    const env = { TWILIO_ORG_API_URL: url };
    const { stdout, exitCode } = await call(
      ['users', 'offboard', user.id, userAt(sandbox, 2).id, '--yes', '-o', 'json', '--max-retries', '0'],
      env,
    );
    const [report, other] = JSON.parse(stdout);
    expect(userNow(sandbox, user).active).toBe(false);
    expect(report).toMatchObject({
      outcome: 'failed',
      active: false,
      roles_left: 1,
      problem: expect.stringContaining(stuck?.sid ?? '-'),
    });
    expect(report.roles_removed).toBe(report.before.roles.length - 1);
    expect(report.removed).not.toContainEqual(expect.objectContaining({ sid: stuck?.sid }));
    expect(other.outcome).toBe('deactivated');
    expect(exitCode).toBe(3);
    expect((await call(['runs', 'resume', await world.lastRun(), '--yes'])).exitCode).toBe(2);
    expect((await call(['users', 'offboard', user.id, '--yes'])).exitCode).toBe(0);
    expect(held(world, user)).toEqual([]);
  });

  test('fails when somebody gives the user a role meanwhile', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, assignments: 0 });
    const { id, userName } = userAt(sandbox, 1);
    const given = { sid: `IY${'7'.repeat(32)}`, role_sid: developer, scope: sandbox.organizationSid };
    const rest = { identity: id, resource_type: null, resource_id: null, order: 7 };
    const url = await between(sandbox.apiUrl, ({ method }) => {
      if (method === 'PUT') sandbox.state.assignments.push({ ...given, ...rest });
      return undefined;
    });
    const args = ['users', 'offboard', id, '--yes', '-o', 'json'];
    const { stdout, stderr, exitCode } = await call(args, { TWILIO_ORG_API_URL: url });
    expect(rows(stdout)).toMatchObject([
      { outcome: 'failed', active: false, roles_left: 1, after: { roles: [given] } },
    ]);
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringContaining(`${userName}: some access remains`),
      exitCode: 3,
    });
  });

  test('writes the same report for a saved plan and for a resumed run', async () => {
    const world = await bulkWorld({ users: 30 });
    const { call, sandbox, path, lastRun, configDir } = world;
    const user = userAt(sandbox, 1);
    const had = sandbox.state.assignments.flatMap(({ sid, identity }) => (identity === user.id ? sid : []));
    const plan = path('p.plan');
    await call(['users', 'offboard', user.id, '--reason', 'Left', '--plan-out', plan]);
    const applied = await call(['runs', 'apply', plan, '--yes', '-o', 'json']);
    const [report] = JSON.parse(applied.stdout);
    expect(report).toMatchObject({
      outcome: 'deactivated',
      reason: 'Left',
      before: { active: true, version: user.meta.version },
      after: { active: false, roles: [] },
      by: 'TWILIO_ORG_ACCESS_TOKEN',
    });
    expect(report.removed.map(({ sid }: { sid: string }) => sid)).toEqual(had);
    const run = await lastRun();
    const resume = ['runs', 'resume', run, '--yes', '-o', 'json'];
    const same = [{ ...report, at: expect.any(String) }];
    const count = writes(sandbox).length;
    expect(JSON.parse((await call(resume)).stdout)).toEqual(same);
    // As if it had been killed before it could write down what came of anything.
    const file = join(configDir, 'runs', `${run}.jsonl`);
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.filter((line) => !line.startsWith('{"type":"outcome"')).join('\n'));
    expect(JSON.parse((await call(resume)).stdout)).toEqual(same);
    expect(writes(sandbox)).toHaveLength(count);
  });

  test('reports that the Owner cannot be offboarded, and continues with the others', async () => {
    const world = await bulkWorld({ users: 30 });
    const { call, sandbox } = world;
    const [owner, user] = [userAt(sandbox, 0), userAt(sandbox, 1)];
    const had = held(world, owner);
    expect(had).not.toEqual([]);
    const { stdout, exitCode } = await call(['users', 'offboard', owner.id, user.id, '--yes', '-o', 'json']);
    expect(JSON.parse(stdout).map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'failed',
      'deactivated',
    ]);
    expect(exitCode).toBe(3);
    expect(held(world, owner)).toEqual(had);
  });

  test('takes all roles of many users, also where Twilio lists assignments only with a filter', async () => {
    const world = await bulkWorld({ users: 40, requireAssignmentFilter: true });
    const users = [1, 2, 3, 5, 6, 8].map((index) => userAt(world.sandbox, index));
    const args = [
      'users',
      'offboard',
      ...users.map(({ id }) => id),
      '--yes',
      '--override-guards',
      '-o',
      'json',
    ];
    const { stdout, exitCode } = await world.call(args);
    expect({ exitCode, left: users.flatMap((user) => held(world, user)) }).toEqual({ exitCode: 0, left: [] });
    expect(JSON.parse(stdout).every((row: { roles_removed: number }) => row.roles_removed > 0)).toBe(true);
  });

  const unknownEnd = { roles_removed: null, roles_left: null, after: null, removed: null };

  test('reports users that it cannot read again, as failed', async () => {
    const { call, sandbox } = await bulkWorld({ users: 30 });
    const user = userAt(sandbox, 1);
    let written = false;
    const url = await between(sandbox.apiUrl, ({ method, path }) => {
      written ||= method === 'DELETE';
      return written && method === 'GET' && path.startsWith('/scim/') ? '503 before' : undefined;
    });
    const args = ['users', 'offboard', user.id, '--yes', '-o', 'json', '--max-retries', '0'];
    const { stdout, exitCode } = await call(args, { TWILIO_ORG_API_URL: url });
    expect(JSON.parse(stdout)).toMatchObject([
      { userName: user.userName, outcome: 'failed', active: null, before: { active: true }, ...unknownEnd },
    ]);
    expect(exitCode).toBe(8);
    expect(userNow(sandbox, user).active).toBe(false);
  });

  test('ends with the error of the run before an error of reading again', async () => {
    const { call, sandbox, lastRun } = await bulkWorld({ users: 30 });
    let broken = false;
    const url = await between(sandbox.apiUrl, ({ method }) => {
      broken ||= method === 'DELETE';
      return broken ? '503 before' : undefined;
    });
    const args = ['users', 'offboard', userAt(sandbox, 1).id, '--yes', '-o', 'json', '--max-retries', '0'];
    const { stdout, stderr, exitCode } = await call(args, { TWILIO_ORG_API_URL: url });
    expect(JSON.parse(stdout)).toMatchObject([{ outcome: 'unknown', active: null, ...unknownEnd }]);
    expect(JSON.parse(stderr.split('\n').find((line) => line.startsWith('{')) ?? '').error).toMatchObject({
      kind: 'unknown-outcome',
      hint: expect.stringContaining(`twilio-org runs resume ${await lastRun()}`),
    });
    expect(exitCode).toBe(11);
  });

  test('reports users as not tried, not as changed by others', async () => {
    const { call, sandbox } = await bulkWorld({ users: 30 });
    const url = await between(sandbox.apiUrl, ({ method }) => (method === 'PUT' ? '403 before' : undefined));
    const users = [1, 2].map((index) => userAt(sandbox, index).id);
    const args = ['users', 'offboard', ...users, '--yes', '-o', 'json', '--concurrency', '1'];
    const { stdout } = await call(args, { TWILIO_ORG_API_URL: url });
    expect(JSON.parse(stdout)).toMatchObject([
      { outcome: 'failed', problem: expect.stringContaining('denied') },
      { outcome: 'not tried', problem: 'The run ended before this user' },
    ]);
  });

  test('refuses a name that two users have', async () => {
    const { call, sandbox } = await bulkWorld({ users: 30 });
    const [one, two, ...others] = [1, 2, 3, 5, 6, 8, 9].map((index) => userAt(sandbox, index));
    const name = `external:${one?.externalId}`;
    sandbox.state.users.list = () => {
      const users = [...sandbox.state.users.all()].map((user) =>
        user.id === two?.id ? { ...user, externalId: one?.externalId } : user,
      );
      return [Buffer.from(JSON.stringify({ Resources: users, totalResults: users.length }))];
    };
    const args = ['users', 'offboard', name, ...others.map(({ id }) => id), '--yes', '--override-guards'];
    const { stderr, exitCode } = await call(args);
    expect(stderr).toContain(`${name} matches 2 users\nUse the SID of one: ${one?.id}`);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 7, writes: [] });
  });

  test('writes the reason into the report, in each format', async () => {
    const { call, sandbox } = await bulkWorld({ users: 30 });
    for (const format of ['csv', 'table', 'json']) {
      const args = ['users', 'offboard', userAt(sandbox, 1).id, '--reason', 'Left', '--yes', '-o', format];
      expect((await call(args)).stdout).toMatch(/\breason\b[\s\S]*\bLeft\b/i);
    }
  });

  test('sends nothing without a terminal and without --yes, and only reads with --dry-run', async () => {
    const { call, sandbox } = await bulkWorld();
    const user = userAt(sandbox, 1);
    expect((await call(['users', 'offboard', user.id])).exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
    expect((await call(['users', 'offboard', user.id, '--dry-run'])).stdout).toContain(
      `deactivate ${user.userName}`,
    );
    expect(writes(sandbox)).toEqual([]);
  });
});
