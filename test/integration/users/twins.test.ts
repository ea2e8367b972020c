import { describe, expect, test } from 'vitest';
import { userAt, writes } from '../../support/cli.ts';
import { declaredWorld, onePair, support } from '../../support/declared.ts';

/** Two users whom one name stands for, in an organization of others. */
async function twins(kind: 'address' | 'external id') {
  const world = await declaredWorld({ users: 40 });
  const { sandbox, hold } = world;
  const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
  const { users } = sandbox.state;
  if (kind === 'address') users.put({ ...two, userName: one.userName.toUpperCase() });
  else {
    users.put({ ...one, externalId: 'E-1' });
    users.put({ ...two, externalId: 'E-1' });
  }
  for (const user of [1, 2, 3]) hold(user, support);
  const name = kind === 'address' ? one.userName : 'external:E-1';
  return { ...world, name, sids: [one.id, two.id] };
}

type World = Awaited<ReturnType<typeof twins>>;

/** Active users besides the twins, so many that a list costs less than look-ups. */
const others = ({ sandbox }: World) => [5, 6, 7, 8, 9, 10].map((index) => userAt(sandbox, index).userName);
const rest = ['--role', 'Support', '--scope', 'org'];

const commands: [what: string, args: (world: World) => string[]][] = [
  ['users get', ({ name }) => ['users', 'get', name]],
  ['users update', ({ name }) => ['users', 'update', name, '--locale', 'sv-SE']],
  ['users deactivate', ({ name }) => ['users', 'deactivate', name, '--yes']],
  [
    'users deactivate of many',
    (world) => ['users', 'deactivate', world.name, ...others(world), '--yes', '--override-guards'],
  ],
  ['users offboard', ({ name }) => ['users', 'offboard', name, '--yes']],
  [
    'users offboard with a file',
    (world) => [
      ...['users', 'offboard', '--yes', '--override-guards', '--file'],
      world.file(
        'in.csv',
        world.name.startsWith('external:')
          ? 'externalId\nE-1\n'
          : ['email', world.name, ...others(world), ''].join('\n'),
      ),
    ],
  ],
  [
    'role-assignments create',
    ({ name }) => ['role-assignments', 'create', '--user', name, '--role', 'Billing', '--scope', 'org'],
  ],
  ['role-assignments delete', ({ name }) => ['role-assignments', 'delete', '--user', name, ...rest, '--yes']],
  [
    'role-assignments replace',
    ({ name }) => [
      ...['role-assignments', 'replace', '--user', name, '--from', 'Support', '--to', 'Billing'],
      ...['--scope', 'org', '--yes'],
    ],
  ],
  ['role-assignments list', ({ name }) => ['role-assignments', 'list', '--user', name]],
  [
    'role-assignments import',
    ({ name, file }) => [
      ...['role-assignments', 'import', '--yes'],
      file('in.csv', `user,role,scope\n${name},Billing,org\n`),
    ],
  ],
  ['access copy', ({ name, mail }) => ['access', 'copy', '--from', name, '--to', mail(5), '--yes']],
  [
    'access copy to the twins',
    ({ name, mail }) => ['access', 'copy', '--from', mail(3), '--to', name, '--yes'],
  ],
  ['access diff', ({ name, mail }) => ['access', 'diff', name, mail(3)]],
  ['access explain', ({ name }) => ['access', 'explain', name]],
  [
    'access plan',
    ({ name, directory, write }) => {
      write('a.yaml', onePair('Support', 'org', name));
      return ['access', 'plan', directory];
    },
  ],
  [
    'access apply with many entries',
    (world) => {
      world.write('a.yaml', onePair('Support', 'org', world.name, ...others(world)));
      return ['access', 'apply', world.directory, '--yes', '--override-guards'];
    },
  ],
  [
    'role-assignments create --into',
    ({ name, directory, write, mail }) => {
      write('a.yaml', onePair('Support', 'org', mail(3)));
      return ['role-assignments', 'create', '--user', name, ...rest, '--into', `${directory}/a.yaml`];
    },
  ],
];

describe.each(['address', 'external id'] as const)('A name that is the %s of two users', (kind) => {
  test.each(commands)('is refused by %s, which names both', async (_, args) => {
    const world = await twins(kind);
    const { exitCode, stdout, stderr } = await world.call(args(world));
    expect({ exitCode, stdout }).toEqual({ exitCode: expect.toBeOneOf([2, 7]), stdout: '' });
    for (const sid of world.sids) expect(stderr).toContain(sid);
    expect(writes(world.sandbox)).toEqual([]);
  });
});
