import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { issueAccessToken } from '../../../src/sandbox/oauth/tokens.ts';
import { call, userAt, writes } from '../../support/cli.ts';
import {
  admin,
  allowing,
  billing,
  type DeclaredWorld,
  declaredWorld,
  developer,
  manyRemovals,
  support,
} from '../../support/declared.ts';

/** Two people to have Support in EU production, where two others have it. */
async function worldWithDrift() {
  const world = await declaredWorld();
  const { hold, production: scope, write, mail } = world;
  write(
    'support.yaml',
    `owns: [{ scope: EU production, roles: [Support] }]
access:
  - { who: ${mail(1)}, role: Support, where: EU production, because: OPS-7 }
  - { who: ${mail(2)}, role: Support, where: EU production }
`,
  );
  hold(4, support, { scope });
  hold(5, support, { scope });
  hold(5, developer, { scope });
  hold(6, support);
  return world;
}

const wanted = [
  '5 Developer EU production',
  '6 Support org',
  '1 Support EU production',
  '2 Support EU production',
];

const apply = ({ call, directory }: DeclaredWorld, ...flags: string[]) =>
  call(['access', 'apply', directory, ...flags]);

describe('access apply', () => {
  test('makes the organization as the files say, removals first; then there is nothing to do', async () => {
    const world = await worldWithDrift();
    expect(await apply(world, '--yes')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('2 created, 2 changed, 0 unchanged, 0 failed, 0 not tried: 4 in all'),
    });
    expect(world.held().sort()).toEqual([...wanted].sort());
    const sent = writes(world.sandbox);
    expect(sent.map((line) => line.split(' ')[0])).toEqual(['DELETE', 'DELETE', 'POST', 'POST']);
    expect(await apply(world, '--yes')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Nothing to do'),
    });
    expect(writes(world.sandbox)).toHaveLength(sent.length);
  });

  test('names accounts in the table of results, a line for each change', async () => {
    const world = await worldWithDrift();
    const { stdout } = await call(['access', 'apply', world.directory, '--yes', '-o', 'table'], {
      env: world.env,
      columns: 120,
    });
    expect(stdout.match(/EU production/g)).toHaveLength(4);
    expect(stdout).not.toContain(world.production);
    expect(stdout.split('\n').filter((line) => line.includes('@'))).toHaveLength(4);
  });

  test('records the reason of each change, and shows it in runs show', async () => {
    const world = await worldWithDrift();
    await apply(world, '--yes');
    const json = await world.call(['runs', 'show', 'last', '-o', 'json']);
    const rows: Record<string, string>[] = JSON.parse(json.stdout);
    expect(rows.map(({ why }) => why?.slice(world.directory.length))).toEqual([
      ...['/support.yaml:1', '/support.yaml:1', '/support.yaml:3', '/support.yaml:4'],
    ]);
    expect(rows[2]).toMatchObject({ userName: world.mail(1), because: 'OPS-7', outcome: 'created' });
    const table = await world.call(['runs', 'show', 'last', '-o', 'table']);
    expect(table.stdout).toContain('support.yaml:3; OPS-7');
  });

  test('can be undone', async () => {
    const world = await worldWithDrift();
    const before = world.held().sort();
    await apply(world, '--yes');
    expect(await world.call(['runs', 'undo', 'last', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(world.held().sort()).toEqual(before);
  });

  test('needs --yes off a terminal before the first request, unless it only adds', async () => {
    const world = await worldWithDrift();
    expect(await apply(world)).toMatchObject({ exitCode: 2 });
    expect(world.sandbox.requests).toEqual([]);
    expect(await apply(world, '--only-add')).toMatchObject({ exitCode: 0 });
    expect(world.held()).toEqual([
      ...['4 Support EU production', '5 Support EU production', '5 Developer EU production', '6 Support org'],
      ...['1 Support EU production', '2 Support EU production'],
    ]);
  });

  test('with --dry-run sends nothing, and shows what access plan shows', async () => {
    const world = await worldWithDrift();
    const dry = await apply(world, '--dry-run', '-o', 'json');
    const plan = await world.call(['access', 'plan', world.directory, '-o', 'json']);
    expect(dry.stdout).toBe(plan.stdout);
    expect(writes(world.sandbox)).toEqual([]);
  });

  test('at the limit of roles removes one before it gives another', async () => {
    const { write, hold, call, directory, mail, held, sandbox } = await declaredWorld();
    for (let index = 0; index < 49; index++) hold(1, `IX${String(index).padStart(32, '8')}`);
    hold(1, billing);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support, Billing] }]
access:
  - { who: ${mail(1)}, role: Support, where: org }
  - { who: ${mail(2)}, role: Billing, where: org }
`,
    );
    expect(await call(['access', 'apply', directory, '--yes'])).toMatchObject({ exitCode: 0 });
    expect(
      held()
        .filter((line) => /Support|Billing/.test(line))
        .sort(),
    ).toEqual(['1 Support org', '2 Billing org']);
    expect(sandbox.requests.filter(({ status }) => status >= 400)).toEqual([]);
  });
});

describe('access apply --plan', () => {
  async function saved(world: DeclaredWorld): Promise<string> {
    const file = world.path('access.plan');
    const { exitCode, stderr } = await world.call(['access', 'plan', world.directory, '--plan-out', file]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining(`access apply`),
    });
    return file;
  }

  test('with nothing to do is saved, and nobody is told to run it', async () => {
    const world = await worldWithDrift();
    await apply(world, '--yes');
    const file = world.path('access.plan');
    const { exitCode, stderr } = await world.call(['access', 'plan', world.directory, '--plan-out', file]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('nothing to run') });
    expect(stderr).not.toContain('Run the plan');
    expect(await apply(world, '--yes', '--plan', file)).toMatchObject({ exitCode: 0 });
  });

  test('applies a plan that still holds', async () => {
    const world = await worldWithDrift();
    expect(await apply(world, '--yes', '--plan', await saved(world))).toMatchObject({ exitCode: 0 });
    expect(world.held().sort()).toEqual([...wanted].sort());
  });

  test.each<[why: string, change: (world: DeclaredWorld) => void, message: string]>([
    [
      'the files changed',
      ({ write }) =>
        write('support.yaml', 'owns: [{ scope: EU production, roles: [Support] }]\naccess: []\n'),
      'no longer:',
    ],
    ['somebody gave a role', ({ hold, production: scope }) => hold(8, support, { scope }), 'new: '],
    [
      'somebody made one of the changes',
      ({ hold, production: scope }) => hold(1, support, { scope }),
      'no longer:',
    ],
  ])('refuses with 7 where %s, and sends nothing', async (_, change, message) => {
    const world = await worldWithDrift();
    const file = await saved(world);
    change(world);
    const { exitCode, stderr } = await apply(world, '--yes', '--allow-empty', '--plan', file);
    expect({ exitCode, stderr }).toEqual({ exitCode: 7, stderr: expect.stringContaining(message) });
    expect(writes(world.sandbox)).toEqual([]);
  });

  test('never executes the file: a plan that somebody has edited is refused', async () => {
    const world = await worldWithDrift();
    const file = await saved(world);
    const victim = userAt(world.sandbox, 6).id;
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(userAt(world.sandbox, 1).id, victim));
    expect(await apply(world, '--yes', '--plan', file)).toMatchObject({ exitCode: 7 });
    expect(writes(world.sandbox)).toEqual([]);
  });

  test('refuses a file that is no plan, before the first request', async () => {
    const world = await worldWithDrift();
    const file = world.file('x.plan', '{}');
    expect(await apply(world, '--yes', '--plan', file)).toMatchObject({ exitCode: 2 });
    expect(await apply(world, '--yes', '--plan', world.path('none.plan'))).toMatchObject({ exitCode: 2 });
    expect(world.sandbox.requests).toEqual([]);
  });
});

describe('access apply obeys the guards', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');
  const at = (world: DeclaredWorld, ...flags: string[]) =>
    world.call(['access', 'apply', world.directory, '--yes', ...flags], {}, '', now);

  test.each<[what: string, removals: number, allow: string, exitCode: number, stderr: string]>([
    ['the usual limit', 21, '', 9, 'This makes 21 removals; the limit is 20'],
    ['a limit that a file raises', 21, allowing(21), 0, 'allows 21 removals until 2026-12-01: OPS-1'],
    ['a limit that a file raises too little', 30, allowing(25), 9, 'This makes 30 removals; the limit is 25'],
    ['on the last day of the raised limit', 21, allowing(21, '2026-11-27'), 0, 'allows 21 removals'],
    [
      'after its last day',
      21,
      allowing(21, '2026-11-26'),
      9,
      'allow_removals ended on 2026-11-26 and has no effect',
    ],
  ])('%s', async (_, removals, allow, exitCode, stderr) => {
    const world = await manyRemovals(removals, allow);
    expect(await at(world)).toMatchObject({ exitCode, stderr: expect.stringContaining(stderr) });
    expect(writes(world.sandbox)).toHaveLength(exitCode === 0 ? removals + 1 : 0);
  });

  test('the flag that a refusal names is enough where a file raises the limit too little', async () => {
    const world = await manyRemovals(30, allowing(25));
    const { stderr } = await at(world, '--max-removals', '1');
    const flag = /--max-removals \d+/.exec(stderr)?.[0] ?? '';
    expect(flag).toBe('--max-removals 30');
    expect(await at(world, ...flag.split(' '))).toMatchObject({ exitCode: 0 });
  });

  test('and a file raises the limit for what it owns alone', async () => {
    const world = await manyRemovals(15, allowing(800));
    const { hold, write, mail, sandbox } = world;
    for (let user = 0; user < 21; user++) hold(user, billing);
    write(
      'b.yaml',
      `owns: [{ scope: org, roles: [Billing] }]\naccess: [{ who: ${mail(50)}, role: Billing, where: org }]\n`,
    );
    expect(await at(world)).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining('36 removals; the limit is 35'),
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('a raised limit counts for the fraction as well', async () => {
    const world = await declaredWorld({ users: 60 });
    const { hold, write, mail } = world;
    for (let user = 0; user < 30; user++) hold(user, support);
    const text = `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${mail(1)}, role: Support, where: org }]\n`;
    write('a.yaml', text);
    expect(await at(world, '--max-removals', '100')).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining('29 of 30'),
    });
    write('a.yaml', `${allowing(30)}\n${text}`);
    expect(await at(world)).toMatchObject({ exitCode: 0 });
  });

  test('and never removes the last admin, whatever a file allows', async () => {
    const { hold, write, mail, call, directory, sandbox } = await declaredWorld();
    hold(0, admin);
    write(
      'a.yaml',
      `${allowing(100)}
owns: [{ scope: org, roles: [Admin] }]
access: [{ who: ${mail(1)}, role: Admin, where: org }]
`,
    );
    const { exitCode, stderr } = await call(['access', 'apply', directory, '--yes'], {}, '', now);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 9,
      stderr: expect.stringContaining('no active user with the role Admin'),
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test("and one's own roles need --including-myself off a terminal", async () => {
    const { hold, write, mail, call, directory, sandbox } = await declaredWorld();
    hold(3, support);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${mail(1)}, role: Support, where: org }]\n`,
    );
    const { client_id: clientId, scopes } = sandbox.apps.authorization_code;
    const { organizationSid, state } = sandbox;
    const subject = userAt(sandbox, 3).id;
    const token = issueAccessToken(state, { clientId, organizationSid, scopes, subject }, Date.now());
    const args = ['access', 'apply', directory, '--yes'];
    for (const shown of [
      [...args, '--dry-run'],
      ['access', 'plan', directory],
    ])
      expect(await call(shown, { TWILIO_ORG_ACCESS_TOKEN: token })).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining('--including-myself'),
      });
    expect(await call(args, { TWILIO_ORG_ACCESS_TOKEN: token })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--including-myself'),
    });
    expect(writes(sandbox)).toEqual([]);
    expect(await call([...args, '--including-myself'], { TWILIO_ORG_ACCESS_TOKEN: token })).toMatchObject({
      exitCode: 0,
    });
  });
});

describe('Access that has ended', () => {
  const until = (who: string, day: string) => `owns: [{ scope: org, roles: [Support] }]
access:
  - { who: ${who}, role: Support, where: org, until: ${day}, because: OPS-4711 }
`;
  const on = (world: DeclaredWorld, day: string, verb = 'apply', ...flags: string[]) =>
    world.call(
      ['access', verb, world.directory, ...(verb === 'apply' ? ['--yes'] : []), ...flags],
      {},
      '',
      Date.parse(`${day}T03:00:00Z`),
    );

  test('is removed on the day after its last one, although nobody else is listed for the pair', async () => {
    const world = await declaredWorld();
    world.write('a.yaml', until(world.mail(1), '2027-01-31'));
    await on(world, '2027-01-01');
    expect(world.held()).toEqual(['1 Support org']);
    await on(world, '2027-01-31');
    expect(world.held()).toEqual(['1 Support org']);
    expect(await on(world, '2027-02-01')).toMatchObject({ exitCode: 0 });
    expect(world.held()).toEqual([]);
  });

  test('is left alone, and reported, where somebody gave it again by hand after that', async () => {
    const world = await declaredWorld();
    world.write('a.yaml', until(world.mail(1), '2027-01-31'));
    await on(world, '2027-01-01');
    await on(world, '2027-02-01');
    world.hold(1, support);
    const again = await on(world, '2027-02-02');
    expect(again).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('somebody gave it again by hand'),
    });
    expect(world.held()).toEqual(['1 Support org']);
    const drift = await on(world, '2027-02-02', 'drift', '-o', 'json', '--exit-code');
    expect(drift.exitCode).toBe(10);
    expect(JSON.parse(drift.stdout)).toMatchObject([{ drift: 'given again', user_name: world.mail(1) }]);
    expect(await on(world, '2027-02-02', 'plan', '--exit-code')).toMatchObject({ exitCode: 0 });
  });

  test('is removed where it was there before its end, however it came', async () => {
    const world = await declaredWorld();
    const { call, directory, mail, write, hold } = world;
    hold(1, support);
    hold(2, support);
    write(
      'a.yaml',
      `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${mail(2)}, role: Support, where: org }]\n`,
    );
    // Removed for another reason, and long before the end.
    await call(['access', 'apply', directory, '--yes'], {}, '', Date.parse('2026-12-01T00:00:00Z'));
    hold(1, support);
    write('a.yaml', `${until(mail(1), '2027-01-31')}  - { who: ${mail(2)}, role: Support, where: org }\n`);
    await on(world, '2027-02-01');
    expect(world.held()).toEqual(['2 Support org']);
  });

  test('that the files gave for a second time is removed at its second end', async () => {
    const world = await declaredWorld();
    const { write, mail } = world;
    write('a.yaml', until(mail(1), '2027-01-31'));
    await on(world, '2027-01-01');
    await on(world, '2027-02-01');
    write('a.yaml', until(mail(1), '2027-02-28'));
    await on(world, '2027-02-10');
    expect(world.held()).toEqual(['1 Support org']);
    await on(world, '2027-03-01');
    expect(world.held()).toEqual([]);
  });
});
