import { describe, expect, test } from 'vitest';
import { lintWorld, supportRole, wordsOf } from '../../support/lint-world.ts';
import { withProfiles } from '../../support/profiles.ts';
import { requests } from '../../support/role-assignments.ts';

const admin = 'IX00000000000000000000000000000102';
const billing = 'IX00000000000000000000000000000104';

/** A world and a file of rules. Words in capitals stand for what the world has. */
async function withRules(yaml: string, prepare: (world: World) => unknown = () => undefined) {
  const world = await lintWorld();
  await prepare(world);
  const filled = yaml
    .replaceAll('ADA', world.user(1).userName)
    .replaceAll('KIM', world.user(2).userName)
    .replaceAll('ADMINS', [6, 7].map((n) => world.user(n).userName).join(', '));
  const rules = world.file('lint.yaml', filled);
  requests(world.sandbox);
  return { ...world, rules, check: (...args: string[]) => world.lint('--rules', rules, ...args) };
}

type World = Awaited<ReturnType<typeof lintWorld>>;

const nameAccount = ({ call, eu }: World) => call(['accounts', 'name', eu, 'EU production']);

describe('--rules', () => {
  test('sets numbers and severities, and switches rules off', async () => {
    const { check, give, user } = await withRules(
      'rules:\n  few-admins: { min: 3, severity: note }\n  unmanaged-identity: off\n',
      ({ give: given }) => given(`US${'f'.repeat(32)}`, supportRole),
    );
    const { findings } = await check();
    expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['few-admins note']);
    give(user(1).id, admin);
    expect((await check('--exit-code')).exitCode).toBe(0);
  });

  test('takes the roles of admins from the file', async () => {
    const { check } = await withRules('admin_roles: [Billing]\n');
    const { findings } = await check();
    expect(findings.map(({ message }) => message)).toEqual([
      'No active user has the role Billing in the organization; the minimum is 2',
    ]);
  });

  const cases: [
    name: string,
    yaml: string,
    prepare: (world: World) => unknown,
    rule: string,
    message: string,
  ][] = [
    [
      'two roles that are kept apart',
      'separate:\n  - roles: [Billing, Support]\n',
      ({ give, user, eu }) => [give(user(1).id, billing), give(user(1).id, supportRole, eu)],
      'separation-of-duties',
      'has the roles Billing and Support, which are to be kept apart',
    ],
    [
      'two permissions that are kept apart in one scope',
      'separate:\n  - { permissions: [/twilio/billing/invoices/read, /twilio/iam/roles], same_scope: yes }\nown: []\nrules: { many-admins: off, few-admins: off }\n',
      ({ give, user, eu, sandbox }) => {
        sandbox.state.assignments.length = 0;
        give(user(1).id, admin, eu);
      },
      'separation-of-duties',
      'may do /twilio/billing/invoices/read and may do /twilio/iam/roles in EU production',
    ],
    [
      'a role that only some may hold in an account',
      'assume_inheritance: no\nown:\n  - { id: eu-support, role: Support, scope: EU production, only: [KIM] }\n',
      ({ give, user, eu, us }) =>
        [1, 2].map((n) => [give(user(n).id, supportRole, eu), give(user(n).id, supportRole, us)]),
      'eu-support',
      'has the role Support in EU production, and is not among the people of the rule',
    ],
    [
      'a permission that only some may have',
      'own:\n  - { id: only-admins, can: /twilio/support/tickets, only: [ADMINS] }\n',
      ({ give, user }) => give(user(1).id, supportRole),
      'only-admins',
      'may do /twilio/support/tickets in the organization',
    ],
    [
      'an address outside the domains',
      'domains: [owl.example, "*.owl.example", example.com]\n',
      ({ sandbox, user }) =>
        sandbox.state.users.put({
          ...user(1),
          userName: 'ada@gmail.com',
          emails: [{ value: 'ada@gmail.com', primary: true }],
        }),
      'foreign-address',
      'ada@gmail.com is outside owl.example, *.owl.example or example.com',
    ],
  ];

  test.each(cases)(
    'finds %s, and its command makes the finding go away',
    async (_, yaml, prepare, rule, message) => {
      const { check, call } = await withRules(yaml, async (world) => {
        await nameAccount(world);
        await prepare(world);
      });
      const { findings } = await check();
      expect(findings.map((finding) => [finding.rule, finding.message])).toEqual([
        [rule, expect.stringContaining(message)],
      ]);
      const [, ...words] = wordsOf(findings[0]?.fix ?? '');
      expect((await call([...words, '--yes'])).exitCode).toBe(0);
      expect((await check()).findings).toEqual([]);
    },
  );

  test('looks at all addresses of the users in a snapshot', async () => {
    const { check, call } = await withRules('domains: ["*.owl.example"]\n', ({ sandbox, user }) => {
      const emails = [...(user(1).emails ?? []), { value: 'ada@gmail.com', primary: false }];
      sandbox.state.users.put({ ...user(1), emails });
    });
    expect((await call(['snapshots', 'take'])).exitCode).toBe(0);
    const { findings } = await check('--at', 'last');
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('(ada@gmail.com) is outside *.owl.example'),
    );
  });

  test('says what is undecided apart, counts it apart, and exits with 12', async () => {
    const { check, us } = await withRules(
      'separate:\n  - { roles: [Billing, Support], same_scope: true }\n',
      ({ give, user, us: account }) => [give(user(1).id, billing), give(user(1).id, supportRole, account)],
    );
    expect(us).toBeTruthy();
    const { findings, exitCode, stderr } = await check('--exit-code');
    expect(findings).toMatchObject([{ rule: 'separation-of-duties', answer: 'undecided', fix: null }]);
    expect(findings[0]?.message).toContain('It is undecided whether');
    expect(findings[0]?.message).toContain('roles of the organization apply in its accounts');
    expect(exitCode).toBe(12);
    expect(stderr).toContain('No new findings; 1 undecided');
  });

  test('never says of an undecided person that they may do it', async () => {
    const { check } = await withRules(
      'own:\n  - { id: admins-of-eu, role: Admin, scope: EU production, only: [] }\n',
      nameAccount,
    );
    const { findings } = await check();
    expect(findings).not.toEqual([]);
    for (const { message } of findings)
      expect(message).toMatch(
        /^It is undecided whether \S+ has the role Admin in EU production: Twilio does not publish/,
      );
  });

  test.each([
    ['yes', ['yes'], 'apply in its accounts'],
    ['no', [], 'do not apply in its accounts'],
  ])('decides inheritance by assume_inheritance: %s, and says so', async (answer, answers, words) => {
    const { check } = await withRules(
      `assume_inheritance: ${answer}\nseparate:\n  - { roles: [Billing, Support], same_scope: true }\n`,
      ({ give, user, us }) => [give(user(1).id, billing), give(user(1).id, supportRole, us)],
    );
    const { findings, stderr } = await check();
    expect(findings.map((finding) => finding.answer)).toEqual(answers);
    expect(stderr).toContain(`Assumed: roles of the organization ${words}`);
  });

  test('hides what a suppression accepts, with its reason and last day, and counts it', async () => {
    const { check, call, rules } = await withRules(
      'suppress:\n  - { rule: duplicate-role, person: ADA, because: "OPS-1: wait", until: 2099-12-31 }\n',
      ({ give, user }) => [give(user(1).id, supportRole), give(user(1).id, supportRole)],
    );
    const { findings, stderr, exitCode } = await check('--exit-code');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('No new findings; 1 suppressed');
    expect(findings).toMatchObject([{ state: 'suppressed', because: 'OPS-1: wait', until: '2099-12-31' }]);
    const { stdout } = await call(['access', 'lint', '--rules', rules, '--all', '-o', 'table']);
    expect(stdout).toContain('Suppressed until 2099-12-31: OPS-1: wait');
  });

  test('does not plan to fix what is suppressed', async () => {
    const { check, path, call } = await withRules(
      'suppress:\n  - { rule: duplicate-role, because: OPS-1, until: 2099-12-31 }\n',
      ({ give, user }) => [give(user(1).id, supportRole), give(user(1).id, supportRole)],
    );
    expect((await check('--fix', '--plan-out', path('a.plan'))).stderr).toContain('the plan is empty');
    expect((await call(['runs', 'apply', path('a.plan'), '--yes'])).exitCode).toBe(0);
    expect((await check()).findings).toHaveLength(1);
  });

  test('reports a suppression that matches nothing, at its place', async () => {
    const { check, rules } = await withRules(
      '# Reviewed\nsuppress:\n  - { rule: duplicate-role, because: OPS-1, until: 2099-12-31 }\n',
    );
    const { findings, exitCode } = await check('--exit-code');
    expect(exitCode).toBe(10);
    expect(findings).toMatchObject([
      { rule: 'unused-suppression', place: { file: rules, line: 3, column: 5 }, fix: null },
    ]);
  });

  test('is checked before any request, with all mistakes at once', async () => {
    const { check, sandbox, rules } = await withRules('domain: [a.b]\nrules:\n  many-rolls: off\n');
    const { exitCode, stderr } = await check();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${rules}:1:1: unknown key`);
    expect(stderr).toContain(`${rules}:3:3: unknown key`);
    expect(stderr).toContain('many-roles');
    expect(requests(sandbox)).toEqual([]);
  });

  test('names all roles that do not exist, because a rule about them would never find anything', async () => {
    const { check, rules } = await withRules(
      'admin_roles: Amdin\nseparate:\n  - roles: [Biling, Support]\nown:\n  - { id: a, role: Suport, only: [] }\n',
    );
    const { exitCode, stderr } = await check();
    expect(exitCode).toBe(2);
    for (const [place, name] of [
      ['1:14', 'Admin'],
      ['3:13', 'Billing'],
      ['5:20', 'Support'],
    ])
      expect(stderr).toMatch(new RegExp(`${place}: there is no role \\w+\\. Did you mean .*${name}`));
    expect(stderr).toContain(`3 errors in ${rules}`);
  });

  test('refuses a role beside itself, by name and by SID', async () => {
    const { check } = await withRules(`separate:\n  - roles: [Support, ${supportRole}]\n`);
    expect((await check()).stderr).toContain('2:5: Support is in this entry of');
  });

  test('reads roles with their permissions only where a rule asks for permissions', async () => {
    const { check, sandbox } = await withRules(
      'own:\n  - { id: a, can: /twilio/support/x, only: [ADMINS] }\n',
    );
    await check();
    const roles = requests(sandbox).filter(({ path }) => path.endsWith('/Roles'));
    expect(roles.map(({ query }) => JSON.stringify(query))).toEqual([expect.stringContaining('Expand')]);
  });
});

test('guards of the profile satisfy no-guards, and its command sets them', async () => {
  const { call, plant } = await withProfiles({ users: 3 });
  await plant('work');
  const check = async () => {
    const { stdout } = await call(['--profile', 'work', 'access', 'lint', '-o', 'json']);
    return (JSON.parse(stdout) as { rule: string; fix: string }[]).find(({ rule }) => rule === 'no-guards');
  };
  const found = await check();
  expect(found?.fix).toBe('twilio-org --profile work guards set --max-removals 20 --keep-admins 2');
  const [, ...words] = wordsOf(found?.fix ?? '');
  expect((await call(words)).exitCode).toBe(0);
  expect(await check()).toBeUndefined();
});
