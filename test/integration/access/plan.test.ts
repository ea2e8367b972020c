import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/state/state.ts';
import { call, userAt, writes } from '../../support/cli.ts';
import {
  admin,
  billing,
  type DeclaredWorld,
  declaredWorld,
  developer,
  manyRemovals,
  onePair,
  studioEditor,
  support,
} from '../../support/declared.ts';

const now = Date.parse('2026-11-27T12:00:00Z');

/** Support in EU production for two people of a group, and Developer there for one more. */
function supportFile({ mail }: DeclaredWorld): string {
  return `owns:
  - { scope: EU production, roles: [Support, Developer] }
groups:
  support: [${mail(1)}, ${mail(2)}]
access:
  - { who: group:support, role: Support, where: EU production, because: OPS-7 }
  - { who: ${mail(3)}, role: Developer, where: EU production }
`;
}

async function worldWithDrift() {
  const world = await declaredWorld();
  const { hold, production: scope, write } = world;
  write('support.yaml', supportFile(world));
  hold(1, support, { scope });
  hold(4, support, { scope });
  hold(3, developer, { scope });
  hold(5, billing, { scope });
  return world;
}

/** Sends nothing but requests that read. */
function expectNoWrites({ sandbox }: DeclaredWorld): void {
  expect(writes(sandbox)).toEqual([]);
}

describe('access plan', () => {
  test('shows removals first, each change with its line, and changes nothing', async () => {
    const world = await worldWithDrift();
    const { call, directory, mail, production, sandbox } = world;
    const { stdout, exitCode } = await call(['access', 'plan', directory, '-o', 'json'], {}, '', now);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        userName: mail(4),
        role: 'Support',
        scope: production,
        why: join(directory, 'support.yaml:2'),
        id: userAt(sandbox, 4).id,
        role_sid: support,
        method: 'DELETE',
      },
      { userName: mail(2), why: join(directory, 'support.yaml:6'), because: 'OPS-7', method: 'POST' },
    ]);
    expectNoWrites(world);
  });

  test('ends in its counts, and calls itself a dry run only where one was asked for', async () => {
    const { call, directory, write, mail } = await declaredWorld();
    write('one.yaml', onePair('Support', 'EU production', mail(1)));
    const { stderr } = await call(['access', 'plan', directory]);
    expect(stderr).toContain('Nothing was changed. The plan has 1 change to 1 item\n');
    expect(stderr).not.toMatch(/dry run/i);
    expect((await call(['access', 'plan', directory, '--dry-run'])).stderr).toContain(
      'Dry run: nothing was changed. It would make 1 change to 1 item\n',
    );
  });

  test('says who, what, where and why in a table and in tab-separated lines', async () => {
    const { call, directory, mail } = await worldWithDrift();
    const table = await call(['access', 'plan', directory, '-o', 'table']);
    expect(table.stdout).toContain(`${mail(4)}`);
    expect(table.stdout).toContain('Support in EU production');
    expect(table.stdout).toContain('support.yaml:6; OPS-7');
    const tsv = await call(['access', 'plan', directory]);
    expect(tsv.stdout.split('\n')[0]?.split('\t').slice(0, 2)).toEqual([mail(4), 'Support']);
    expect(tsv.stdout).toContain(join(directory, 'support.yaml:2'));
  });

  test('groups changes by person on a terminal, with the line of each', async () => {
    const { directory, mail, env } = await worldWithDrift();
    const { stdout } = await call(['access', 'plan', directory], {
      env: { ...env, NO_COLOR: '1' },
      columns: 240,
    });
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(lines[0]).toContain(mail(4));
    expect(lines[1]).toMatch(/^- Role: Support in EU production .*support\.yaml:2\)$/);
    expect(lines[2]).toContain(mail(2));
    expect(lines[3]).toMatch(/^\+ Role: Support in EU production .*support\.yaml:6; OPS-7\)$/);
  });

  test('exits with 10 on request when there is something to do, and with 0 when there is not', async () => {
    const world = await worldWithDrift();
    const { call, directory, hold, drop, production: scope, sandbox } = world;
    const args = ['access', 'plan', directory, '--exit-code'];
    expect(await call(args)).toMatchObject({
      exitCode: 10,
      stderr: expect.stringContaining('2 changes to make'),
    });
    drop(sandbox.state.assignments[1]?.sid ?? '');
    hold(2, support, { scope });
    expect(await call(args)).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: `Nothing to do: the organization is as ${directory} says\n`,
    });
  });

  test('needs the four reading scopes, and no other', async () => {
    const world = await worldWithDrift();
    const { call, directory, sandbox } = world;
    const scopes = ['managed-users/read', 'managed-users/list', 'role-assignments/list', 'roles/list'];
    const token = sandbox.issueToken({ scopes });
    expect(await call(['access', 'plan', directory], { TWILIO_ORG_ACCESS_TOKEN: token })).toMatchObject({
      exitCode: 0,
    });
    expect(await call(['access', 'drift', directory], { TWILIO_ORG_ACCESS_TOKEN: token })).toMatchObject({
      exitCode: 0,
    });
    expect(sandbox.requests.every(({ method, status }) => method === 'GET' && status === 200)).toBe(true);
  });

  test('reads only the pages of the scopes that are owned', async () => {
    const { call, directory, sandbox, production } = await worldWithDrift();
    await call(['access', 'plan', directory]);
    const lists = sandbox.requests.filter(({ path }) => path.endsWith('/RoleAssignments'));
    expect(lists.map(({ query }) => query)).toEqual([{ Scope: production, PageSize: '100' }]);
  });

  test('works from a snapshot, and then saves no plan', async () => {
    const { call, directory, hold, production: scope, path } = await worldWithDrift();
    const before = await call(['access', 'plan', directory, '-o', 'json'], {}, '', now);
    expect((await call(['snapshots', 'take'], {}, '', now)).exitCode).toBe(0);
    hold(6, support, { scope });
    const then = await call(['access', 'plan', directory, '-o', 'json', '--at', 'last']);
    expect(then).toMatchObject({ stdout: before.stdout, exitCode: 0 });
    const saving = await call(['access', 'plan', directory, '--at', 'last', '--plan-out', path('p.plan')]);
    expect(saving).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--plan-out') });
  });
});

test.each([
  [['--allow-empty'], onePair('Support', 'org')],
  [['--only-add'], onePair('Support', 'org')],
  [['--max-removals', '21'], undefined],
  [['--max-removals', '21', '--protect', '*@nobody.example'], undefined],
])('access plan %j advises the commands that apply its plan', async (flags, text) => {
  const { call, directory, write, path } = await manyRemovals(text === undefined ? 21 : 2);
  if (text !== undefined) write('a.yaml', text);
  const plan = ['access', 'plan', directory, ...flags, '--plan-out', path('access.plan')];
  const { stderr } = await call([...plan, '--exit-code']);
  for (const [, line = ''] of stderr.matchAll(/(?:Run the plan with|To make \w+): twilio-org (.*)/g)) {
    const applied = await call([...words(line), '--dry-run']);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    for (const flag of flags) expect(words(line)).toContain(flag);
  }
});

/** The words of a command line that a message shows. */
function words(line: string): string[] {
  return line.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
}

describe('access plan compares', () => {
  test('names, SIDs and external ids of the same thing as one', async () => {
    const { call, directory, write, hold, production, sandbox } = await declaredWorld();
    const { id, externalId } = userAt(sandbox, 1);
    hold(1, support, { scope: production });
    hold(1, developer, { scope: production });
    hold(1, billing);
    write(
      'a.yaml',
      `owns:
  - { scope: ${production}, roles: [SUPPORT, ${developer}] }
  - { scope: ORG, roles: [billing] }
access:
  - { who: ${id.slice(0, 2)}${id.slice(2).toUpperCase()}, role: support, where: eu PRODUCTION }
  - { who: "external:${externalId}", role: Developer, where: ${production} }
  - { who: "external:${externalId}", role: Billing, where: ${sandbox.organizationSid} }
`,
    );
    expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
  });

  test('assignments that are limited to a resource with entries that are', async () => {
    const { call, directory, write, hold, mail } = await declaredWorld();
    hold(1, studioEditor, { resource: ['studio_flow', 'f1'] });
    hold(1, studioEditor, { resource: ['studio_flow', 'f2'] });
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Studio Editor] }]
access:
  - { who: ${mail(1)}, role: Studio Editor, where: org, resource: studio_flow/f1 }
  - { who: ${mail(2)}, role: Studio Editor, where: org }
`,
    );
    const { stdout } = await call(['access', 'plan', directory, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([
      { userName: mail(1), resource_type: 'studio_flow', resource_id: 'f2', method: 'DELETE' },
      { userName: mail(2), method: 'POST', body: { role_sid: studioEditor } },
    ]);
  });

  test('what Twilio has twice as one: a wanted copy stays, an unwanted one goes with the other', async () => {
    const { call, directory, write, hold, mail } = await declaredWorld();
    for (const _ of [1, 2]) {
      hold(1, support);
      hold(2, support);
    }
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${mail(1)}, role: Support, where: org }]\n`,
    );
    const { stdout } = await call(['access', 'plan', directory, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ userName: mail(2) }, { userName: mail(2) }]);
  });

  test('an identity that is no managed user by its SID, and says so where it loses a role', async () => {
    const { call, directory, write, hold } = await declaredWorld();
    const [kept, gone] = [`US${'a'.repeat(32)}`, `US${'b'.repeat(32)}`];
    hold(kept, support);
    hold(gone, support);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${kept}, role: Support, where: org }]\n`,
    );
    const { stdout, stderr } = await call(['access', 'plan', directory, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ userName: gone, method: 'DELETE' }]);
    expect(stderr).toContain(`${gone} has a role, and is no user that the organization manages`);
  });

  test('a role that no longer exists by its SID, as long as somebody has it', async () => {
    const { call, directory, write, hold, mail } = await declaredWorld();
    const lost = `IX${'9'.repeat(32)}`;
    hold(1, lost);
    hold(2, lost);
    const file = (who: number) =>
      `owns: [{ scope: org, roles: [${lost}] }]\naccess: [{ who: ${mail(who)}, role: ${lost}, where: org }]\n`;
    write('a.yaml', file(1));
    const { stdout } = await call(['access', 'plan', directory, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ userName: mail(2), role_sid: lost, method: 'DELETE' }]);
    write('a.yaml', file(3));
    expect(await call(['access', 'plan', directory])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`there is no role ${lost}`),
    });
  });

  test('inactive people like others, and warns where they would get a role', async () => {
    const { call, directory, write, hold, sandbox } = await declaredWorld();
    const inactive = userAt(sandbox, 7);
    expect(inactive.active).toBe(false);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${inactive.userName}, role: Support, where: org }]\n`,
    );
    const given = await call(['access', 'plan', directory]);
    expect(given).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('is not active') });
    hold(7, support);
    const kept = await call(['access', 'plan', directory, '--exit-code']);
    expect(kept).toMatchObject({ exitCode: 0 });
    expect(kept.stderr).not.toContain('is not active');
  });
});

describe('access plan counts days', () => {
  const day = (iso: string) => Date.parse(iso);
  const file = ({ mail }: DeclaredWorld, more = '') => `${more}
owns: [{ scope: org, roles: [Support] }]
access:
  - { who: ${mail(1)}, role: Support, where: org, from: 2027-01-10, until: 2027-01-31, because: OPS-4711 }
`;
  const cases: [when: string, zone: string, held: boolean, change: string | undefined][] = [
    ['2027-01-09T23:59:59Z', '', false, undefined],
    ['2027-01-09T23:59:59Z', '', true, 'DELETE'],
    ['2027-01-10T00:00:00Z', '', false, 'POST'],
    ['2027-01-31T23:59:59Z', '', true, undefined],
    ['2027-01-31T23:59:59Z', '', false, 'POST'],
    ['2027-02-01T00:00:00Z', '', true, 'DELETE'],
    ['2027-02-01T00:00:00Z', '', false, undefined],
    // In winter an hour ahead of UTC, and five hours behind it.
    ['2027-01-31T23:30:00Z', 'Europe/Paris', true, 'DELETE'],
    ['2027-01-09T23:30:00Z', 'Europe/Paris', false, 'POST'],
    ['2027-02-01T04:59:00Z', 'America/New_York', true, undefined],
    ['2027-02-01T05:00:00Z', 'America/New_York', true, 'DELETE'],
  ];
  test.each(cases)('at %s (%s), held: %s, change: %s', async (when, zone, held, change) => {
    const world = await declaredWorld();
    const { write, call, directory, hold } = world;
    write('a.yaml', file(world, zone === '' ? '' : `timezone: ${zone}`));
    if (held) hold(1, support);
    const { stdout, exitCode } = await call(['access', 'plan', directory, '-o', 'json'], {}, '', day(when));
    const found: { method: string; because?: string }[] = JSON.parse(stdout);
    expect([exitCode, found.map(({ method }) => method)]).toEqual([0, change === undefined ? [] : [change]]);
    if (when > '2027-02' && change !== undefined) {
      expect(found[0]?.because).toMatch(/a\.yaml:4 ended on 2027-01-31: OPS-4711$/);
    }
  });
});

test('an ended entry takes nothing from somebody whom another entry lists', async () => {
  const { write, call, directory, hold, mail } = await declaredWorld();
  hold(1, support);
  write(
    'a.yaml',
    `owns: [{ scope: org, roles: [Support] }]
groups: { support: [${mail(1)}] }
access:
  - { who: ${mail(1)}, role: Support, where: org, until: 2020-01-31 }
  - { who: group:support, role: Support, where: org }
`,
  );
  expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0 });
});

describe('access plan refuses', () => {
  test('everything that is wrong in all files at once, with places, and writes nothing', async () => {
    const world = await declaredWorld();
    const { write, call, directory, mail, sandbox, production } = world;
    const [one, other] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    mutateUser(sandbox.state, other, { externalId: one.externalId ?? '' }, 0);
    write(
      'a.yaml',
      `owns:
  - { scope: EU production, roles: [Support, Suport] }
  - { scope: EU prod, roles: [Support] }
access:
  - { who: ${mail(1).replace('@', 'x@')}, role: Support, where: EU production }
  - { who: "external:${one.externalId}", role: Support, where: EU production }
  - { who: ${mail(1)}, role: Billing, where: org }
  - { who: ${one.id}, role: Support, where: ${production} }
  - { who: ${mail(1)}, role: support, where: eu production }
`,
    );
    write(
      'b/c.yaml',
      `owns:
  - { scope: ${production}, roles: [${support}] }
  - { scope: AC${'0'.repeat(32)}, roles: [Support] }
  - { scope: EU production, roles: [SSO Admin, Viewer] }
  - { scope: org, roles: [Studio Editor] }
access:
  - { who: ${mail(3)}, role: SSO Admin, where: EU production }
  - { who: ${mail(3)}, role: Studio Editor, where: org, resource: sip_trunk/t1 }
  - { who: kim, role: Support, until: 2027-02-30 }
`,
    );
    const { stderr, exitCode } = await call(['access', 'plan', directory]);
    expect(exitCode).toBe(2);
    const lines = stderr.split('\n').filter((line) => line.startsWith(directory));
    expect(lines.map((line) => line.slice(directory.length + 1))).toEqual([
      expect.stringMatching(/^a.yaml:2:46: there is no role Suport. Did you mean Support\?/),
      expect.stringMatching(/^a.yaml:3:14: "EU prod" is not a scope. Did you mean "EU production"\?/),
      expect.stringMatching(/^a.yaml:5:12: there is no user .*Did you mean /),
      expect.stringMatching(/^a.yaml:6:12: 2 users are named external:.*US.*US/),
      expect.stringMatching(/^a.yaml:7:5: this file does not own Billing in org/),
      expect.stringMatching(/^a.yaml:9:5: line 8 gives the same access/),
      expect.stringMatching(/^b\/c.yaml:2:\d+: Support in EU production is also owned by .*a.yaml:2/),
      expect.stringMatching(/^b\/c.yaml:3:14: AC0+ is no scope of this organization/),
      expect.stringMatching(/^b\/c.yaml:4:\d+: 2 roles are named Viewer/),
      expect.stringMatching(/^b\/c.yaml:7:\d+: the role SSO Admin can be given only in the organization/),
      expect.stringMatching(/^b\/c.yaml:8:\d+: the role Studio Editor can't be given for a sip_trunk/),
      expect.stringMatching(/^b\/c.yaml:9:5: "where" is missing/),
      expect.stringMatching(/^b\/c.yaml:9:12: "kim" is not a user/),
      expect.stringMatching(/^b\/c.yaml:9:39: "2027-02-30" is not a day/),
    ]);
    expectNoWrites(world);
  });

  test('wrong files even without a login', async () => {
    const { write, call, directory } = await declaredWorld();
    write('a.yaml', 'owns: [{ scope: org }]\naccess: []\n');
    const { stderr, exitCode } = await call(['access', 'plan', directory], {
      TWILIO_ORG_ACCESS_TOKEN: undefined,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('a.yaml:1:') });
  });

  test('a role that cannot be given at that level, but never one that exists already', async () => {
    const { write, call, directory, hold, mail, production } = await declaredWorld();
    const ssoAdmin = `IX${'204'.padStart(32, '0')}`;
    hold(1, ssoAdmin, { scope: production });
    const file = (who: number) =>
      `owns: [{ scope: EU production, roles: [SSO Admin] }]\naccess: [{ who: ${mail(who)}, role: SSO Admin, where: EU production }]\n`;
    write('a.yaml', file(1));
    expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0 });
    write('a.yaml', file(2));
    expect(await call(['access', 'plan', directory])).toMatchObject({ exitCode: 2 });
  });

  test('more roles for a person than Twilio allows', async () => {
    const { write, call, directory, hold, mail } = await declaredWorld();
    for (let index = 0; index < 50; index++) hold(1, `IX${String(index).padStart(32, '8')}`);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${mail(1)}, role: Support, where: org }]\n`,
    );
    expect(await call(['access', 'plan', directory])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/a.yaml:2:10: .* would have 51 roles; Twilio's limit is 50/),
    });
  });

  test('to own everything where assignments are listed only by scope', async () => {
    const { write, call, directory } = await declaredWorld({ requireAssignmentFilter: true });
    write('a.yaml', 'everything: true\naccess: []\n');
    expect(await call(['access', 'plan', directory])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('a.yaml:1:'),
    });
  });

  test('owned pairs without anybody, each with its line, and empty groups', async () => {
    const world = await declaredWorld();
    const { write, call, directory, hold, mail, production: scope } = world;
    hold(1, support, { scope });
    hold(2, developer, { scope });
    hold(3, developer, { scope });
    hold(4, billing, { scope });
    write(
      'a.yaml',
      `owns:
  - { scope: EU production, roles: [Support, Developer, Billing] }
groups:
  nobody: []
access:
  - { who: ${mail(1)}, role: Support, where: EU production }
  - { who: ${mail(1)}, role: Billing, where: EU production }
  - { who: group:nobody, role: Billing, where: EU production }
`,
    );
    const { stderr, exitCode, stdout } = await call(['access', 'plan', directory, '-o', 'json']);
    expect(exitCode).toBe(9);
    // The plan is shown for all that: whoever reviews it sees what would be lost.
    expect(JSON.parse(stdout)).toHaveLength(4);
    expect(stderr).toContain(
      'a.yaml:2 owns Developer in EU production, lists nobody, and 2 assignments would be removed',
    );
    expect(stderr).toContain('a.yaml:8: the group \\"nobody\\" is empty');
    expect(stderr).not.toContain('owns Billing');
    expect(stderr).toContain('--allow-empty');
    expect(await call(['access', 'plan', directory, '--allow-empty'])).toMatchObject({ exitCode: 0 });
    const adding = await call(['access', 'plan', directory, '--only-add', '-o', 'json']);
    expect(JSON.parse(adding.stdout)).toMatchObject([{ method: 'POST', userName: mail(1), role: 'Billing' }]);
  });

  test('owned pairs whose entries are all for other days, where somebody else has them', async () => {
    const { write, call, directory, hold, mail, held } = await declaredWorld();
    hold(1, support);
    hold(2, support);
    hold(1, developer);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support, Developer] }]
access:
  - { who: ${mail(1)}, role: Support, where: org, until: 2020-01-31 }
  - { who: ${mail(1)}, role: Developer, where: org, until: 2020-01-31 }
  - { who: ${mail(3)}, role: Support, where: org, from: 2999-01-31 }
`,
    );
    const { stderr, exitCode } = await call([
      'access',
      'apply',
      directory,
      '--yes',
      '--max-removal-fraction',
      '1',
    ]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 9,
      stderr: expect.stringContaining(
        'a.yaml:1 owns Support in org, lists nobody for today, and 1 assignment would be removed',
      ),
    });
    expect(stderr).not.toContain('owns Developer');
    expect(held()).toHaveLength(3);
  });

  test('for several reasons, in a sentence that stands alone', async () => {
    const { write, call, directory, hold } = await declaredWorld();
    hold(1, support);
    hold(2, developer);
    write('a.yaml', 'owns: [{ scope: org, roles: [Support, Developer] }]\naccess: []\n');
    const { stderr } = await call(['access', 'plan', directory]);
    expect(stderr).toContain('error: Refused for 2 reasons, so nothing was changed: they are listed above');
  });

  test('to leave no admin, and names the guards that apply would refuse by', async () => {
    const { write, call, directory, hold, mail } = await declaredWorld();
    hold(0, admin);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Admin, Support] }]\naccess: [{ who: ${mail(1)}, role: Support, where: org }]\n`,
    );
    const { stderr, exitCode } = await call(['access', 'plan', directory, '--allow-empty']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 9,
      stderr: expect.stringContaining('leaves no active user'),
    });
  });
});
