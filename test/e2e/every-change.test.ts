import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../support/bulk.ts';
import { type Env, userAt, writes } from '../support/cli.ts';

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
      .trimEnd()
      .split('\n')
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
    'role-assignments import',
    'create-assignment',
    ({ file, sandbox }) => [
      file('in.csv', `user,role,scope\n${userAt(sandbox, 3).userName},Developer,org\n`),
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
    expect(items).toMatchObject([{ steps: expect.arrayContaining([expect.objectContaining({ do: step })]) }]);
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
