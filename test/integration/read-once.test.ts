import { describe, expect, test } from 'vitest';
import { commandsOf } from '../../src/cli/command-info.ts';
import { programInfo } from '../../src/program.ts';
import { between } from '../support/between.ts';
import { bulkWorld } from '../support/bulk.ts';
import { userAt } from '../support/cli.ts';
import { declaredDirectory, onePair } from '../support/declared.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

interface Case {
  /** The command, such as `users import`. */
  command: string;
  /** The part of the case that sets it apart from others of the same command. */
  title: string;
  /** The arguments after the command; may run other commands first. */
  args(world: World): string[] | Promise<string[]>;
  /** True for commands that take the flags of guards. */
  isGuarded?: boolean;
}

const guards = [
  ...['--protect', 'nobody@elsewhere.example', '--max-removals', '500', '--max-removal-fraction', '1'],
  ...['--keep-admins', '1', '--admin-role', 'Admin'],
];

/** The e-mail addresses of users who are active in the seeded sandbox. */
function people({ sandbox }: World, count: number): string[] {
  const { users, suspended } = sandbox.state;
  const active = [...users.all()].filter(({ id, active }) => active && !suspended.has(id));
  return active.slice(1, count + 1).map(({ userName }) => userName);
}

function ids({ sandbox }: World, count: number): string[] {
  const found = new Map([...sandbox.state.users.all()].map(({ id, userName }) => [userName, id]));
  return people({ sandbox } as World, count).map((name) => found.get(name) ?? '');
}

function rows({ file, ...world }: World, count: number, columns: string, cells: string): string {
  const lines = people(world as World, count).map((name) => `${name},${cells}`);
  return file('in.csv', `${[columns, ...lines].join('\n')}\n`);
}

function flags(flag: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [flag, value]);
}

async function done(world: World, args: string[]): Promise<void> {
  const { exitCode, stderr } = await world.call(args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) });
}

/** A plan of the command, saved. */
async function planOf(world: World, args: string[]): Promise<string[]> {
  const file = world.path('saved.plan');
  await done(world, [...args, '--plan-out', file]);
  return [file];
}

/** A run of the command, to be undone. */
async function runOf(world: World, args: string[]): Promise<string[]> {
  await done(world, args);
  return ['last'];
}

/** A run whose connection broke after the given number of changes, to be resumed. */
async function brokenRunOf(world: World, args: string[], writes: number): Promise<string[]> {
  let isBroken = true;
  const url = await between(world.sandbox.apiUrl, ({ method, writes: count }) =>
    isBroken && method !== 'GET' && count > writes ? 'break before' : undefined,
  );
  // A run is resumed at the address that it began with.
  world.env.TWILIO_ORG_API_URL = url;
  const { exitCode } = await world.call([...args, '--max-retries', '0', '--concurrency', '1']);
  expect(exitCode).not.toBe(0);
  isBroken = false;
  return ['last'];
}

const offboardSeven = (world: World) => ['users', 'offboard', ...people(world, 7), '--yes', ...loose];
/** Seven people hold more than a fifth of the roles of a small sandbox. */
const loose = ['--max-removals', '500', '--max-removal-fraction', '1'];
const template = 'user:\n  locale: sv-SE\nroles:\n  - role: Support\n    scope: org\n';

const cases: Case[] = [
  { command: 'users create', title: 'a user', args: () => ['--email', 'kim@example.com'] },
  {
    command: 'users update',
    title: 'a user named by e-mail address',
    args: (world) => [...people(world, 1), '--locale', 'sv-SE'],
  },
  {
    command: 'users update',
    title: 'a user named by SID who is deactivated',
    args: (world) => [...ids(world, 1), '--inactive'],
    isGuarded: true,
  },
  ...['users deactivate', 'users delete'].flatMap((command) =>
    [1, 7].flatMap((count): Case[] => [
      {
        command,
        title: `${count} named by e-mail address`,
        args: (world) => people(world, count),
        isGuarded: true,
      },
      { command, title: `${count} named by SID`, args: (world) => ids(world, count), isGuarded: true },
    ]),
  ),
  {
    command: 'users activate',
    title: 'two, one of them named twice',
    args: ({ sandbox }) => {
      const [one, other] = [userAt(sandbox, 7), userAt(sandbox, 13)];
      return [one.id, other.userName, other.userName];
    },
  },
  ...[1, 3, 7].map(
    (count): Case => ({
      command: 'users offboard',
      title: `${count}`,
      args: (world) => [...people(world, count), ...loose.slice(0, 2)],
      isGuarded: true,
    }),
  ),
  {
    command: 'users offboard',
    title: '7 named by SID, their roles given to another',
    args: (world) => [...ids(world, 7), '--copy-roles-to', people(world, 8)[7] ?? '', ...loose.slice(0, 2)],
    isGuarded: true,
  },
  ...[2, 9].flatMap((count): Case[] => [
    {
      command: 'users import',
      title: `${count} rows that change users and give roles`,
      args: (world) => [rows(world, count, 'email,displayName,role,scope', 'New Name,Support,org')],
      isGuarded: true,
    },
    {
      command: 'users import',
      title: `${count} rows that deactivate users`,
      args: (world) => [rows(world, count, 'email,active', 'false')],
      isGuarded: true,
    },
    {
      command: 'users import',
      title: `${count} rows with SIDs of other users`,
      args: (world) => {
        const lines = people(world, count).map((name, index) => `new${index}${name},US${'f'.repeat(32)}`);
        return [world.file('in.csv', `email,id\n${lines.join('\n')}\n`)];
      },
    },
    {
      command: 'users onboard',
      title: `${count} rows`,
      args: (world) => [
        rows(world, count, 'email,displayName', 'New Name'),
        ...['--template', world.file('template.yaml', template)],
      ],
      isGuarded: true,
    },
    {
      command: 'role-assignments import',
      title: `${count} rows`,
      args: (world) => [rows(world, count, 'user,role,scope', 'Support,org')],
      isGuarded: true,
    },
    {
      command: 'role-assignments replace',
      title: `a role of ${count} users`,
      args: async (world) => {
        const users = people(world, count);
        const named = [...flags('--user', users), '--scope', 'org'];
        await done(world, ['role-assignments', 'create', ...named, '--role', 'Support']);
        return [...named, '--from', 'Support', '--to', 'Billing', ...loose.slice(0, 2)];
      },
      isGuarded: true,
    },
    {
      command: 'role-assignments create',
      title: `a role of ${count} users`,
      args: (world) => [...flags('--user', people(world, count)), '--role', 'Support', '--scope', 'org'],
    },
    {
      command: 'role-assignments create',
      title: `two roles of ${count} users named by SID`,
      args: (world) => [
        ...flags('--user', ids(world, count)),
        ...['--role', 'Support', '--role', 'Billing', '--scope', 'org'],
      ],
    },
    {
      command: 'role-assignments delete',
      title: `a role of ${count} users`,
      args: async (world) => {
        const named = [...flags('--user', people(world, count)), '--role', 'Support', '--scope', 'org'];
        await done(world, ['role-assignments', 'create', ...named]);
        return [...named, ...loose.slice(0, 2)];
      },
      isGuarded: true,
    },
    {
      command: 'role-assignments delete',
      title: `${count} named by SID`,
      args: ({ sandbox }) => [
        ...sandbox.state.assignments.slice(1, count + 1).map(({ sid }) => sid),
        ...loose.slice(0, 2),
      ],
      isGuarded: true,
    },
    {
      command: 'access copy',
      title: `to ${count} users`,
      args: (world) => {
        const [from = '', ...to] = people(world, count + 1);
        return ['--from', from, ...flags('--to', to)];
      },
      isGuarded: true,
    },
    {
      command: 'access copy',
      title: `to ${count} users, as a mirror`,
      args: (world) => {
        const [from = '', ...to] = people(world, count + 1);
        return ['--from', from, ...flags('--to', to), '--mode', 'mirror', ...loose.slice(0, 2)];
      },
      isGuarded: true,
    },
    {
      command: 'access apply',
      title: `a role for ${count} users, and for nobody else`,
      args: (world) => [
        declaredDirectory({ 'support.yaml': onePair('Support', 'org', ...people(world, count)) }),
        ...loose,
      ],
      isGuarded: true,
    },
  ]),
  {
    command: 'access apply',
    title: 'a role for 9 of the people in an account',
    args: (world) => {
      const { sandbox } = world;
      const scope = sandbox.accountSids[0] ?? '';
      const [role_sid, order] = ['IX00000000000000000000000000000105', 900];
      for (const [index, identity] of ids(world, 49).entries()) {
        const sid = `IY${String(order + index).padStart(32, '9')}`;
        const resource = { resource_type: null, resource_id: null };
        sandbox.state.assignments.push({ sid, identity, role_sid, scope, ...resource, order: order + index });
      }
      const text = onePair('Support', scope, ...people(world, 40));
      return [declaredDirectory({ 'support.yaml': text })];
    },
    isGuarded: true,
  },
  {
    command: 'api',
    title: 'a DELETE of a user',
    args: (world) => ['DELETE', `/scim/v2/Users/${ids(world, 1)[0]}`],
    isGuarded: true,
  },
  {
    command: 'runs apply',
    title: 'the plan of an offboarding',
    args: (world) => planOf(world, offboardSeven(world)),
    isGuarded: true,
  },
  {
    command: 'runs apply',
    title: 'the plan of an import',
    args: (world) =>
      planOf(world, ['users', 'import', rows(world, 9, 'email,active,role,scope', 'true,Support,org')]),
    isGuarded: true,
  },
  {
    command: 'runs apply',
    title: 'the plan of a deletion by SID',
    args: (world) =>
      planOf(world, [
        ...['role-assignments', 'delete', '--yes'],
        ...world.sandbox.state.assignments.slice(1, 4).map(({ sid }) => sid),
      ]),
    isGuarded: true,
  },
  {
    command: 'runs apply',
    title: 'the plan of an undo',
    args: async (world) => {
      await runOf(world, offboardSeven(world));
      return [...(await planOf(world, ['runs', 'undo', 'last', '--yes'])), '--reactivate'];
    },
    isGuarded: true,
  },
  {
    command: 'runs undo',
    title: 'an offboarding',
    args: async (world) => [...(await runOf(world, offboardSeven(world))), '--reactivate'],
    isGuarded: true,
  },
  {
    command: 'runs undo',
    title: 'an import',
    args: (world) =>
      runOf(world, ['users', 'import', rows(world, 9, 'email,displayName,role,scope', 'New,Support,org')]),
    isGuarded: true,
  },
  {
    command: 'runs undo',
    title: 'a role given to one user',
    args: (world) =>
      runOf(world, [
        ...['role-assignments', 'create', '--user', userAt(world.sandbox, 3).userName],
        ...['--role', 'Developer', '--scope', 'org'],
      ]),
    isGuarded: true,
  },
  {
    command: 'runs resume',
    title: 'an offboarding',
    args: (world) => brokenRunOf(world, offboardSeven(world), 6),
    isGuarded: true,
  },
  {
    command: 'runs resume',
    title: 'an import',
    args: (world) =>
      brokenRunOf(world, ['users', 'import', rows(world, 9, 'email,displayName', 'New Name')], 2),
    isGuarded: true,
  },
];

/** The GET requests from the given one to the first that changes something, each with its query. */
function readsBeforeFirstWrite({ sandbox }: World, from: number): string[] {
  const sent = sandbox.requests.slice(from).filter(({ path }) => path !== '/v2/token');
  const firstWrite = sent.findIndex(({ method }) => method !== 'GET');
  return (firstWrite < 0 ? sent : sent.slice(0, firstWrite)).map(({ path, query }) => {
    const parameters = new URLSearchParams(query).toString();
    return `GET ${path}${parameters === '' ? '' : `?${parameters}`}`;
  });
}

async function readsOf({ command, args }: Case, more: readonly string[]): Promise<string[]> {
  const world = await bulkWorld({ users: 60 });
  const given = await args(world);
  const from = world.sandbox.requests.length;
  const confirmed = command === 'users create' ? [] : ['--yes'];
  await done(world, [...command.split(' '), ...given, ...more, ...confirmed]);
  return readsBeforeFirstWrite(world, from);
}

/** The requests that were sent before, and a list of all role assignments after lists of scopes, which are a part of it. */
function repeated(reads: readonly string[]): string[] {
  return reads.filter((read, index) => {
    if (reads.indexOf(read) !== index) return true;
    const isOfAll = /RoleAssignments(?!\?.*(?:Scope|Identity)=)/.test(read);
    return isOfAll && reads.slice(0, index).some((earlier) => /RoleAssignments\?.*Scope=/.test(earlier));
  });
}

describe('A command reads nothing twice before its first change:', () => {
  test.each(cases.map((each) => [`${each.command}, ${each.title}`, each] as const))('%s', async (_, each) => {
    expect(repeated(await readsOf(each, []))).toEqual([]);
  });

  test.each(
    cases
      .filter(({ isGuarded }) => isGuarded)
      .map((each) => [`${each.command}, ${each.title}`, each] as const),
  )('%s, with guards set', async (_, each) => {
    expect(repeated(await readsOf(each, guards))).toEqual([]);
  });

  test('every command that changes something is among them', async () => {
    const commands = commandsOf(await programInfo());
    const changing = commands.filter(({ effect }) => effect === 'changes' || effect === 'removes');
    const tested = new Set(cases.map(({ command }) => command));
    expect(changing.length).toBeGreaterThan(15);
    expect(changing.map(({ name }) => name).filter((one) => !tested.has(one))).toEqual([]);
  });
});
