import { expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { activeUsers } from '../../support/guards.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

const changes: [what: string, commands: (world: World) => string[][]][] = [
  ['users deactivate', (world) => [['users', 'deactivate', ...activeUsers(world, 2)]]],
  ['users offboard', (world) => [['users', 'offboard', ...activeUsers(world, 2)]]],
  [
    'access copy',
    (world) => {
      const [from = '', ...to] = activeUsers(world, 3);
      return [['access', 'copy', '--from', from, ...to.flatMap((user) => ['--to', user])]];
    },
  ],
  [
    'runs undo',
    (world) => [
      ['users', 'deactivate', ...activeUsers(world, 2)],
      ['runs', 'undo', 'last'],
      ['runs', 'show', 'last'],
    ],
  ],
];

test.each(changes)('the tables of %s have no two columns with the same title', async (_, commands) => {
  const world = await bulkWorld({ users: 40 });
  for (const args of commands(world)) {
    const yes = args[1] === 'show' ? [] : ['--yes'];
    const { stdout, exitCode } = await world.call([...args, ...yes, '-o', 'table']);
    expect(exitCode).toBe(0);
    const [first = ''] = stdout.split('\n').filter((line) => /SID|E-mail/.test(line));
    const titles = first
      .split(/\s{2,}|[│|]/)
      .map((title) => title.trim())
      .filter(Boolean);
    expect(titles.length).toBeGreaterThan(2);
    expect(new Set(titles).size).toBe(titles.length);
  }
});
