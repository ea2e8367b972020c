import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { canReadSnapshot, commandsOf } from '../../../src/cli/command-info.ts';
import { programInfo } from '../../../src/program.ts';
import { call, home, sandboxed, sent, userAt } from '../../support/cli.ts';
import { declaredDirectory, onePair } from '../../support/declared.ts';

const now = () => Date.parse('2026-11-27T10:00:00Z');

/** Calls of each command that reads the organization. USER and OTHER are SIDs, MAIL and NAME their address and name. */
const calls: Record<string, string[]> = {
  'users list': [
    '',
    '--search a',
    '--inactive',
    '--user-name MAIL',
    '--limit 2',
    '--external-id emp-00002',
    '--roles --sort displayName',
    '--roles --user-name MAIL',
    '--filter roles.role_name=Admin',
  ],
  'users get': ['USER', 'MAIL', 'external:emp-00002', `US${'0'.repeat(32)}`, 'nobody@example.com'],
  'users export': ['', '--active'],
  'roles list': [
    '',
    '--permissions',
    '--search admin',
    '--product-group billing',
    '--resource-type sip_trunk',
  ],
  'roles get': ['Developer', 'nothing'],
  'role-assignments list': [
    '',
    '--names',
    '--user MAIL',
    '--user USER --user OTHER',
    '--user MAIL --user USER --names',
    '--scope org --role Admin',
    '--resource-type sip_trunk',
    '--scope SCOPE',
  ],
  'role-assignments export': ['', '--scope org', '--user MAIL'],
  'access diff': ['USER OTHER', 'MAIL OTHER --all', 'USER OTHER --exit-code'],
  'access plan': ['GIVES', 'GIVES --exit-code', 'EMPTIES', 'EMPTIES --allow-empty', 'WRONG'],
  'access drift': ['GIVES', 'EMPTIES --exit-code', 'WRONG'],
  'access who': [
    '--role Admin',
    '--role Admin --scope SCOPE',
    '--can /twilio/messaging/services/read --scope org',
  ],
  'access lint': ['', '--exit-code', '--all'],
  'access matrix': ['', '--rows roles --scope org --names', '--columns roles --role Developer'],
  'access explain': [
    'MAIL',
    'USER --can /twilio/messaging/services/read',
    'MAIL --can /twilio/* --scope org',
  ],
};

const commands = commandsOf(await programInfo());
const reading = commands.filter(canReadSnapshot).map(({ name }) => name);

async function world(options = {}) {
  const config = mkdtempSync(join(home, 'config-'));
  const { sandbox, env, call: live } = await sandboxed({ users: 15, ...options });
  const user = userAt(sandbox, 1);
  const words: Record<string, string> = {
    USER: user.id,
    MAIL: user.userName,
    OTHER: userAt(sandbox, 2).id,
    SCOPE: sandbox.state.accounts[0]?.sid ?? '',
    GIVES: declaredDirectory({ 'a.yaml': onePair('Support', 'org', user.userName) }),
    EMPTIES: declaredDirectory({ 'a.yaml': onePair('Developer', sandbox.state.accounts[0]?.sid ?? '') }),
    WRONG: declaredDirectory({ 'a.yaml': onePair('Nothing', 'org', 'nobody@example.com') }),
  };
  const filled = (line: string) =>
    line
      .split(' ')
      .filter(Boolean)
      .map((word) => words[word] ?? word);
  const take = async (...flags: string[]) => {
    const { exitCode } = await live(['snapshots', 'take', ...flags], {
      now,
      env: { TWILIO_ORG_CONFIG_DIR: config },
    });
    expect(exitCode).toBe(0);
    sandbox.requests.length = 0;
  };
  /** Without a login, and with nothing at the address of the API. */
  const at = (args: readonly string[], columns?: number) =>
    call([...args, '--at', 'last'], {
      env: { TWILIO_ORG_CONFIG_DIR: config, TWILIO_ORG_API_URL: undefined },
      columns,
      now: () => now() + 90 * 86_400_000,
    });
  return { sandbox, env, live, take, at, filled, config };
}

test('each command that reads the organization is in the table', () => {
  expect(Object.keys(calls).sort()).toEqual(reading.toSorted());
});

test('each command that reads the organization has --at, but for those about the present', () => {
  const isReading = ({ effect, scopes }: (typeof commands)[number]) =>
    effect === 'reads' && typeof scopes === 'object';
  const others = commands.filter((command) => isReading(command) && !canReadSnapshot(command));
  // The first opens the Console, the second names its snapshots itself.
  expect(others.map(({ name }) => name).sort()).toEqual(['open', 'snapshots diff']);
});

describe.each(reading)('%s --at', (command) => {
  it('prints byte for byte what it printed when the snapshot was taken', async () => {
    const { live, take, at, filled, sandbox } = await world();
    await take();
    const outcomes = [];
    for (const line of calls[command] ?? []) {
      for (const format of ['table', 'json', 'jsonl', 'csv', 'tsv', 'terminal']) {
        const columns = format === 'terminal' ? 120 : undefined;
        const flags = format === 'terminal' ? [] : ['-o', format];
        const args = [...command.split(' '), ...filled(line), ...flags];
        const before = sandbox.requests.length;
        const expected = await live(args, { now, columns });
        const count = sandbox.requests.length;
        // A question reads nothing twice.
        const read = sandbox.requests
          .slice(before)
          .map(({ path, query }) => `${path} ${JSON.stringify(query)}`);
        expect({ args, read }).toEqual({ args, read: [...new Set(read)] });
        const found = await at(args, columns);
        expect({ args, stdout: found.stdout, exitCode: found.exitCode }).toEqual({
          args,
          stdout: expected.stdout,
          exitCode: expected.exitCode,
        });
        // Errors and notes as well, after the line that says which snapshot it is.
        const [source, ...others] = found.stderr.split('\n');
        expect(source).toMatch(/^From snapshot \S+ of OR\w+, taken 2026-11-27 10:00 UTC$/);
        if (!format.startsWith('json'))
          expect(others.join('\n')).toBe(expected.stderr.replace(/, request RQ\w+/, ''));
        expect(sent(sandbox).slice(count)).toEqual([]);
        outcomes.push(found.exitCode);
      }
    }
    expect(outcomes).toContain(0);
  });
});

describe('--at', () => {
  it('is no flag of what changes something, and of what is about the present', async () => {
    for (const line of [
      'users deactivate a@example.com',
      'open users',
      'snapshots take',
      'runs list',
      'api GET /x',
    ]) {
      const { exitCode, stderr } = await call([...line.split(' '), '--at', 'last']);
      expect([line, exitCode, stderr]).toEqual([line, 2, expect.stringContaining('--at')]);
    }
  });

  it('shows users by SID where the snapshot has no personal data, and says so', async () => {
    const { take, at, sandbox } = await world();
    await take('--without-personal-data');
    const list = await at(['users', 'list', '--limit', '1']);
    const { id } = userAt(sandbox, 0);
    expect(list.stdout).toBe(`${id}\t${id}\t\ttrue\n`);
    expect(list.stderr).toContain(
      'This snapshot has no names or addresses of users: their SIDs stand in their place\n',
    );
    const get = await at(['users', 'get', userAt(sandbox, 1).userName]);
    expect(get.exitCode).toBe(2);
    expect(get.stderr).toContain(
      'This snapshot has no names or addresses, so users can only be named by SID',
    );
    expect((await at(['users', 'get', id])).exitCode).toBe(0);
  });

  it('works from a directory without any configuration', async () => {
    const { live, filled } = await world();
    const out = mkdtempSync(join(home, 'out-'));
    const { stdout } = await live(['snapshots', 'take', '--out', out]);
    const directory = join(out, stdout.split('\t')[0] ?? '');
    const args = ['role-assignments', 'list', '--scope', 'org', '--names', '-o', 'table'];
    const expected = await live(filled(args.join(' ')));
    const found = await call([...args, '--at', directory], {
      env: { TWILIO_ORG_CONFIG_DIR: undefined, HOME: undefined },
      homeFolder: '',
    });
    expect(found).toMatchObject({ stdout: expected.stdout, exitCode: 0 });
  });

  it('refuses a snapshot of which a list was changed', async () => {
    const { live } = await world();
    const out = mkdtempSync(join(home, 'out-'));
    const { stdout } = await live(['snapshots', 'take', '--out', out]);
    const directory = join(out, stdout.split('\t')[0] ?? '');
    const { appendFileSync } = await import('node:fs');
    appendFileSync(join(directory, 'users.jsonl.gz'), '\n');
    const found = await call(['users', 'list', '--at', directory]);
    expect([found.stdout, found.exitCode]).toEqual(['', 1]);
    expect(found.stderr).toContain("users.jsonl.gz can't be used: it was changed after it was written");
  });

  it('answers where the organization lists role assignments only with a filter', async () => {
    const { take, at, sandbox } = await world({ requireAssignmentFilter: true });
    await take();
    const { stdout } = await at(['role-assignments', 'list']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(sandbox.state.assignments.length);
  });
});
