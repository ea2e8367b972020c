import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { maxInMemory } from '../../../src/changes/runs/plan-file.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { call, cleanEnv, home, program, run as runProgram, sent, userAt } from '../../support/cli.ts';
import { requiring } from '../../support/node-options.ts';
import { openTerminal } from '../../support/pty.ts';
import { madeUser, runName, writeRun } from '../../support/runs.ts';
import { measuredRun, slowness } from '../../support/usage.ts';

const day = 86_400_000;

const ada = madeUser(`US${'a'.repeat(32)}`, 'Ada@Example.com', { externalId: '4711' });

const bob = madeUser(`US${'b'.repeat(32)}`, 'bob@example.com');

const org = `OR${'1'.repeat(32)}`;

let configDir: string;

beforeEach(() => {
  configDir = join(mkdtempSync(join(home, 'list-')), 'config');
});

const ask = (args: string[], env = {}) =>
  call(['runs', 'list', ...args], { env: { TWILIO_ORG_CONFIG_DIR: configDir, ...env } });

const listed = async (args: string[], env = {}) => rows((await ask([...args, '-o', 'json'], env)).stdout);

const names = async (args: string[]) => (await listed(args)).map(({ run }) => run);

/** A run in which the users were deactivated; older than the test by so many days. */
function deactivated(daysAgo: number, users = [ada], more: Record<string, unknown> = {}): string {
  const run = runName(new Date(Date.now() - daysAgo * day).toISOString(), 'aaaa');
  writeRun(configDir, {
    run,
    head: {
      command: `twilio-org users deactivate ${users[0]?.userName} --yes`,
      organization_sid: org,
      ...more,
    },
    items: users.map((user) => ({
      row: { id: user.id, userName: user.userName },
      steps: [{ do: 'update-user', user, fields: { active: false } }],
    })),
    done: users.map((_, index) => [index, 0]),
  });
  return run;
}

describe('runs list', () => {
  test('shows time, actor, profile, organization and result of each run', async () => {
    const run = deactivated(1, [ada, bob], { actor: 'grace', program: '1.2.3', verb: 'users deactivate' });
    const [row] = await listed([]);
    expect(row).toMatchObject({
      run,
      actor: 'grace',
      program: '1.2.3',
      verb: 'users deactivate',
      profile: 'default',
      organization_sid: org,
      command: 'users deactivate Ada@Example.com --yes',
      created: 0,
      changed: 2,
      failed: 0,
      not_tried: 0,
      planned_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(JSON.stringify(row)).not.toContain('people');
    const { stdout } = await ask(['-o', 'table']);
    const [head = '', line = ''] = stdout.split('\n');
    expect(head.split(/ {2,}/)).toEqual([
      'When',
      'By',
      'Profile',
      'Organization',
      'Command',
      'Outcome',
      'Run',
    ]);
    expect(line.split(/ {2,}/)).toEqual([
      `${row?.planned_at?.slice(0, 16).replace('T', ' ')} UTC (1 day ago)`,
      'grace',
      'default',
      org,
      'users deactivate Ada@Example.com --yes',
      '2 changed',
      run,
    ]);
    // Scripts go by the place of a column.
    expect((await ask([])).stdout.split('\t').slice(0, 2)).toEqual([
      run,
      'users deactivate Ada@Example.com --yes',
    ]);
  });

  test.each([80, 120])(
    'fits a terminal of %i columns, with whole names, dates and results',
    async (columns) => {
      const runs = [1, 2, 3].map((ago) => deactivated(ago, [ada], { actor: 'grace.hopper' }));
      const terminal = openTerminal(process.execPath, [program, 'runs', 'list'], {
        env: cleanEnv({ TWILIO_ORG_CONFIG_DIR: configDir }),
        columns,
      });
      onTestFinished(() => terminal.close());
      expect(await terminal.exited).toBe(0);
      const lines = terminal.text().trimEnd().split(/\r?\n/);
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
      const isNarrow = columns < 100;
      expect(lines.splice(0, 2)).toEqual([
        `All ${isNarrow ? 'by grace.hopper ' : ''}with profile default`,
        `All of organization ${org}`,
      ]);
      expect(lines[0]).toMatch(
        isNarrow ? /^When +Command +Outcome +Run$/ : /^When +By +Command +Outcome +Run$/,
      );
      // The rest of a command may stand on further lines.
      const rows = lines.filter((line) => /^\d days? ago/.test(line));
      for (const [index, run] of runs.entries()) {
        expect(rows[index]).toContain(`1 changed  ${run}`);
        expect(rows[index]).toMatch(
          isNarrow
            ? /^\d days? ago +users deactivate /
            : /^\d days? ago +grace.hopper {2}users deactivate Ada@Example.com --yes {2}/,
        );
      }
      expect(rows).toHaveLength(runs.length);
    },
  );

  test('shows profile and organization only where they differ', async () => {
    deactivated(1, [ada], { actor: 'grace' });
    deactivated(2, [ada], { profile: 'other', organization_sid: `OR${'2'.repeat(32)}` });
    const terminal = openTerminal(process.execPath, [program, 'runs', 'list'], {
      env: cleanEnv({ TWILIO_ORG_CONFIG_DIR: configDir }),
      columns: 120,
    });
    onTestFinished(() => terminal.close());
    expect(await terminal.exited).toBe(0);
    const [head, first, second] = terminal.text().trimEnd().split(/\r?\n/);
    expect(head).toMatch(/^When +By +Profile +Organization +Command +Outcome +Run$/);
    expect(first).toMatch(/ default {2}OR111111…1111 /);
    expect(second).toMatch(/ other {4}OR222222…2222 /);
  });

  test.each([
    [
      ['--since', '7d'],
      [0, 3, 7],
    ],
    [
      ['--since', '1w'],
      [0, 3, 7],
    ],
    [['--since', 'yesterday'], [0]],
    [
      ['--until', 'yesterday'],
      [3, 7, 8, 400],
    ],
    [['--since', 'today'], [0]],
    [
      ['--until', '3d'],
      [3, 7, 8, 400],
    ],
    [
      ['--since', '8d', '--until', '3d'],
      [3, 7, 8],
    ],
    [
      ['--since', '@8', '--until', '@7'],
      [7, 8],
    ],
    [
      ['--since', '@3T00:00Z'],
      [0, 3],
    ],
    [['--since', '@3T23:59:59.999+00:00'], [0]],
  ])('%j: counts whole days in UTC, and says so', async (flags, wanted) => {
    const noon = Math.floor(Date.now() / day) * day + day / 2;
    const runs = new Map(
      [0, 3, 7, 8, 400].map((ago) => {
        const run = runName(new Date(noon - ago * day).toISOString());
        writeRun(configDir, { run });
        return [ago, run];
      }),
    );
    const args = flags.map((flag) =>
      flag.replace(/^@(\d+)/, (_, ago) => new Date(noon - Number(ago) * day).toISOString().slice(0, 10)),
    );
    const { stdout, stderr } = await ask([...args, '-o', 'json']);
    expect(rows(stdout).map(({ run }) => run)).toEqual(wanted.map((ago) => runs.get(ago)));
    expect(stderr).toContain(', in UTC\n');
  });

  test.each([
    [['--since', 'lately'], /--since "lately" is not a time\n.*2026-03-14.*7d.*yesterday.*UTC/],
    [['--until', '2026-02-30'], /--until "2026-02-30" is not a time/],
    [['--since', ''], /--since "" is not a time/],
    [['--since', '-1d'], /--since "-1d" is not a time/],
    [['--since', '2026-13-01T10:00Z'], /is not a time/],
    [['--since', 'today', '--until', 'yesterday'], /--since today is after --until yesterday/],
    [['--command', 'usres'], /--command "usres" is not a command that changes anything\n.*users deactivate/],
    [['--command', 'users undo'], /is not a command/],
    [['--user', 'ada'], /"ada" is not a user/],
  ])('%j is refused with exit code 2, with what is accepted', async (args, message) => {
    const { exitCode, stderr } = await ask(args);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  test('--command accepts a group, a command, a verb and an alias, also for runs of older versions', async () => {
    const commands = [
      "twilio-org --profile 'users offboard' users deactivate ada@example.com --yes",
      'twilio-org users create --email role-assignments@example.com',
      'twilio-org assignments --quiet create --user ada@example.com',
      'twilio-org -o json role-assignments delete IY1',
    ];
    const runs = commands.map((command, index) => {
      const run = runName(`2026-03-1${index}T09:15:00.123Z`);
      writeRun(configDir, { run, head: { command } });
      return run;
    });
    const [deactivate, create, give, take] = runs;
    expect(await names(['--command', 'users'])).toEqual([create, deactivate]);
    expect(await names(['--command', 'create'])).toEqual([give, create]);
    expect(await names(['--command', 'role-assignments'])).toEqual([take, give]);
    expect(await names(['--command', 'Role-Assignments  Create'])).toEqual([give]);
    expect(await names(['--command', 'assignments delete'])).toEqual([take]);
    expect(await names(['--command', 'twilio-org users deactivate'])).toEqual([deactivate]);
    expect(await names(['--command', 'users offboard'])).toEqual([]);
  });

  test('--user finds every run about a user, however the run named them', async () => {
    const grant = (identity: string | null) => ({ role_sid: `IX${'1'.repeat(32)}`, scope: org, identity });
    const sid = (letter: string) => `IY${letter.repeat(32)}`;
    const steps: [string, Record<string, unknown>[], [number, number, Record<string, unknown>?][]][] = [
      [
        'created',
        [
          {
            row: { email: 'ADA@example.com' },
            steps: [{ do: 'create-user', fields: { email: 'ADA@example.com' } }],
          },
        ],
        [[0, 0, { sid: ada.id }]],
      ],
      [
        'by SID alone',
        [{ row: { user: ada.id }, steps: [{ do: 'create-assignment', grant: grant(ada.id) }] }],
        [[0, 0, { sid: sid('a') }]],
      ],
      [
        'as heir',
        [
          {
            row: { id: bob.id, userName: bob.userName },
            steps: [{ do: 'create-assignment', grant: grant(ada.id), whose: 'ada@example.com' }],
          },
        ],
        [[0, 0]],
      ],
      [
        'role by its SID',
        [{ row: { sid: sid('a') }, steps: [{ do: 'delete-assignment', assignment: { sid: sid('a') } }] }],
        [[0, 0]],
      ],
      [
        'external',
        [
          {
            row: { user: 'external:4711' },
            steps: [{ do: 'update-user', user: ada, fields: { active: false } }],
          },
        ],
        [[0, 0]],
      ],
      [
        'failed',
        [
          {
            row: { email: 'ada@example.com' },
            steps: [{ do: 'create-user', fields: { email: 'ada@example.com' } }],
          },
        ],
        [],
      ],
      [
        'bob',
        [{ row: { id: bob.id }, steps: [{ do: 'update-user', user: bob, fields: { active: false } }] }],
        [[0, 0]],
      ],
      [
        'bob, unchanged ada',
        [
          { row: { id: bob.id }, steps: [{ do: 'delete-user', user: bob }] },
          { row: { email: 'ada@example.com' }, steps: [] },
        ],
        [[0, 0]],
      ],
      [
        'many',
        Array.from({ length: 300 }, (_, index) => ({
          row: {},
          steps: [
            {
              do: 'update-user',
              user: index === 299 ? ada : { ...bob, userName: `p${index}@example.com` },
              fields: { active: false },
            },
          ],
        })),
        [],
      ],
    ];
    const byName = new Map(
      steps.map(([name, items, done], index) => {
        const run = runName(`2026-03-1${index}T09:15:00.123Z`);
        writeRun(configDir, { run, items, done });
        return [run, name];
      }),
    );
    const adas = ['many', 'failed', 'external', 'role by its SID', 'as heir', 'by SID alone', 'created'];
    for (const reference of [' ada@EXAMPLE.com ', ada.id, `US${'A'.repeat(32)}`, 'external:4711']) {
      // Once to make the index, once with it.
      for (let time = 0; time < 2; time++)
        expect((await names(['--user', reference])).map((run) => byName.get(String(run)))).toEqual(adas);
    }
    expect((await names(['--user', bob.id])).map((run) => byName.get(String(run)))).toEqual([
      'many',
      'bob, unchanged ada',
      'bob',
      'as heir',
    ]);
    expect(await names(['--user', 'nobody@example.com'])).toEqual([]);
    expect(
      await names([
        '--user',
        ada.id,
        '--command',
        'users import',
        '--since',
        '2026-03-14',
        '--until',
        '2026-03-14',
      ]),
    ).toHaveLength(1);
  });

  test('--user asks Twilio for the SID of an address, and says when it cannot', async () => {
    const world = await bulkWorld();
    const user = userAt(world.sandbox, 1);
    const run = writeRun(world.configDir, {
      run: '20260314-091500123-4f2a',
      head: { organization_sid: world.sandbox.organizationSid },
      items: [
        {
          row: { user: user.id },
          steps: [
            {
              do: 'create-assignment',
              grant: { role_sid: `IX${'1'.repeat(32)}`, scope: org, identity: user.id },
            },
          ],
        },
      ],
    });
    expect(existsSync(run)).toBe(true);
    const found = await world.call([
      'runs',
      'list',
      '--user',
      user.userName.toUpperCase(),
      '--fields',
      'run',
    ]);
    expect(found.stdout).toBe('20260314-091500123-4f2a\n');
    expect(sent(world.sandbox)).toHaveLength(1);
    const without = await world.call(['runs', 'list', '--user', user.userName], {
      TWILIO_ORG_ACCESS_TOKEN: undefined,
    });
    expect(without).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('Runs that name this person by SID alone are missing'),
    });
    expect(
      (
        await world.call(['runs', 'list', '--user', user.id, '--fields', 'run'], {
          TWILIO_ORG_ACCESS_TOKEN: undefined,
        })
      ).stdout,
    ).toBe('20260314-091500123-4f2a\n');
  });

  test('escapes control characters from a journal', async () => {
    const evil = 'twilio-org users import \u001b[2J\u202e\r\nforged';
    deactivated(1, [ada], {
      command: evil,
      actor: 'ada\u001b]0;x\u0007',
      profile: 'p\u001b[31m',
    });
    // As CSV to a file everything is exact, as it is for other lists.
    for (const args of [
      [],
      ['-o', 'table'],
      ['-o', 'json'],
      ['-o', 'jsonl'],
      ['-o', 'table', '--fields', 'actor'],
    ]) {
      const { stdout, stderr } = await ask(args);
      const text = `${stdout}${stderr}`;
      expect(text).toMatch(/x1b|u001b/);
      for (const raw of ['\u001b', '\u0007', '\u202e', '\nforged']) expect(text).not.toContain(raw);
    }
  });

  test('marks a run that was undone, but not one whose undo was undone', async () => {
    const first = deactivated(5);
    const undo = deactivated(4, [ada], { undoes: first });
    expect(await listed([])).toMatchObject([
      { run: undo, undoes: first },
      { run: first, undone_by: undo },
    ]);
    deactivated(3, [ada], { undoes: undo });
    const [, second, last] = await listed([]);
    expect(second).toHaveProperty('undone_by');
    expect(last).not.toHaveProperty('undone_by');
  });
});

describe('the index of runs', () => {
  const indexFile = () => join(configDir, 'runs', 'index.json');

  test('is readable by its owner alone, and is not listed as a run', async () => {
    deactivated(1);
    await ask([]);
    expect(statSync(indexFile()).mode & 0o777).toBe(0o600);
    expect(await names([])).toHaveLength(1);
    expect(readdirSync(join(configDir, 'runs')).toSorted()).toEqual([
      expect.stringContaining('.jsonl'),
      'index.json',
    ]);
  });

  test.each<[string, (file: string) => void]>([
    ['missing', (file) => rmSync(file)],
    ['empty', (file) => writeFileSync(file, '')],
    ['cut short', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20))],
    [
      'of another form',
      (file) => writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"changed":1', '"changed":{}')),
    ],
    [
      'of another version',
      (file) =>
        writeFileSync(
          file,
          readFileSync(file, 'utf8')
            .replace('"version":1', '"version":99')
            .replaceAll('"changed":1', '"changed":7'),
        ),
    ],
    [
      'open to others',
      (file) => {
        writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"changed":1', '"changed":7'));
        chmodSync(file, 0o666);
      },
    ],
    ['an array', (file) => writeFileSync(file, '[1]')],
    [
      'of runs that are gone',
      (file) => writeFileSync(file, readFileSync(file, 'utf8').replaceAll('2026', '1999')),
    ],
    [
      'a device without end',
      (file) => {
        rmSync(file);
        symlinkSync('/dev/zero', file);
      },
    ],
    [
      'a folder',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
  ])('is rebuilt from the journals when it is %s', async (_, spoil) => {
    deactivated(1, [ada], { actor: 'grace' });
    deactivated(2, [ada, bob]);
    const before = await listed([]);
    spoil(indexFile());
    for (let time = 0; time < 2; time++) {
      const { stdout, stderr } = await ask(['-o', 'json']);
      expect({ rows: rows(stdout), stderr }).toEqual({ rows: before, stderr: '' });
    }
  });

  test('notices a changed journal, also one with its old time', async () => {
    const run = deactivated(1, [ada], { actor: 'grace' });
    expect(await listed([])).toMatchObject([{ actor: 'grace' }]);
    const file = join(configDir, 'runs', `${run}.jsonl`);
    const { atime, mtime } = statSync(file);
    writeFileSync(file, readFileSync(file, 'utf8').replace('grace', 'lovel'));
    utimesSync(file, atime, mtime);
    expect(await listed([])).toMatchObject([{ actor: 'lovel' }]);
    rmSync(file);
    expect(await listed([])).toEqual([]);
    expect(readFileSync(indexFile(), 'utf8')).not.toContain('lovel');
  });

  test('is optional where it cannot be written', async () => {
    deactivated(1);
    mkdirSync(indexFile());
    expect(await ask(['-o', 'json'])).toMatchObject({ exitCode: 0, stderr: '' });
    rmSync(indexFile(), { recursive: true });
    chmodSync(join(configDir, 'runs'), 0o500);
    onTestFinished(() => chmodSync(join(configDir, 'runs'), 0o700));
    expect(await ask(['-o', 'json'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('stays whole when many processes write it at once', async () => {
    for (let index = 0; index < 40; index++)
      writeRun(configDir, {
        run: runName(`2026-03-14T09:15:${10 + index}.123Z`),
        head: { actor: `p${index}` },
      });
    const env = cleanEnv({ TWILIO_ORG_CONFIG_DIR: configDir });
    const all = await Promise.all(
      [1, 2, 3].map(() => runProgram(['runs', 'list', '--fields', 'actor'], { env })),
    );
    const wanted = Array.from({ length: 40 }, (_, index) => `p${39 - index}\n`).join('');
    for (const { stdout, stderr } of all) expect({ stdout, stderr }).toEqual({ stdout: wanted, stderr: '' });
    expect(Object.keys(JSON.parse(readFileSync(indexFile(), 'utf8')).runs)).toHaveLength(40);
  });

  test('hides no run beside an unreadable one, which is named each time', async () => {
    deactivated(1);
    const bad = deactivated(2);
    deactivated(3);
    writeFileSync(join(configDir, 'runs', `${bad}.jsonl`), 'garbage\nmore\n');
    for (let time = 0; time < 2; time++) {
      for (const args of [[], ['--user', ada.id]]) {
        const { stdout, stderr, exitCode } = await ask([...args, '-o', 'json']);
        expect(rows(stdout)).toHaveLength(2);
        expect(stderr.match(/warning: .*jsonl can't be used/g)).toHaveLength(1);
        expect(exitCode).toBe(0);
      }
    }
  });

  test('lets 10,000 runs be listed in a second of CPU time', async () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    for (let index = 0; index < 10_000; index++) {
      const user = madeUser(`US${String(index % 500).padStart(32, '0')}`, `person${index % 500}@example.com`);
      writeRun(configDir, {
        run: runName(new Date(start + index * 60_000).toISOString()),
        head: { actor: 'ada', verb: 'users deactivate', organization_sid: org },
        items: [{ row: { id: user.id }, steps: [{ do: 'update-user', user, fields: { active: false } }] }],
        done: [[0, 0]],
      });
    }
    await ask(['--fields', 'run']);
    const env = { TWILIO_ORG_CONFIG_DIR: configDir };
    const { stdout, cpuSeconds } = await measuredRun(['runs', 'list'], env);
    expect(stdout.trimEnd().split('\n')).toHaveLength(10_000);
    expect(cpuSeconds).toBeLessThan(2 * slowness());
    const person = await measuredRun(['runs', 'list', '--user', `US${'7'.padStart(32, '0')}`], env);
    expect(person.stdout.trimEnd().split('\n')).toHaveLength(20);
    expect(person.cpuSeconds).toBeLessThan(2 * slowness());
  });
});

test('each journal is opened once, and none that is in the index', async () => {
  const people = Array.from({ length: 300 }, (_, number) =>
    madeUser(`US${String(number).padStart(32, '0')}`, `person${number}@example.com`),
  );
  const runs = [deactivated(1), deactivated(2, people), deactivated(3, [bob])];
  chmodSync(join(configDir, 'runs', `${runs[2]}.jsonl`), 0o644);
  const large = statSync(join(configDir, 'runs', `${runs[1]}.jsonl`)).size;
  expect(large).toBeGreaterThan(maxInMemory);
  const report = join(configDir, 'opened.json');
  const preload = fileURLToPath(new URL('../../support/opened.cjs', import.meta.url));
  const env = { TWILIO_ORG_CONFIG_DIR: configDir, NODE_OPTIONS: requiring(preload), OPENED_FILE: report };
  async function opened(): Promise<string[]> {
    const { exitCode } = await runProgram(['runs', 'list'], { env });
    expect(exitCode).toBe(0);
    const files: string[] = JSON.parse(readFileSync(report, 'utf8'));
    return files.flatMap((file) => runs.find((run) => file.endsWith(`${run}.jsonl`)) ?? []);
  }
  expect(await opened()).toEqual(runs);
  // Its mode was corrected, so that one is read again.
  expect(await opened()).toEqual([runs[2]]);
  expect(await opened()).toEqual([]);
});

describe('a run in a list', () => {
  test('has its whole name on a terminal of 80 columns', async () => {
    const { call, file, lastRun, env } = await bulkWorld();
    await call(['users', 'import', file('in.csv', 'email\nkim@example.com\nlee@example.com\n')]);
    const terminal = openTerminal(process.execPath, [program, 'runs', 'list'], { env: cleanEnv(env) });
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toContain(`2 created  ${await lastRun()}\r\n`);
    terminal.close();
  });
});
