import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandsOf, startsRun } from '../../../src/cli/command-info.ts';
import { programInfo } from '../../../src/program.ts';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { start, userAt, userNow, writes } from '../../support/cli.ts';
import { declaredDirectory, onePair } from '../../support/declared.ts';
import { actor, journals, onlyJournal, type World } from '../../support/journals.ts';
import { ageLocks } from '../../support/profiles.ts';

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
    'access apply',
    'create-assignment',
    ({ sandbox }) => [
      declaredDirectory({ 'a.yaml': onePair('Developer', 'org', userAt(sandbox, 3).id) }),
      ...['--only-add', '--yes'],
    ],
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

  test('with `runs undo`, as a run of its own', async () => {
    const world = await bulkWorld({ users: 20 });
    await world.call(['users', 'activate', userAt(world.sandbox, 7).id], actor);
    expect(await world.call(['runs', 'undo', 'last', '--yes'], actor)).toMatchObject({ exitCode: 0 });
    const [first, second] = journals(world).map(([head]) => head);
    expect(second).toMatchObject({ verb: 'runs undo', actor: 'ada', undoes: first?.run });
  });

  test('with `runs apply`, as a run of the command that made the plan', async () => {
    const world = await bulkWorld({ users: 20 });
    const file = `${world.file('a', '')}.plan`;
    await world.call(['users', 'activate', userAt(world.sandbox, 7).id, '--plan-out', file]);
    expect(journals(world)).toEqual([]);
    expect(await world.call(['runs', 'apply', file], actor)).toMatchObject({ exitCode: 0 });
    expect(onlyJournal(world).head).toMatchObject({ verb: 'users activate', actor: 'ada' });
  });

  test('as this file shows for every command that is declared to start one', async () => {
    const starting = commandsOf(await programInfo()).filter(startsRun);
    const shown = new Set([...changes.map(([verb]) => verb), 'runs undo', 'runs apply']);
    expect([...shown].toSorted()).toEqual(starting.map(({ name }) => name).toSorted());
  });

  test('and a command that changes nothing records none', async () => {
    const world = await bulkWorld({ users: 20 });
    const user = userAt(world.sandbox, 1);
    await world.call(['users', 'activate', user.id]);
    await world.call(['users', 'update', user.id, '--locale', user.locale ?? '']);
    expect(writes(world.sandbox)).toEqual([]);
    expect(journals(world)).toEqual([]);
  });
});

describe('a single change that fails shows its own error and no advice to resume', () => {
  test.each<[string, string[], number, RegExp]>([
    ['a duplicate', ['users', 'create', '--email', 'USER'], 7, /^error: .*\n.*users get \S+@\S+/],
    [
      'the Owner',
      ['users', 'deactivate', 'OWNER', '--keep-admins', '0', '--yes'],
      5,
      /^error: The Organization Owner cannot/,
    ],
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

describe('a single change whose process was killed', () => {
  test.each(['break before', 'break after'] as const)('can be resumed (%s)', async (fault) => {
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

describe('the run of a single change', () => {
  test('is the latest run', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const list = (name: string, ...users: { userName: string }[]) =>
      file('in.csv', ['email,displayName', ...users.map(({ userName }) => `${userName},${name}`)].join('\n'));
    await call(['users', 'import', list('First', one, two)]);
    await call(['users', 'import', list('Second', one)]);
    await call(['runs', 'undo', await lastRun(), '--yes']);
    expect([one, two].map((user) => userNow(sandbox, user).displayName)).toEqual(['First', 'First']);
    await call(['users', 'offboard', one.id, '--yes']);
    await call(['users', 'deactivate', two.id, '--yes']);
    await call(['runs', 'undo', await lastRun(), '--yes']);
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([false, true]);
  });
});
