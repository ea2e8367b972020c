import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  adminRole,
  billingRole,
  type LintWorld,
  lintWorld,
  supportRole,
  wordsOf,
} from '../../support/lint-world.ts';
import { requests } from '../../support/role-assignments.ts';

const ghost = `US${'f'.repeat(32)}`;
const unknownRole = `IX${'9'.repeat(32)}`;

describe('access lint', () => {
  test('finds nothing in an organization that is in order, and says so', async () => {
    const { lint, call } = await lintWorld();
    const { findings, stderr, exitCode } = await lint('--exit-code');
    expect({ findings, exitCode }).toEqual({ findings: [], exitCode: 0 });
    expect(stderr).toContain('No new findings');
    expect((await call(['access', 'lint', '-o', 'table'])).stdout).toBe('');
  });

  test('names rule, person, reason and the command that fixes it', async () => {
    const world = await lintWorld();
    const { user, give, call } = world;
    const sid = give(user(1).id, unknownRole);
    const { findings, stderr } = await world.lint();
    expect(findings).toEqual([
      {
        rule: 'unknown-role',
        severity: 'warning',
        message: `${user(1).userName} has the role ${unknownRole} in the organization, which is not in the list of roles`,
        answer: 'yes',
        person: { sid: user(1).id, userName: user(1).userName },
        role: { sid: unknownRole, name: null },
        scope: world.org,
        scope_name: 'org',
        assignment_sids: [sid],
        fix: `twilio-org role-assignments delete ${sid}`,
        fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
        state: 'new',
      },
    ]);
    expect(stderr).toContain('1 new finding: 1 warning');
    const { stdout } = await call(['access', 'lint', '-o', 'table']);
    expect(stdout).toContain(`twilio-org role-assignments delete ${sid}`);
    expect(stdout).toContain('unknown-role (warning)');
  });

  test('exits with 10 for a new finding only where --exit-code asks for it', async () => {
    const { lint, give } = await lintWorld();
    give(ghost, supportRole);
    expect((await lint()).exitCode).toBe(0);
    const { exitCode, stderr, rules } = await lint('--exit-code');
    expect({ exitCode, rules }).toEqual({ exitCode: 10, rules: ['unmanaged-identity'] });
    expect(stderr).toContain('1 new finding: 1 warning');
    expect(stderr.match(/new finding/g)).toHaveLength(1);
  });

  test('says that a rule was not applied, and why', async () => {
    const { lint } = await lintWorld();
    expect((await lint()).stderr).toContain('Rule no-guards was not applied: no profile is active here');
  });

  test('reads each list once', async () => {
    const world = await lintWorld();
    world.give(ghost, supportRole);
    requests(world.sandbox);
    await world.lint();
    expect(
      requests(world.sandbox)
        .map(({ path }) => path.replace(/.*\//, ''))
        .toSorted(),
    ).toEqual(['RoleAssignments', 'Roles', 'Users']);
    await world.lint('--fix', '--plan-out', world.path('a.plan'));
    expect(requests(world.sandbox)).toHaveLength(3);
  });
});

describe('a baseline', () => {
  test('accepts what is there, and lets only new findings fail', async () => {
    const { lint, give, path, user, deactivate } = await lintWorld();
    give(ghost, supportRole);
    const file = path('baseline.json');
    const written = await lint('--write-baseline', file, '--exit-code');
    expect({ exitCode: written.exitCode, states: written.findings.map(({ state }) => state) }).toEqual({
      exitCode: 0,
      states: ['baseline'],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('@');
    const same = await lint('--baseline', file, '--exit-code');
    expect(same.exitCode).toBe(0);
    expect(same.stderr).toContain('No new findings; 1 in the baseline');
    give(user(1).id, supportRole);
    await deactivate(1);
    const more = await lint('--baseline', file, '--exit-code');
    expect(more.exitCode).toBe(10);
    expect(more.findings.map(({ rule, state }) => [rule, state])).toEqual(
      [
        ['unmanaged-identity', 'baseline'],
        ['inactive-with-roles', 'new'],
      ].toSorted(),
    );
  });

  test('is said to be out of date where a finding is gone', async () => {
    const { lint, give, path, sandbox } = await lintWorld();
    const sid = give(ghost, supportRole);
    await lint('--write-baseline', path('b.json'));
    sandbox.state.assignments.splice(
      sandbox.state.assignments.findIndex((each) => each.sid === sid),
      1,
    );
    expect((await lint('--baseline', path('b.json'))).stderr).toContain('1 finding of the baseline');
  });

  test('hides its findings in a table, unless --all asks for them', async () => {
    const { lint, give, path, call } = await lintWorld();
    give(ghost, supportRole);
    await lint('--write-baseline', path('b.json'));
    const table = async (...args: string[]) =>
      (await call(['access', 'lint', '-o', 'table', '--baseline', path('b.json'), ...args])).stdout;
    expect(await table()).toBe('');
    expect(await table('--all')).toContain('In the baseline');
  });

  test('is the same file in each run, whatever the order of lists', async () => {
    const { lint, give, path, sandbox, user } = await lintWorld();
    give(ghost, supportRole);
    give(user(1).id, unknownRole);
    give(user(2).id, unknownRole);
    await lint('--write-baseline', path('a.json'));
    sandbox.state.assignments.reverse();
    await lint('--write-baseline', path('b.json'));
    expect(readFileSync(path('b.json'), 'utf8')).toBe(readFileSync(path('a.json'), 'utf8'));
  });

  test.each([
    ['{', 'is not JSON'],
    ['[]', 'is not a baseline'],
    ['{"twilio_org_lint_baseline":2,"findings":[]}', 'was written by a newer version of twilio-org'],
    ['{"twilio_org_lint_baseline":1,"findings":[{}]}', 'has no fingerprint in entry 1'],
    [
      `{"twilio_org_lint_baseline":1,"organization":"OR${'0'.repeat(32)}","findings":[]}`,
      'is a baseline of OR0',
    ],
  ])('that reads %s is refused before any request', async (text, problem) => {
    const { lint, path, sandbox } = await lintWorld();
    writeFileSync(path('b.json'), text);
    requests(sandbox);
    const { exitCode, stderr } = await lint('--baseline', path('b.json'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain(problem);
    expect(requests(sandbox)).toEqual([]);
  });

  test('that is missing, or in a directory that is missing, is refused before any request', async () => {
    const { lint, path, sandbox } = await lintWorld();
    requests(sandbox);
    expect((await lint('--baseline', path('none.json'))).exitCode).toBe(2);
    expect((await lint('--write-baseline', path('none/b.json'))).exitCode).toBe(1);
    expect(requests(sandbox)).toEqual([]);
  });
});

describe('the command of a finding', () => {
  const cases: [
    rule: string,
    break_: (world: LintWorld) => unknown,
    more?: (world: LintWorld) => string[],
  ][] = [
    [
      'few-admins',
      ({ sandbox }) => void sandbox.state.assignments.pop(),
      ({ user }) => ['--user', user(1).id],
    ],
    [
      'many-admins',
      ({ give, user }) => [1, 2, 3, 4].map((n) => give(user(n).id, adminRole)),
      ({ user }) => ['--user', user(1).id, '--yes'],
    ],
    [
      'inactive-with-roles',
      async ({ give, user, deactivate }) => {
        give(user(1).id, supportRole);
        await deactivate(1);
      },
      () => ['--yes'],
    ],
    ['unmanaged-identity', ({ give }) => give(ghost, supportRole), () => ['--yes']],
    ['unknown-role', ({ give, user }) => give(user(1).id, unknownRole), () => ['--yes']],
    [
      'duplicate-role',
      ({ give, user, eu }) => [1, 2, 3].map(() => give(user(1).id, supportRole, eu)),
      () => ['--yes'],
    ],
    [
      'wider-than-others',
      ({ give, user, eu }) => [
        give(user(1).id, supportRole),
        ...[2, 3].map((n) => give(user(n).id, supportRole, eu)),
      ],
      () => ['--yes'],
    ],
    [
      'many-roles',
      ({ give, user }) => {
        give(user(1).id, billingRole);
        for (let n = 0; n < 40; n++) give(user(1).id, supportRole, `AC${String(n).padStart(32, '0')}`);
      },
      () => ['--role', 'Billing', '--scope', 'org', '--yes'],
    ],
  ];

  test.each(cases)('makes %s go away', async (rule, breakRule, more) => {
    const world = await lintWorld();
    await breakRule(world);
    const found = (await world.lint()).findings.filter((finding) => finding.rule === rule);
    expect(found).toHaveLength(1);
    const [program, ...words] = wordsOf(found[0]?.fix ?? '');
    expect(program).toBe('twilio-org');
    const { exitCode, stderr } = await world.call([...words, ...(more?.(world) ?? [])]);
    expect(stderr).not.toContain('error');
    expect(exitCode).toBe(0);
    expect((await world.lint()).rules).not.toContain(rule);
  });
});

describe('--fix --plan-out', () => {
  test('plans what takes no judgement, and what was found is gone after runs apply', async () => {
    const world = await lintWorld(40);
    const { give, user, eu, us, deactivate, lint, path, call, sandbox } = world;
    give(user(1).id, supportRole, eu);
    const second = give(user(1).id, supportRole, eu);
    give(user(2).id, unknownRole);
    give(user(3).id, supportRole, us);
    give(user(3).id, unknownRole, us);
    await deactivate(3);
    // For a person to decide.
    give(ghost, supportRole);
    requests(sandbox);
    const planned = await lint('--fix', '--plan-out', path('fixes.plan'));
    expect(planned.exitCode).toBe(0);
    expect(planned.stderr).toContain('Nothing was changed. Run the plan with: twilio-org runs apply');
    expect(requests(sandbox).every(({ method }) => method === 'GET')).toBe(true);
    const applied = await call(['runs', 'apply', path('fixes.plan'), '--yes']);
    expect(applied.exitCode).toBe(0);
    expect((await lint()).rules.toSorted()).toEqual(['unknown-role', 'unmanaged-identity']);
    const held = sandbox.state.assignments.filter(({ identity }) => identity === user(1).id);
    expect(held.map(({ sid }) => sid)).not.toContain(second);
    expect(held).toHaveLength(1);
  });

  test('does not remove a duplicate whose twin is gone meanwhile', async () => {
    const { give, user, eu, lint, path, call, sandbox } = await lintWorld();
    const twins = [give(user(1).id, supportRole, eu), give(user(1).id, supportRole, eu)];
    await lint('--fix', '--plan-out', path('fixes.plan'));
    const { assignments } = sandbox.state;
    assignments.splice(
      assignments.findIndex(({ sid }) => sid === twins[0]),
      1,
    );
    const { exitCode } = await call(['runs', 'apply', path('fixes.plan'), '--yes']);
    expect(exitCode).toBe(7);
    expect(assignments.filter(({ identity }) => identity === user(1).id)).toHaveLength(1);
  });

  test('does not remove the roles of a user who is active again', async () => {
    const { give, user, lint, path, call, deactivate } = await lintWorld();
    give(user(1).id, supportRole);
    await deactivate(1);
    await lint('--fix', '--plan-out', path('fixes.plan'));
    await call(['users', 'activate', user(1).id]);
    expect((await call(['runs', 'apply', path('fixes.plan'), '--yes'])).exitCode).toBe(7);
  });

  test('makes an empty plan of what is for a person to decide', async () => {
    const { give, lint, path, call } = await lintWorld();
    give(ghost, supportRole);
    expect((await lint('--fix', '--plan-out', path('fixes.plan'))).stderr).toContain('the plan is empty');
    expect((await call(['runs', 'apply', path('fixes.plan'), '--yes'])).exitCode).toBe(0);
  });

  test('leaves what the baseline accepts', async () => {
    const { give, user, eu, lint, path } = await lintWorld();
    for (const _ of ['one', 'twin']) give(user(1).id, supportRole, eu);
    await lint('--write-baseline', path('baseline.json'));
    const planned = await lint(
      '--baseline',
      path('baseline.json'),
      '--fix',
      '--plan-out',
      path('fixes.plan'),
    );
    expect(planned.stderr).toContain('the plan is empty');
  });

  test('obeys the guards', async () => {
    const { give, user, eu, lint, path } = await lintWorld(40);
    for (let n = 1; n <= 21; n++) for (const _ of ['one', 'twin']) give(user(n).id, supportRole, eu);
    const refused = await lint('--fix', '--plan-out', path('fixes.plan'));
    expect(refused.exitCode).toBe(9);
    expect(refused.stderr).toContain('the limit is 20');
    const planned = await lint('--fix', '--plan-out', path('fixes.plan'), '--override-guards');
    expect(planned.exitCode).toBe(0);
  });

  test.each([
    [['--fix'], '--fix only plans, and needs a file for the plan'],
    [['--plan-out', 'a.plan'], '--plan-out is for the plan that --fix makes'],
    [['--max-removals', '5'], '--max-removals is for the plan that --fix makes'],
    [['--fix', '--plan-out', 'a.plan', '--at', 'last'], '--at reads a snapshot'],
  ])('is the one way to plan: %j is a usage error', async (args, problem) => {
    const { lint, sandbox, call } = await lintWorld();
    await call(['snapshots', 'take']);
    requests(sandbox);
    const { exitCode, stderr } = await lint(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(problem);
    expect(requests(sandbox)).toEqual([]);
  });
});
