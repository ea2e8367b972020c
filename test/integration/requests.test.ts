import { describe, expect, test } from 'vitest';
import { count, mutateUser } from '../../src/sandbox/state/state.ts';
import { bulkWorld } from '../support/bulk.ts';
import { userAt } from '../support/cli.ts';
import { declaredDirectory, onePair } from '../support/declared.ts';
import { inLockstep } from '../support/round-trips.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

const [admin, developer, billing, support] = [2, 3, 4, 5].map((digit) => `IX${'0'.repeat(29)}10${digit}`);

/** Users of the organization: the owner is the only admin, the last one has three roles, and the others have two each. */
const size = 600;

/** Pages of 100 role assignments: of all, and of those in the organization itself. */
const [pages, pagesOfOrganization, pagesOfAccount] = [13, 7, 6];

async function organization(): Promise<World> {
  const world = await bulkWorld({ users: size });
  const { users, assignments, suspended } = world.sandbox.state;
  const [org, account = ''] = [world.sandbox.organizationSid, world.sandbox.accountSids[0]];
  suspended.clear();
  assignments.length = 0;
  for (const [index, user] of [...users.all()].entries()) {
    if (!user.active) mutateUser(world.sandbox.state, user, { active: true }, 0);
    const roles = [
      index === 0 ? [admin, org] : [support, org],
      ...(index === size - 1
        ? [
            [developer, org],
            [billing, org],
          ]
        : [[developer, account]]),
    ];
    for (const [role_sid = '', scope = ''] of roles) {
      const order = count(world.sandbox.state);
      const sid = `IY${String(order).padStart(32, '0')}`;
      assignments.push({
        sid,
        identity: user.id,
        order,
        role_sid,
        scope,
        resource_type: null,
        resource_id: null,
      });
    }
  }
  return world;
}

/** The addresses of this many users, none of them the admin. */
function people(world: World, count: number): string[] {
  return [...world.sandbox.state.users.all()].slice(1, count + 1).map(({ userName }) => userName);
}

function each(flag: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [flag, value]);
}

function input(world: World, count: number, columns: string, cells: string): string {
  const lines = people(world, count).map((name) => `${name},${cells}`);
  return world.file('in.csv', `${[columns, ...lines].join('\n')}\n`);
}

const large = ['--max-removals', '5000'];

/** The round trips of a command, each with its requests. The arguments may run other commands first. */
async function tripsOf(
  world: World,
  argsOf: (world: World) => string[] | Promise<string[]>,
): Promise<string[][]> {
  const { url, trips } = await inLockstep(world.sandbox.apiUrl);
  // A run is undone at the address that it was made at.
  world.env.TWILIO_ORG_API_URL = url;
  const args = await argsOf(world);
  trips.splice(0, trips.length, []);
  const { exitCode, stderr } = await world.call(args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) });
  return trips.filter((requests) => requests.length > 0);
}

describe('The round trips that a person waits for are as few as possible:', () => {
  const rows: [command: string, inARow: number, args: (world: World) => string[]][] = [
    // Users and roles beside the first page.
    ['role-assignments list on a terminal', 1, () => ['role-assignments', 'list', '-o', 'table']],
    ['role-assignments export', 1, () => ['role-assignments', 'export']],
    // The list of users for the names has the user as well.
    [
      'role-assignments list of a user and a role, with names',
      2,
      (world) => [
        ...['role-assignments', 'list', '--user', userAt(world.sandbox, 1).userName],
        ...['--role', 'Support', '--names'],
      ],
    ],
    // User beside roles; their role assignments; the change.
    [
      'role-assignments create',
      3,
      (world) => [
        ...['role-assignments', 'create', '--user', userAt(world.sandbox, 3).userName],
        ...['--role', 'Support', '--scope', 'org'],
      ],
    ],
    [
      'role-assignments delete',
      3,
      (world) => [
        ...['role-assignments', 'delete', '--user', userAt(world.sandbox, 3).userName],
        ...['--role', 'Billing', '--scope', 'org', '--yes'],
      ],
    ],
    // The old role goes after the new one has come.
    [
      'role-assignments replace',
      4,
      (world) => [
        ...['role-assignments', 'replace', '--user', userAt(world.sandbox, 3).userName],
        ...['--from', 'Billing', '--to', 'Support', '--scope', 'org', '--yes'],
      ],
    ],
    [
      'role-assignments replace for a SID',
      3,
      (world) => [
        ...['role-assignments', 'replace', '--user', userAt(world.sandbox, 3).id],
        ...['--from', 'Billing', '--to', 'Support', '--scope', 'org', '--yes'],
      ],
    ],
    [
      'role-assignments replace of a role by one that the user has',
      3,
      (world) => [
        ...['role-assignments', 'replace', '--user', userAt(world.sandbox, 3).userName],
        ...['--from', 'Billing', '--to', 'Developer', '--scope', 'org', '--yes'],
      ],
    ],
    // Both users beside roles; the role assignments of both.
    [
      'access diff',
      2,
      (world) => ['access', 'diff', userAt(world.sandbox, 1).userName, userAt(world.sandbox, 3).userName],
    ],
    // The same, and three roles at once.
    [
      'access copy',
      3,
      (world) => [
        ...['access', 'copy', '--from', userAt(world.sandbox, 3).userName],
        ...['--to', userAt(world.sandbox, 7).userName],
      ],
    ],
    // User beside roles; their role assignments; the deactivation; three roles at once; both again for the report.
    ['users offboard', 5, (world) => ['users', 'offboard', userAt(world.sandbox, 3).userName, '--yes']],
    // Before the last one: the user's roles, the roles, and then the admins beside all users.
    [
      'users deactivate of one of two admins',
      5,
      (world) => {
        const { assignments } = world.sandbox.state;
        const [first] = assignments;
        const identity = userAt(world.sandbox, 3).id;
        if (first !== undefined) assignments.push({ ...first, identity, sid: `IY${'f'.repeat(32)}` });
        return ['users', 'deactivate', userAt(world.sandbox, 3).userName, '--yes'];
      },
    ],
  ];

  test.each(rows)('%s, %i in a row', async (_, inARow, args) => {
    // Loads the command's modules: Vitest loads them in a way that looks like waiting for a response.
    const other = await smallOrganization();
    await other.call(args(other));
    const world = await smallOrganization();
    const trips = await tripsOf(world, args);
    expect(trips, JSON.stringify(trips, undefined, 1)).toHaveLength(inARow);
  });

  async function smallOrganization(): Promise<World> {
    const world = await bulkWorld();
    const { assignments } = world.sandbox.state;
    const { id } = userAt(world.sandbox, 3);
    const [first] = assignments;
    for (const at of [...assignments.keys()].reverse()) {
      if (assignments[at]?.identity === id) assignments.splice(at, 1);
    }
    for (const [index, role_sid = ''] of [developer, billing].entries()) {
      if (first === undefined) continue;
      assignments.push({ ...first, role_sid, identity: id, sid: `IY${String(index).padStart(32, '0')}` });
    }
    return world;
  }
});

interface Counted {
  command: string;
  args(world: World, count: number): string[] | Promise<string[]>;
  /** The requests before the first change, and after the last one, by the number of people. */
  reads: Record<1 | 5 | 50 | 500, number>;
  /** Changes for each person. */
  changes: number;
}

/** Looking a user up, or listing all: one request. */
const user = 1;
const roles = 1;

const counted: Counted[] = [
  {
    command: 'users deactivate',
    args: (world, count) => ['users', 'deactivate', ...people(world, count), ...large],
    // The guard asks whether one of them is an admin: the roles of each, or the list of the organization.
    reads: {
      1: user + 1 + roles,
      5: user + 5 + roles,
      50: user + pagesOfOrganization + roles,
      500: user + pagesOfOrganization + roles,
    },
    changes: 1,
  },
  {
    command: 'users offboard',
    args: (world, count) => ['users', 'offboard', ...people(world, count), ...large],
    // The report reads users and role assignments again. For ten roles, the guard of shares needs to see one page of them.
    reads: {
      1: roles + 2 * (user + 1),
      5: roles + 2 * (user + 5) + 1,
      // A hundred role assignments are fewer by then.
      50: roles + 2 * user + pages + (pages - 1),
      500: roles + user + pages,
    },
    changes: 3,
  },
  {
    command: 'role-assignments replace',
    args: (world, count) => [
      ...['role-assignments', 'replace', ...each('--user', people(world, count)), ...large],
      ...['--from', 'Support', '--to', 'Billing', '--scope', 'org'],
    ],
    reads: { 1: roles + user + 1, 5: roles + user + 5, 50: roles + user + pages, 500: roles + user + pages },
    changes: 2,
  },
  {
    command: 'users import',
    args: (world, count) => ['users', 'import', input(world, count, 'email,displayName', 'New')],
    reads: { 1: user, 5: user, 50: user, 500: user },
    changes: 1,
  },
  {
    command: 'role-assignments import',
    args: (world, count) => [
      'role-assignments',
      'import',
      input(world, count, 'user,role,scope', 'Billing,org'),
    ],
    reads: { 1: roles + user + 1, 5: roles + user + 5, 50: roles + user + pages, 500: roles + user + pages },
    changes: 1,
  },
  {
    command: 'access copy',
    args: (world, count) => [
      ...['access', 'copy', '--from', userAt(world.sandbox, size - 1).userName],
      ...each('--to', people(world, count)),
    ],
    // Both users, or all of them, have their roles read.
    reads: { 1: roles + user + 2, 5: roles + user + 6, 50: roles + user + pages, 500: roles + user + pages },
    changes: 2,
  },
  {
    command: 'access diff',
    args: ({ sandbox }) => [
      'access',
      'diff',
      userAt(sandbox, 1).userName,
      userAt(sandbox, size - 1).userName,
    ],
    reads: { 1: roles + user + 2, 5: roles + user + 2, 50: roles + user + 2, 500: roles + user + 2 },
    changes: 0,
  },
  {
    command: 'access apply',
    args: (world, count) => [
      ...['access', 'apply'],
      declaredDirectory({ 'a.yaml': onePair('Billing', 'org', ...people(world, count)) }),
      // One has the role already, and is not listed.
      '--only-add',
    ],
    // Users, roles, and the pages of the scope that is owned: not those of people.
    reads: {
      1: roles + user + pagesOfOrganization,
      5: roles + user + pagesOfOrganization,
      50: roles + user + pagesOfOrganization,
      500: roles + user + pagesOfOrganization,
    },
    changes: 1,
  },
  {
    command: 'access plan',
    args: (world, count) => [
      ...['access', 'plan'],
      declaredDirectory({
        'a.yaml': onePair(
          'Developer',
          world.sandbox.accountSids[0] ?? '',
          ...people(world, size - count - 1),
        ),
      }),
      ...large,
      ...['--max-removal-fraction', '1'],
    ],
    // Those who lose the role are in the list of users. The guard sees in the pages of the account that they are few.
    reads: {
      1: roles + user + pagesOfAccount,
      5: roles + user + pagesOfAccount,
      50: roles + user + pagesOfAccount,
      500: roles + user + pagesOfAccount,
    },
    changes: 0,
  },
  {
    command: 'runs undo',
    async args(world, count) {
      const args = [
        'users',
        'import',
        input(world, count, 'email,displayName,role,scope', 'New,Billing,org'),
      ];
      expect((await world.call([...args, '--yes'])).exitCode).toBe(0);
      return ['runs', 'undo', 'last', ...large];
    },
    // Of five and fewer, the roles of each. The list has grown by those that the import gave.
    reads: { 1: roles + user + 1, 5: roles + user + 5, 50: roles + user + pages, 500: roles + user + pages },
    changes: 2,
  },
];

describe('The requests are the least that does it, guards and the report included:', () => {
  const cases = counted.flatMap((row) =>
    ([1, 5, 50] as const).map((count) => [row.command, count, row] as const),
  );

  async function countedRequests(world: World, argsOf: () => Promise<string[]>) {
    const sent = (await tripsOf(world, argsOf)).flat();
    const read = sent.filter((request) => request.startsWith('GET '));
    return { read, counts: { reads: read.length, changes: sent.length - read.length } };
  }

  test.each(cases)('%s for %i', async (_, count, { args, reads, changes }) => {
    const world = await organization();
    const { read, counts } = await countedRequests(world, async () => {
      const given = await args(world, count);
      return changes === 0 ? given : [...given, '--yes'];
    });
    const expected = { reads: reads[count], changes: changes * count };
    expect(counts, JSON.stringify(read, undefined, 1)).toEqual(expected);
  });

  // A dry run reads the same as far as the first change, and 500 changes would take too long here.
  const changing = counted.filter(({ changes, command }) => changes > 0 && command !== 'runs undo');

  test.each(changing.map((row) => [row.command, row] as const))(
    '%s for 500, before the first change',
    async (_, row) => {
      const world = await organization();
      const share = row.command.includes('import') ? [] : ['--max-removal-fraction', '1'];
      const { read, counts } = await countedRequests(world, async () => [
        ...(await row.args(world, 500)),
        ...share,
        '--dry-run',
      ]);
      expect(counts, JSON.stringify(read, undefined, 1)).toEqual({ reads: row.reads[500], changes: 0 });
    },
  );
});

/** The lists that a command reads, each with the number of its pages, or of its readings. */
type Lists = Record<string, number>;

function listOf(request: string, { sandbox }: World): string {
  const { pathname, searchParams } = new URL(request.replace(/^GET /, ''), sandbox.apiUrl);
  if (pathname.endsWith('/Roles')) return searchParams.get('Expand') ? 'roles with permissions' : 'roles';
  if (pathname.endsWith('/Users')) return searchParams.has('filter') ? 'one user' : 'users';
  if (!pathname.endsWith('/RoleAssignments')) return 'one user';
  if (searchParams.has('Identity')) return 'assignments of the user';
  const scope = searchParams.get('Scope');
  if (scope === null) return 'assignments';
  return scope === sandbox.organizationSid ? 'assignments of org' : 'assignments of the account';
}

describe('A question reads each thing once, and of one scope no more than that scope:', () => {
  const account = ({ sandbox }: World) => ['--scope', sandbox.accountSids[0] ?? ''];
  const address = ({ sandbox }: World) => userAt(sandbox, 0).userName;
  const can = ['--can', '/twilio/messaging/services/write'];
  const [all, ofOrg, ofAccount] = [
    { assignments: pages },
    { 'assignments of org': pagesOfOrganization },
    { 'assignments of the account': pages - pagesOfOrganization },
  ];
  const [names, policies] = [
    { users: 1, roles: 1 },
    { users: 1, 'roles with permissions': 1 },
  ];
  const ofUser = { 'one user': 1, 'roles with permissions': 1, 'assignments of the user': 1 };

  const questions: [line: string, lists: Lists, more?: (world: World) => string[]][] = [
    ['access who --role Admin', { ...policies, ...all }],
    [`access who ${can.join(' ')}`, { ...policies, ...all }],
    ['access who --role Admin --scope org', { ...policies, ...ofOrg }],
    // Roles of the organization may apply in the account, unless the question excludes it.
    ['access who --role Admin of an account', { ...policies, ...ofAccount, ...ofOrg }, account],
    ['access who --role Admin --assume-inheritance no of an account', { ...policies, ...ofAccount }, account],
    ['access explain of a user', ofUser, (world) => [address(world)]],
    ['access explain of a user and an account', ofUser, (world) => [address(world), ...account(world)]],
    [`access explain ${can.join(' ')} of a user`, ofUser, (world) => [address(world)]],
    ['access matrix', { ...policies, ...all }],
    ['access matrix --scope org', { ...policies, ...ofOrg }],
    ['access matrix of an account', { ...policies, ...ofAccount, ...ofOrg }, account],
    ['access lint', { ...names, ...all }],
    ['users list --roles', { ...names, ...all }],
    [
      'users list --roles of a user',
      { 'one user': 1, roles: 1, 'assignments of the user': 1 },
      (world) => ['--user-name', address(world)],
    ],
    ['role-assignments list --names', { ...names, ...all }],
    ['role-assignments list --names --scope org', { ...names, ...ofOrg }],
    ['role-assignments list --names of an account', { ...names, ...ofAccount }, account],
    ['role-assignments list --scope org', ofOrg],
    [
      'role-assignments list of a user named twice',
      { users: 1, 'assignments of the user': 1, roles: 1 },
      (world) => ['--names', '--user', address(world), '--user', userAt(world.sandbox, 0).id],
    ],
    [
      'role-assignments list of an organization named twice',
      ofOrg,
      (world) => ['--scope', 'org', '--scope', world.sandbox.organizationSid],
    ],
    // No question: users are read again at the end, and Twilio lists roles with and without their permissions.
    ['snapshots take', { users: 2, roles: 1, 'roles with permissions': 1, ...all }],
  ];

  test.each(questions)('%s', async (line, lists, more) => {
    const world = await organization();
    const words = line.replace(/ of an? (user|account|organization).*/, '').split(' ');
    const read = (await tripsOf(world, () => [...words, ...(more?.(world) ?? [])])).flat();
    const found: Lists = {};
    for (const request of read) {
      const list = listOf(request, world);
      found[list] = (found[list] ?? 0) + 1;
    }
    expect(found, JSON.stringify(read, undefined, 1)).toEqual(lists);
    const repeated = read.filter((request, index) => read.indexOf(request) !== index);
    expect(repeated).toEqual(line === 'snapshots take' ? ['GET /scim/v2/Users'] : []);
  });

  test('access since, which reads snapshots alone', async () => {
    const world = await organization();
    await world.call(['snapshots', 'take']);
    const { userName } = userAt(world.sandbox, 1);
    expect(await tripsOf(world, () => ['access', 'since', userName, 'Support', 'org'])).toEqual([]);
  });
});
