import { expect, onTestFinished, test } from 'vitest';
import { issueAccessToken } from '../../../src/sandbox/oauth/tokens.ts';
import { bulkWorld } from '../../support/bulk.ts';
import { cleanEnv, program, userAt, userNow, writes } from '../../support/cli.ts';
import { openTerminal } from '../../support/pty.ts';

const support = 'IX00000000000000000000000000000105';

/** A world whose token is that of its second user. */
async function asUser() {
  const world = await bulkWorld({ users: 20 });
  const { sandbox } = world;
  const [self, other] = [userAt(sandbox, 1), userAt(sandbox, 2)];
  const grant = {
    clientId: sandbox.apps.authorization_code.client_id,
    organizationSid: sandbox.organizationSid,
    scopes: sandbox.apps.authorization_code.scopes,
  };
  const { assignments } = sandbox.state;
  // One role that nobody else has.
  const role = { sid: `IY${'a'.repeat(32)}`, role_sid: support, scope: sandbox.organizationSid };
  assignments.push({ ...role, identity: self.id, order: 0, resource_type: null, resource_id: null });
  const token = issueAccessToken(sandbox.state, { ...grant, subject: self.id }, Date.now());
  const env = { TWILIO_ORG_ACCESS_TOKEN: token };
  return {
    ...world,
    self,
    other,
    role,
    env,
    call: (args: string[], input?: string) => world.call(args, env, input),
  };
}

type World = Awaited<ReturnType<typeof asUser>>;

/** Every command that can deactivate a user. */
const ways: [verb: string, args: (world: World) => string[], input?: (world: World) => string][] = [
  ['users deactivate', ({ self, other }) => [other.id, self.userName.toUpperCase()]],
  ['users delete', ({ self }) => [self.id]],
  ['users offboard', ({ self, other }) => [self.id, other.id]],
  ['users update', ({ self }) => [self.id, '--inactive']],
  ['users import', ({ self, file }) => [file('in.csv', `email,active\n${self.userName},false\n`)]],
  ['api DELETE', ({ self }) => [`/scim/v2/Users/${self.id}`]],
  [
    'api PUT',
    ({ self }) => [`/scim/v2/Users/${self.id}`, '--input', '-'],
    ({ self }) => JSON.stringify({ ...self, active: false }),
  ],
];

test.each(ways)(
  '%s of the user of the token needs --including-myself beside --yes',
  async (verb, args, input) => {
    const world = await asUser();
    const { call, self, sandbox } = world;
    const command = [...verb.split(' '), ...args(world), '--yes'];
    const { exitCode, stderr, stdout } = await call(command, input?.(world));
    expect({ exitCode, stdout, sent: writes(sandbox) }).toEqual({ exitCode: 2, stdout: '', sent: [] });
    expect(stderr).toMatch(
      new RegExp(`error: ${self.userName} is the user of your access token.*\n.*add --including-myself\n$`),
    );
    expect(await call([...command, '--including-myself'], input?.(world))).toMatchObject({ exitCode: 0 });
    expect(userNow(sandbox, self).active).toBe(false);
  },
);

/** Every command that can remove a role without deactivating the user. */
const roleWays: typeof ways = [
  ['role-assignments delete', ({ role }) => [role.sid]],
  ['role-assignments delete', ({ self }) => ['--user', self.userName, '--role', 'Support', '--scope', 'org']],
  [
    'role-assignments replace',
    ({ self }) => ['--user', self.id, '--from', 'Support', '--to', 'Billing', '--scope', 'org'],
  ],
  [
    'access copy',
    ({ self, other }) => [
      ...['--from', other.id, '--to', self.id, '--mode', 'mirror'],
      ...['--max-removal-fraction', '1'],
    ],
  ],
  ['api DELETE', ({ role }) => [`/v2/Organizations/RoleAssignments/${role.sid}`]],
];

test.each(roleWays)(
  '%s (%#) of a role of the user of the token needs --including-myself',
  async (verb, args) => {
    const world = await asUser();
    const { call, self, sandbox } = world;
    const command = [...verb.split(' '), ...args(world), '--yes'];
    const { exitCode, stderr, stdout } = await call(command);
    expect({ exitCode, stdout, sent: writes(sandbox) }).toEqual({ exitCode: 2, stdout: '', sent: [] });
    expect(stderr).toMatch(
      new RegExp(
        `error: ${self.userName} is the user of your access token. Removing \\d+ roles? from them may.*\n.*add --including-myself\n$`,
      ),
    );
    expect(await call([...command, '--including-myself'])).toMatchObject({ exitCode: 0 });
    const left = sandbox.state.assignments.filter(({ sid }) => sid === world.role.sid);
    expect(left).toEqual([]);
  },
);

test('a role that a run gave to the user of the token is taken back only with --including-myself', async () => {
  const { call, self, sandbox, path } = await asUser();
  const given = ['role-assignments', 'create', '--user', self.id, '--role', 'Billing', '--scope', 'org'];
  expect(await call(given)).toMatchObject({ exitCode: 0 });
  const before = writes(sandbox).length;
  const plan = path('undo.plan');
  expect(await call(['runs', 'undo', 'last', '--plan-out', plan])).toMatchObject({ exitCode: 0 });
  expect(await call(['runs', 'apply', plan, '--yes'])).toMatchObject({ exitCode: 2 });
  expect(await call(['runs', 'undo', 'last', '--yes'])).toMatchObject({ exitCode: 2 });
  expect(writes(sandbox)).toHaveLength(before);
  expect(await call(['runs', 'undo', 'last', '--yes', '--including-myself'])).toMatchObject({ exitCode: 0 });
});

test('runs apply, resume and undo need --including-myself for the user of the token', async () => {
  const { call, self, sandbox, path, lastRun } = await asUser();
  const plan = path('p.plan');
  expect(await call(['users', 'deactivate', self.id, '--plan-out', plan])).toMatchObject({ exitCode: 0 });
  expect(await call(['runs', 'apply', plan, '--yes'])).toMatchObject({ exitCode: 2 });
  expect(writes(sandbox)).toEqual([]);
  expect(await call(['runs', 'apply', plan, '--yes', '--including-myself'])).toMatchObject({ exitCode: 0 });
  expect(await call(['runs', 'undo', await lastRun(), '--yes'])).toMatchObject({ exitCode: 0 });
  expect(userNow(sandbox, self).active).toBe(true);
  const again = ['runs', 'undo', await lastRun(), '--yes'];
  expect(await call(again)).toMatchObject({ exitCode: 2 });
  expect(userNow(sandbox, self).active).toBe(true);
  expect(await call([...again, '--including-myself'])).toMatchObject({ exitCode: 0 });
});

test('other users are deactivated without --including-myself', async () => {
  const { call, other } = await asUser();
  const dry = await call(['users', 'deactivate', other.id, '--dry-run']);
  expect(dry).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('--including-myself') });
  expect(await call(['users', 'deactivate', other.id, '--yes'])).toMatchObject({ exitCode: 0 });
});

test.each([...ways, ...roleWays].map(([verb, args, input]) => [verb, args, input] as const))(
  'a dry run of %s (%#) says that the change needs --including-myself',
  async (verb, args, input) => {
    const world = await asUser();
    const command = [...verb.split(' '), ...args(world), '--dry-run'];
    const { exitCode, stderr } = await world.call(command, input?.(world));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/is the user of your access token\. (.|\n)*--including-myself/),
    });
    const agreed = await world.call([...command, '--including-myself'], input?.(world));
    expect(agreed).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('your access token') });
    expect(writes(world.sandbox)).toEqual([]);
  },
);

test('the dry run of a plan that guards refuse names the flags of the change', async () => {
  const { call, self, other, sandbox } = await asUser();
  const command = ['users', 'deactivate', self.id, other.id, '--max-removals', '1'];
  const dry = await call([...command, '--dry-run']);
  expect(dry).toMatchObject({ exitCode: 9, stderr: expect.stringContaining('is the user of your access') });
  expect(dry.stderr).toContain('--max-removals 2 --including-myself');
  expect(writes(sandbox)).toEqual([]);
});

test('deactivating the user of the token asks a second question on a terminal, even with --yes', async () => {
  const world = await asUser();
  const { self, sandbox } = world;
  for (const [args, questions] of [
    [
      ['users', 'offboard', self.id],
      ['Continue?', `Deactivate yourself (${self.userName})?`],
    ],
    [['users', 'deactivate', self.id, '--yes'], [`Deactivate yourself (${self.userName})?`]],
  ] as const) {
    const terminal = openTerminal(process.execPath, [program, ...args], {
      env: cleanEnv({ ...world.env, TWILIO_ORG_API_URL: sandbox.apiUrl }),
    });
    onTestFinished(() => terminal.close());
    for (const question of questions) {
      await terminal.waitFor(question);
      terminal.type(question === 'Continue?' ? 'y\r' : 'n\r');
    }
    expect(await terminal.exited).toBe(130);
  }
  expect(writes(sandbox)).toEqual([]);
});
