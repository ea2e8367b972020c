import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/state/state.ts';
import { sent, userAt, writes } from '../../support/cli.ts';
import {
  billing,
  type DeclaredWorld,
  declaredWorld,
  developer,
  studioEditor,
  support,
} from '../../support/declared.ts';

const stranger = `US${'f'.repeat(32)}`;

function filesIn({ directory }: DeclaredWorld): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
}

async function worldWithAccess() {
  const world = await declaredWorld();
  const { hold, production } = world;
  hold(2, support, { scope: production });
  hold(1, support, { scope: production });
  hold(1, support, { scope: production });
  hold(1, developer);
  hold(stranger, billing);
  hold(3, studioEditor, { scope: production, resource: ['studio_flow', 'FW1'] });
  return world;
}

/** The plan of the files is empty. */
async function expectNoPlan({ call, directory }: DeclaredWorld): Promise<void> {
  expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0, stdout: '' });
}

describe('access pull', () => {
  test('writes a file for each scope, with names, and the next plan is empty', async () => {
    const world = await worldWithAccess();
    const { call, directory, mail, production, sandbox } = world;
    expect(await call(['access', 'pull', directory])).toEqual({
      stdout: `${directory}/eu-production.yaml\t2\t3\n${directory}/org.yaml\t2\t2\n`,
      stderr: `2 files written. To compare: twilio-org access plan ${directory}\n`,
      exitCode: 0,
    });
    expect(filesIn(world)).toEqual({
      'eu-production.yaml': `owns:
  # EU production is ${production}.
  - { scope: EU production, roles: [Studio Editor, Support] }

access:
  - { who: ${mail(3)}, role: Studio Editor, where: EU production, resource: studio_flow/FW1 }
  - { who: ${mail(1)}, role: Support, where: EU production }
  - { who: ${mail(2)}, role: Support, where: EU production }
`,
      'org.yaml': `owns:
  - { scope: org, roles: [Billing, Developer] }

access:
  - { who: ${stranger}, role: Billing, where: org } # not a managed user
  - { who: ${mail(1)}, role: Developer, where: org }
`,
    });
    expect(writes(sandbox)).toEqual([]);
    await expectNoPlan(world);
  });

  test('writes one file with --one-file, which owns the same', async () => {
    const world = await worldWithAccess();
    const { call, directory } = world;
    expect((await call(['access', 'pull', directory, '--one-file'])).stdout).toBe(
      `${directory}/access.yaml\t4\t5\n`,
    );
    await expectNoPlan(world);
  });

  test("leaves out each pair with something that files can't name, and says what", async () => {
    const world = await declaredWorld();
    const { call, directory, hold, mail, production, sandbox } = world;
    hold(1, support);
    hold('a ghost', support);
    hold('a ghost', support);
    hold(2, support, { resource: ['studio_flow', ' '] });
    hold(1, 'IX1');
    hold(1, support, { scope: 'AC1' });
    hold(1, developer, { scope: production });
    expect(await call(['access', 'pull', directory])).toMatchObject({
      stderr: `warning: ${support} in ${sandbox.organizationSid} is left out, because files can't name the identity "a ghost"; a resource with the type "studio_flow" and the id " "
warning: IX1 in ${sandbox.organizationSid} is left out, because files can't name the role "IX1"
warning: ${support} in AC1 is left out, because files can't name the scope "AC1"
1 file written. To compare: twilio-org access plan ${directory}
`,
      exitCode: 0,
    });
    expect(Object.values(filesIn(world)).join()).toContain(mail(1));
  });

  test('writes what differs in the case of its SIDs only once', async () => {
    const world = await declaredWorld();
    const { call, directory, hold, mail, production } = world;
    const capitals = (sid: string) => `${sid.slice(0, 2)}${sid.slice(2).toUpperCase()}`;
    const { identity } = hold(1, support, { scope: production });
    hold(capitals(identity), support, { scope: capitals(production) });
    expect(await call(['access', 'pull', directory])).toMatchObject({
      stdout: `${directory}/eu-production.yaml\t1\t1\n`,
      exitCode: 0,
    });
    expect(Object.values(filesIn(world)).join()).toContain(
      `access:\n  - { who: ${mail(1)}, role: Support, where: EU production }\n`,
    );
    await expectNoPlan(world);
  });

  test('adopts a part with --scope, and reads only that', async () => {
    const world = await worldWithAccess();
    const { call, directory, sandbox, production } = world;
    expect((await call(['access', 'pull', `${directory}/`, '--scope', 'eu PRODUCTION'])).stdout).toBe(
      `${directory}/eu-production.yaml\t2\t3\n`,
    );
    const lists = sandbox.requests.filter(({ path }) => path.endsWith('/RoleAssignments'));
    expect(lists.map(({ query }) => new URLSearchParams(query).get('Scope'))).toEqual([production]);
    await expectNoPlan(world);
    expect((await call(['access', 'pull', directory, '--scope', 'org'])).exitCode).toBe(0);
    await expectNoPlan(world);
  });

  test('creates the directory, and writes nothing with --dry-run', async () => {
    const world = await worldWithAccess();
    const { call, path } = world;
    const directory = path('new/access');
    const dry = await call(['access', 'pull', directory, '--dry-run']);
    expect(dry).toEqual({
      stdout: `${directory}/eu-production.yaml\t2\t3\n${directory}/org.yaml\t2\t2\n`,
      stderr: 'Dry run: nothing was written\n',
      exitCode: 0,
    });
    expect(existsSync(directory)).toBe(false);
    expect((await call(['access', 'pull', directory])).stdout).toBe(dry.stdout);
    expect(readdirSync(directory)).toEqual(['eu-production.yaml', 'org.yaml']);
  });

  test.each([[[]], [['--dry-run']]])('writes over no file, and then writes none %j', async (more) => {
    const world = await worldWithAccess();
    const { call, directory, write } = world;
    write('org.yaml', '# mine\n');
    expect(await call(['access', 'pull', directory, ...more])).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining(`${directory}/org.yaml exists, so nothing was written`),
      exitCode: 2,
    });
    expect(filesIn(world)).toEqual({ 'org.yaml': '# mine\n' });
  });

  test('says what is wrong in the files that are there', async () => {
    const { call, directory, write, sandbox } = await worldWithAccess();
    write('other.yaml', 'own: []\n');
    expect(await call(['access', 'pull', directory])).toMatchObject({
      stderr: expect.stringContaining('other.yaml:1:1: unknown key "own"'),
      exitCode: 2,
    });
    expect(sent(sandbox)).toEqual([]);
  });

  test('refuses pairs that a file owns already', async () => {
    const world = await worldWithAccess();
    const { call, directory, write } = world;
    write('mine.yaml', 'owns: [{ scope: org, roles: [billing] }]\naccess: []\n');
    expect(await call(['access', 'pull', directory])).toMatchObject({
      stderr: expect.stringContaining(`${directory}/mine.yaml:1:8: this file owns Billing in org already`),
      exitCode: 2,
    });
    expect(Object.keys(filesIn(world))).toEqual(['mine.yaml']);
  });

  test('advises the flags that help where a file owns the pairs already', async () => {
    const { call, directory, sandbox } = await worldWithAccess();
    await call(['access', 'pull', directory, '--scope', 'org']);
    const whole = await call(['access', 'pull', directory]);
    expect(whole.stderr).toContain(
      `access pull ${directory} --update. To adopt only scopes that no file owns: add --scope SCOPE\n`,
    );
    const part = await call(['access', 'pull', directory, '--scope', 'org']);
    expect(part).toMatchObject({ stdout: '', exitCode: 2 });
    expect(part.stderr).toMatch(new RegExp(`: twilio-org access pull ${directory} --update\n`));
    for (const { stderr } of [whole, part]) expect(stderr).not.toContain('Correct the files');
    const update = /twilio-org (access pull \S+ --update)/.exec(part.stderr)?.[1] ?? '';
    expect((await call(update.split(' '))).exitCode).toBe(0);
    const advised = await call(['access', 'pull', directory, '--scope', sandbox.accountSids[0] ?? '']);
    expect(advised.exitCode).toBe(0);
  });

  test('advises another name where a file with other pairs has the name of a new one', async () => {
    const { call, directory, write } = await worldWithAccess();
    write('org.yaml', 'owns: [{ scope: org, roles: [Support] }]\naccess: []\n');
    const { stderr } = await call(['access', 'pull', directory]);
    expect(stderr).toContain('org.yaml exists, so nothing was written\nRename that file, because');
    expect(stderr).not.toContain('--update');
  });

  test('names each scope that the organization does not have', async () => {
    const { call, directory, production } = await worldWithAccess();
    const [one, other] = ['8', '9'].map((digit) => `AC${digit.repeat(32)}`);
    const scopes = [one, production, other].flatMap((scope) => ['--scope', `${scope}`]);
    const { stderr, exitCode } = await call(['access', 'pull', directory, ...scopes]);
    expect(stderr).toContain(
      `error: ${one} is no scope of this organization: Account not found; ${other} is no scope of this organization: Account not found\nTo see the names and SIDs of accounts: twilio-org accounts list\n`,
    );
    expect(exitCode).toBe(6);
  });

  test('needs somebody with a role', async () => {
    const world = await declaredWorld();
    const { call, directory } = world;
    expect(await call(['access', 'pull', directory])).toEqual({
      stdout: '',
      stderr: 'No roles are assigned there, so there is nothing to write\n',
      exitCode: 0,
    });
    expect(filesIn(world)).toEqual({});
  });

  test('uses SIDs where a name is not clear', async () => {
    const world = await declaredWorld();
    const { call, directory, sandbox, hold, env, file, production, sandboxAccount } = world;
    mutateUser(sandbox.state, userAt(sandbox, 2), { userName: 'no address' }, Date.now());
    env.TWILIO_ORG_ACCOUNTS_FILE = file('same.csv', `sid,name\n${production},EU\n${sandboxAccount},eu\n`);
    hold(2, support, { scope: production });
    hold(1, `IX${'9'.repeat(32)}`, { scope: sandboxAccount });
    const viewer = 'IX00000000000000000000000000000106';
    hold(1, viewer, { scope: sandboxAccount });
    await call(['access', 'pull', directory]);
    const { id } = userAt(sandbox, 2);
    expect(filesIn(world)).toEqual({
      [`${production}.yaml`]: `owns:\n  - { scope: ${production}, roles: [Support] }\n\naccess:\n  - { who: ${id}, role: Support, where: ${production} } # no address\n`,
      [`${sandboxAccount}.yaml`]: expect.stringContaining(
        `      - ${viewer} # Viewer (general)\n      - IX${'9'.repeat(32)} # a role that no longer exists\n`,
      ),
    });
    await expectNoPlan(world);
  });
});

describe('access pull --update', () => {
  async function adopted() {
    const world = await worldWithAccess();
    await world.call(['access', 'pull', world.directory]);
    return world;
  }

  test('writes what was given and removed by hand into the files, and keeps all else', async () => {
    const world = await adopted();
    const { call, directory, mail, hold, drop, production, sandbox } = world;
    const file = join(directory, 'eu-production.yaml');
    const before = readFileSync(file, 'utf8')
      .replace('access:\n', 'access:\n  # the team\n')
      .replaceAll('\n', '\r\n');
    writeFileSync(file, `\ufeff${before}`);
    chmodSync(file, 0o644);
    hold(4, support, { scope: production });
    hold(5, studioEditor, { scope: production, resource: ['studio_flow', 'FW2'] });
    for (const { sid, identity } of [...sandbox.state.assignments])
      if (identity === userAt(sandbox, 2).id) drop(sid);
    expect(await call(['access', 'pull', directory, '--update'])).toEqual({
      stdout: [
        `removed\t${file}\t9\t${mail(2)}\tSupport\tEU production\t\n`,
        `added\t${file}\t\t${mail(4)}\tSupport\tEU production\t\n`,
        `added\t${file}\t\t${mail(5)}\tStudio Editor\tEU production\tstudio_flow/FW2\n`,
      ].join(''),
      stderr: '3 differences written into 1 file\n',
      exitCode: 0,
    });
    const studio = `  - { who: ${mail(5)}, role: Studio Editor, where: EU production, resource: studio_flow/FW2 }\r\n`;
    expect(readFileSync(file, 'utf8')).toBe(
      `\ufeff${before}`.replace(/(.*FW1.*\r\n)/, `$1${studio}`).replace(`who: ${mail(2)}`, `who: ${mail(4)}`),
    );
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(writes(sandbox)).toEqual([]);
    await expectNoPlan(world);
    expect((await call(['access', 'pull', directory, '--update'])).stderr).toBe(
      `Nothing to write: ${directory} says what was given and removed\n`,
    );
  });

  test('writes nothing with --dry-run', async () => {
    const world = await adopted();
    const { call, directory, hold } = world;
    const before = filesIn(world);
    hold(4, developer);
    expect(await call(['access', 'pull', directory, '--update', '--dry-run'])).toMatchObject({
      stdout: expect.stringContaining('added'),
      stderr: 'Dry run: nothing was written\n',
      exitCode: 0,
    });
    expect(filesIn(world)).toEqual(before);
  });

  test('touches no pair that no file owns', async () => {
    const world = await adopted();
    const { call, directory, hold } = world;
    const before = filesIn(world);
    hold(4, support);
    expect((await call(['access', 'pull', directory, '--update'])).stdout).toBe('');
    expect(filesIn(world)).toEqual(before);
  });

  test('fills the list of a pair that nobody had', async () => {
    const world = await declaredWorld();
    const { call, directory, write, hold, mail } = world;
    write('org.yaml', 'owns: [{ scope: org, roles: [support] }]\naccess: [] # nobody\n');
    hold(1, support);
    await call(['access', 'pull', directory, '--update']);
    expect(filesIn(world)).toEqual({
      'org.yaml': `owns: [{ scope: org, roles: [support] }]\naccess: # nobody\n  - { who: ${mail(1)}, role: Support, where: org }\n`,
    });
    await expectNoPlan(world);
  });

  const grouped = ({ mail }: DeclaredWorld, more = '') => `owns:
  - { scope: org, roles: [Support, Developer] }
groups:
  team: [${mail(1)}, ${mail(2)}] # the team
access:
  - { who: group:team, role: Support, where: org }
${more}`;

  test('removes people from a group, or the entry of a group that has lost all', async () => {
    const world = await declaredWorld();
    const { call, directory, write, hold, drop, mail } = world;
    write('org.yaml', grouped(world));
    const [one, two] = [hold(1, support), hold(2, support)];
    drop(two.sid);
    expect((await call(['access', 'pull', directory, '--update'])).stdout).toBe(
      `removed\t${directory}/org.yaml\t4\t${mail(2)}\tSupport\torg\t\n`,
    );
    expect(filesIn(world)['org.yaml']).toBe(grouped(world).replace(`, ${mail(2)}`, ''));
    await expectNoPlan(world);
    drop(one.sid);
    await call(['access', 'pull', directory, '--update']);
    expect(filesIn(world)['org.yaml']).toContain(`team: [${mail(1)}] # the team\naccess: []\n`);
    await expectNoPlan(world);
  });

  test('leaves a group alone that gives more, and says what to do', async () => {
    const world = await declaredWorld();
    const { call, directory, write, hold, drop, mail } = world;
    write('org.yaml', grouped(world, '  - { who: group:team, role: Developer, where: org }\n'));
    for (const user of [1, 2]) hold(user, developer);
    hold(1, support);
    hold(3, support);
    const lost = hold(2, support);
    drop(lost.sid);
    const { stdout, stderr, exitCode } = await call(['access', 'pull', directory, '--update']);
    expect({ stdout, exitCode }).toEqual({
      stdout: `added\t${directory}/org.yaml\t\t${mail(3)}\tSupport\torg\t\n`,
      exitCode: 3,
    });
    expect(stderr).toContain(
      `${directory}/org.yaml:6:5: ${mail(2)} has lost Support in org, but the group "team" gives them more than that`,
    );
    expect(filesIn(world)['org.yaml']).toContain(`team: [${mail(1)}, ${mail(2)}]`);
  });

  test('leaves entries that have ended, or begin later, to an apply', async () => {
    const world = await declaredWorld();
    const { call, directory, write, hold, mail } = world;
    const text = `owns:
  - { scope: org, roles: [Support, Developer] }
access:
  - { who: ${mail(1)}, role: Support, where: org, until: 2026-01-31 }
  - { who: ${mail(2)}, role: Support, where: org, from: 2027-01-31 }
  - { who: ${mail(3)}, role: Support, where: org, until: 2027-01-31, because: OPS-1 }
`;
    write('org.yaml', text);
    hold(1, support);
    hold(2, support);
    const now = Date.parse('2026-11-27T12:00:00Z');
    expect(await call(['access', 'pull', directory, '--update'], {}, '', now)).toEqual({
      stdout: `removed\t${directory}/org.yaml\t6\t${mail(3)}\tSupport\torg\t\n`,
      stderr: `2 assignments of entries that have ended, begin today or begin later are left to: twilio-org access apply ${directory}\n1 difference written into 1 file\n`,
      exitCode: 0,
    });
    expect(filesIn(world)['org.yaml']).toBe(text.replace(/.*OPS-1.*\n/, ''));
  });

  test.each([['--scope', 'org'], ['--one-file']])('has no %s', async (...more) => {
    const { call, directory } = await declaredWorld();
    expect((await call(['access', 'pull', directory, '--update', ...more])).exitCode).toBe(2);
  });
});
