import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { call, cleanEnv, type Env, program, start, userAt, userNow, writes } from '../../support/cli.ts';
import { ageLocks } from '../../support/profiles.ts';
import { describeWith, testWith } from '../../support/requires.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;
type Line = Record<string, unknown>;

/** The journals of a world, the oldest first, each as its lines. */
function journals({ configDir }: World): Line[][] {
  let names: string[] = [];
  try {
    names = readdirSync(join(configDir, 'runs')).filter((name) => name.endsWith('.jsonl'));
  } catch {}
  return names.sort().map((name) =>
    readFileSync(join(configDir, 'runs', name), 'utf8')
      .split('\n')
      // A line without a line break was cut short.
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );
}

/** The only journal that there is, with its parts. */
function onlyJournal(world: World) {
  const [lines, ...others] = journals(world);
  expect(others).toEqual([]);
  const of = (type: string) => lines?.filter((line) => line.type === type) ?? [];
  return { head: lines?.[0], items: of('item'), intents: of('intent'), outcomes: of('outcome') };
}

const role = `IX${'0'.repeat(29)}103`;

function resourceOf(
  held: Partial<Record<'resource_type' | 'resource_id', string | null>> | undefined,
): string[] {
  const { resource_type, resource_id } = held ?? {};
  return resource_type ? ['--resource-type', resource_type, '--resource-id', `${resource_id}`] : [];
}

/** Every command that changes something, with what it changes in a fresh sandbox. */
const changes: [
  verb: string,
  step: string,
  args: (world: World) => string[],
  input?: (world: World) => string,
][] = [
  ['users create', 'create-user', () => ['--email', 'kim@example.com']],
  ['users update', 'update-user', ({ sandbox }) => [userAt(sandbox, 1).id, '--locale', 'sv-SE']],
  ['users activate', 'update-user', ({ sandbox }) => [userAt(sandbox, 7).id]],
  ['users deactivate', 'update-user', ({ sandbox }) => [userAt(sandbox, 1).id, '--yes']],
  ['users delete', 'delete-user', ({ sandbox }) => [userAt(sandbox, 1).id, '--yes']],
  ['users offboard', 'update-user', ({ sandbox }) => [userAt(sandbox, 1).id, '--yes']],
  ['users import', 'create-user', ({ file }) => [file('in.csv', 'email\nkim@example.com\n')]],
  [
    'users onboard',
    'create-user',
    ({ file }) => [
      file('in.csv', 'email\nkim@example.com\n'),
      '--template',
      file('t.yaml', 'user:\n  locale: sv-SE\n'),
    ],
  ],
  [
    'role-assignments create',
    'create-assignment',
    ({ sandbox }) => ['--user', userAt(sandbox, 3).userName, '--role', 'Developer', '--scope', 'org'],
  ],
  [
    'role-assignments import',
    'create-assignment',
    ({ file, sandbox }) => [
      file('in.csv', `user,role,scope\n${userAt(sandbox, 3).userName},Developer,org\n`),
    ],
  ],
  [
    'role-assignments create',
    'create-assignment',
    ({ sandbox }) => ['--user', userAt(sandbox, 3).id, '--role', 'Developer', '--scope', 'org'],
  ],
  [
    'role-assignments create',
    'create-assignment',
    ({ sandbox }) => [
      ...['--user', userAt(sandbox, 3).id, '--user', userAt(sandbox, 5).id],
      ...['--role', 'Developer', '--scope', 'org'],
    ],
  ],
  [
    'role-assignments delete',
    'delete-assignment',
    ({ sandbox }) => [`${sandbox.state.assignments[5]?.sid}`, '--yes'],
  ],
  [
    'role-assignments replace',
    'delete-assignment',
    ({ sandbox }) => {
      const held = sandbox.state.assignments[5];
      const names = ['--user', `${held?.identity}`, '--from', `${held?.role_sid}`, '--to', 'Admin'];
      return [...names, '--scope', `${held?.scope}`, ...resourceOf(held), '--yes'];
    },
  ],
  [
    'access copy',
    'create-assignment',
    ({ sandbox }) => {
      const [held] = sandbox.state.assignments;
      const others = [1, 2].map((index) => userAt(sandbox, index).id).filter((id) => id !== held?.identity);
      return ['--from', `${held?.identity}`, '--to', `${others[0]}`, '--yes'];
    },
  ],
  [
    'api',
    'send-request',
    () => ['POST', '/v2/Organizations/RoleAssignments?trace=1', '--input', '-'],
    ({ sandbox }) =>
      JSON.stringify({
        role_sid: role,
        scope: sandbox.organizationSid,
        identity: userAt(sandbox, 3).id,
      }),
  ],
  ['api', 'send-request', ({ sandbox }) => ['DELETE', `/scim/v2/Users/${userAt(sandbox, 1).id}`, '--yes']],
  [
    'api',
    'send-request',
    ({ sandbox }) => ['PUT', `/scim/v2/Users/${userAt(sandbox, 1).id}`, '--input', '-', '--yes'],
    ({ sandbox }) => JSON.stringify(userAt(sandbox, 1)),
  ],
  [
    'api',
    'send-request',
    ({ sandbox }) => ['PATCH', `/scim/v2/Users/${userAt(sandbox, 1).id}`, '--input', '-'],
    () =>
      JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'locale', value: 'sv-SE' }],
      }),
  ],
];

const actor: Env = { TWILIO_ORG_ACTOR: 'ada' };

describe('every change is a run', () => {
  test.each(changes)('%s (%s)', async (verb, step, argsOf, inputOf) => {
    const world = await bulkWorld({ users: 20 });
    const args = [...verb.split(' '), ...argsOf(world)];
    const { exitCode, stderr } = await world.call(args, actor, inputOf?.(world));
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const { head, items, intents, outcomes } = onlyJournal(world);
    expect(head).toMatchObject({
      verb,
      actor: 'ada',
      program: '0.1.0',
      organization_sid: world.sandbox.organizationSid,
      command: expect.stringContaining(`twilio-org ${verb} `),
    });
    for (const item of items) {
      expect(item).toMatchObject({ steps: expect.arrayContaining([expect.objectContaining({ do: step })]) });
    }
    expect(intents).toHaveLength(outcomes.length);
    expect(outcomes[0]).toMatchObject({ item: 0, step: 0, status: 'done' });
    const [listed] = rows((await world.call(['runs', 'list', '-o', 'json'])).stdout);
    expect(listed).toMatchObject({ failed: 0, not_tried: 0 });
  });

  test.each(changes)('%s (%s) under --dry-run is none', async (verb, _step, argsOf, inputOf) => {
    const world = await bulkWorld({ users: 20 });
    const args = [...verb.split(' '), ...argsOf(world), '--dry-run'];
    expect(await world.call(args, {}, inputOf?.(world))).toMatchObject({ exitCode: 0 });
    expect(writes(world.sandbox)).toEqual([]);
    expect(journals(world)).toEqual([]);
  });

  test('also when the user is as wanted already: then there is nothing to record', async () => {
    const world = await bulkWorld({ users: 20 });
    const user = userAt(world.sandbox, 1);
    await world.call(['users', 'activate', user.id]);
    await world.call(['users', 'update', user.id, '--locale', user.locale ?? '']);
    expect(writes(world.sandbox)).toEqual([]);
    expect(journals(world)).toEqual([]);
  });
});

describe('a run of api', () => {
  test('tells method, path, status and request id, and neither body nor query: not in the command line either', async () => {
    const world = await bulkWorld({ users: 20 });
    const { sandbox, call, lastRun } = world;
    const user = userAt(sandbox, 1);
    const { meta: _, ...fields } = user;
    const body = JSON.stringify({ ...fields, displayName: 'Private name' });
    const path = `/scim/v2/Users/${user.id}`;
    for (const typed of [`${path}?trace=private-1`, `${sandbox.apiUrl}${path}?trace=private-2#private-3`]) {
      expect(await call(['api', 'PUT', typed, '--input', '-'], {}, body)).toMatchObject({ exitCode: 0 });
    }
    const all = JSON.stringify(journals(world));
    expect(all).not.toMatch(/private/i);
    expect(all).toContain(`twilio-org api PUT ${path} --input -`);
    expect(journals(world)[0]?.at(-1)).toMatchObject({
      status: 'done',
      http_status: 200,
      request_id: expect.stringMatching(/^RQ[0-9a-f]{32}$/),
    });
    const shown = await call(['runs', 'show', await lastRun(), '-o', 'json']);
    expect(rows(shown.stdout)).toMatchObject([
      { method: 'PUT', path, change: `PUT ${path}`, outcome: 'sent', http_status: 200 },
    ]);
  });

  test('that Twilio refuses keeps its error, and is recorded as failed', async () => {
    const world = await bulkWorld({ users: 20 });
    const owner = `/scim/v2/Users/${userAt(world.sandbox, 0).id}`;
    const { exitCode, stderr } = await world.call(['api', 'DELETE', owner, '--yes', '-o', 'json']);
    expect(exitCode).toBe(5);
    expect(JSON.parse(stderr).error).toMatchObject({ kind: 'forbidden', code: 25016 });
    expect(stderr).not.toContain('resume');
    expect(onlyJournal(world).outcomes).toMatchObject([{ status: 'failed', http_status: 403 }]);
  });

  test('that Twilio refuses in words of the request keeps the words for the terminal', async () => {
    const world = await bulkWorld({ users: 20 });
    const path = `/scim/v2/Users/${userAt(world.sandbox, 1).id}`;
    for (const what of ['303', 'untrue', 'half'] as const) {
      const url = await between(world.sandbox.apiUrl, ({ method }) =>
        method === 'GET' ? undefined : `${what} after`,
      );
      await world.call(
        ['api', 'PATCH', `${path}?of=private`, '--input', '-'],
        { TWILIO_ORG_API_URL: url },
        '{}',
      );
    }
    const body = JSON.stringify({ userName: 'private@example.com', emails: 'private' });
    const refused = await world.call(['api', 'POST', '/scim/v2/Users?of=private', '--input', '-'], {}, body);
    expect(refused.exitCode).not.toBe(0);
    expect(journals(world)).toHaveLength(4);
    expect(JSON.stringify(journals(world))).not.toContain('private');
    expect(journals(world)[3]?.at(-1)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^\w+, status 4/),
    });
  });

  test('whose outcome nobody knows is exit code 11, is not sent again, and is left as it is', async () => {
    const world = await bulkWorld({ users: 20 });
    const { sandbox, call, lastRun } = world;
    const path = `/scim/v2/Users/${userAt(sandbox, 1).id}`;
    const url = await between(sandbox.apiUrl, ({ method }) => (method === 'GET' ? undefined : 'break after'));
    const env = { TWILIO_ORG_API_URL: url };
    expect(await call(['api', 'DELETE', path, '--yes'], env)).toMatchObject({ exitCode: 11 });
    expect(onlyJournal(world).outcomes).toMatchObject([{ status: 'unknown' }]);
    const before = journals(world);
    sandbox.requests.length = 0;
    for (const dryRun of [[], ['--dry-run']]) {
      expect(await call(['runs', 'resume', await lastRun(), '--yes', ...dryRun], env)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(`DELETE ${path} can't be sent again from here`),
      });
    }
    expect(writes(sandbox)).toEqual([]);
    expect(journals(world)).toEqual(before);
  });

  test('is not carried out from a file that claims to be a plan', async () => {
    const world = await bulkWorld({ users: 20 });
    const path = `/scim/v2/Users/${userAt(world.sandbox, 1).id}`;
    await world.call(['api', 'DELETE', path, '--yes']);
    const file = join(world.configDir, 'runs', `${await world.lastRun()}.jsonl`);
    world.sandbox.requests.length = 0;
    expect(await world.call(['runs', 'apply', file, '--yes'])).toMatchObject({ exitCode: 2 });
    expect(writes(world.sandbox)).toEqual([]);
  });
});

describe('a single change keeps its own error, of which resuming says nothing', () => {
  test.each<[string, string[], number, RegExp]>([
    ['a duplicate', ['users', 'create', '--email', 'USER'], 7, /^error: .*\n.*users get.* shows it\n/],
    ['the Owner', ['users', 'deactivate', 'OWNER', '--yes'], 5, /^error: The Organization Owner cannot/],
    [
      'a domain that is not verified',
      ['users', 'create', '--email', 'a@b.test'],
      1,
      /Verify the e-mail domain/,
    ],
  ])('%s', async (_, args, code, message) => {
    const world = await bulkWorld({ users: 20 });
    const names: Record<string, string> = {
      USER: userAt(world.sandbox, 1).userName,
      OWNER: userAt(world.sandbox, 0).userName,
    };
    const { exitCode, stderr, stdout } = await world.call(args.map((word) => names[word] ?? word));
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/runs resume/);
    expect(onlyJournal(world).outcomes).toMatchObject([{ status: 'failed' }]);
  });
});

describe('a single change whose process is killed', () => {
  test.each(['break before', 'break after'] as const)('is there to be gone on with (%s)', async (fault) => {
    const world = await bulkWorld({ users: 20 });
    const { sandbox, call, lastRun, env } = world;
    const user = userAt(sandbox, 1);
    for (const args of [
      ['users', 'deactivate', user.id, '--yes'],
      ['users', 'create', '--email', 'kim@example.com'],
    ]) {
      let killed = false;
      const url = await between(sandbox.apiUrl, ({ method }) => {
        if (method === 'GET' || killed) return undefined;
        killed = running.kill('SIGKILL');
        return fault;
      });
      const running = start(args, { env: { ...env, TWILIO_ORG_API_URL: url } });
      await running;
      await ageLocks(join(world.configDir, 'runs'));
      const resumed = await call(['runs', 'resume', await lastRun(), '--yes'], { TWILIO_ORG_API_URL: url });
      expect(resumed).toMatchObject({ exitCode: 0 });
    }
    expect(userNow(sandbox, user).active).toBe(false);
    const effects = sandbox.state.journal.map(({ effect }) => effect);
    expect(effects).toEqual(['user changed', 'user created']);
  });
});

describe('where no run can be recorded', () => {
  /** The configuration folder is a file: nothing can be made in it, by root either. */
  async function blocked() {
    const world = await bulkWorld({ users: 20 });
    const env = { TWILIO_ORG_CONFIG_DIR: world.file('a-file', '') };
    return { ...world, call: (args: string[]) => world.call(args, env) };
  }
  const warning =
    /^warning: This change is not recorded, so `runs undo` can't take it back: Cannot make the folder .*\n$/;

  test('a single change says so once and goes on', async () => {
    const { call, sandbox } = await blocked();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const created = await call(['users', 'create', '--email', 'kim@example.com', '--quiet', '-o', 'json']);
    expect(created).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(warning) });
    expect(JSON.parse(created.stdout)).toMatchObject({ userName: 'kim@example.com' });
    for (const args of [
      ['users', 'deactivate', one.id, '--yes'],
      ['users', 'update', two.id, '--locale', 'sv-SE'],
      ['api', 'DELETE', `/scim/v2/Users/${two.id}`, '--yes'],
    ]) {
      expect(await call(args)).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(warning) });
    }
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([false, false]);
  });

  testWith('Linux', 'in a folder of the system too, where Node itself would try for ever', async () => {
    const { call, sandbox } = await bulkWorld({ users: 20 });
    const { id } = userAt(sandbox, 1);
    const env = { TWILIO_ORG_CONFIG_DIR: '/proc/none/twilio-org' };
    expect(await call(['users', 'deactivate', id, '--yes'], env)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(warning),
    });
    expect(userNow(sandbox, userAt(sandbox, 1)).active).toBe(false);
  });

  test('several changes do not begin', async () => {
    const { call, sandbox } = await blocked();
    const ids = [1, 2].map((index) => userAt(sandbox, index).id);
    expect(await call(['users', 'deactivate', ...ids, '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: Cannot make the folder .*\nCheck that the folder is yours/),
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('a single change does without a home folder', async () => {
    const world = await bulkWorld({ users: 20 });
    const env = { ...world.env, TWILIO_ORG_CONFIG_DIR: undefined };
    const { sid, identity } = world.sandbox.state.assignments[5] ?? {};
    for (const args of [
      ['users', 'deactivate', `${identity}`, '--yes'],
      ['role-assignments', 'delete', `${sid}`, '--yes'],
    ]) {
      expect(await call(args, { env, homeFolder: '' })).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(
          /^warning: This change is not recorded.*: There is no home folder.*\n$/,
        ),
      });
    }
  });
});

describeWith('bash', 'where the disk is full before a single change has ended', () => {
  /** Deactivates a user where no file may be larger than the journal without the end of this line. */
  async function limited(last: 'intent' | 'outcome') {
    const world = await bulkWorld({ users: 20 });
    const one = userAt(world.sandbox, 1);
    await world.call(['users', 'deactivate', one.id, '--timeout', '30.0', '--yes'], actor);
    const [lines = []] = journals(world);
    const until = lines.findIndex(({ type }) => type === last);
    const size = lines
      .slice(0, until)
      .reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(line)) + 1, 10);
    await world.call(['users', 'activate', one.id]);
    const blocks = Math.ceil(size / 1024);
    const zeros = '0'.repeat(blocks * 1024 - size);
    const line = `ulimit -f ${blocks}; "$0" "$1" users deactivate ${one.id} --timeout 30.0${zeros} --yes`;
    const { exitCode, stderr } = await execa('bash', ['-c', line, process.execPath, program], {
      env: cleanEnv({ ...world.env, ...actor }),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    const runs = journals(world).filter(([head]) => String(head?.command).includes(`30.0${zeros}`));
    return { exitCode, stderr, active: userNow(world.sandbox, one).active, runs };
  }

  test('nothing is kept that would call it not tried', async () => {
    expect(await limited('intent')).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^warning: This change is not recorded, so `runs undo` can't take it back: .*$/,
      ),
      active: false,
      runs: [],
    });
  });

  test('its run calls the outcome unknown', async () => {
    const { runs, ...rest } = await limited('outcome');
    expect(rest).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^warning: How this ended is not recorded: .*$/),
      active: false,
    });
    expect(runs).toHaveLength(1);
    expect(runs[0]?.at(-1)).toMatchObject({ type: 'intent', item: 0, step: 0 });
  });
});
