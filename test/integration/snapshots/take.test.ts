import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { home, call as inProcess, sandboxed, sent } from '../../support/cli.ts';

/** A sandbox, with a configuration directory of its own. */
async function world(users = 5) {
  const config = mkdtempSync(join(home, 'config-'));
  const { sandbox, env, call } = await sandboxed({ users });
  const inConfig = (args: readonly string[], more = {}) =>
    call(args, { env: { TWILIO_ORG_CONFIG_DIR: config, ...more } });
  const dir = join(config, 'snapshots', sandbox.organizationSid);
  return { sandbox, env, call: inConfig, config, dir };
}

describe('snapshots take', () => {
  it('saves the organization, and says what it saved', async () => {
    const { call, dir, sandbox } = await world();
    const { stdout, stderr, exitCode } = await call(['snapshots', 'take', '-o', 'json']);
    const row = JSON.parse(stdout);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(row).toMatchObject({
      users: 5,
      role_assignments: sandbox.state.assignments.length,
      personal_data: true,
      organization_sid: sandbox.organizationSid,
      api_url: sandbox.apiUrl,
      previous: null,
    });
    expect(readdirSync(dir)).toEqual([row.snapshot]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const list = await call(['snapshots', 'list', '-o', 'json']);
    expect(JSON.parse(list.stdout)).toEqual([row]);
    expect(JSON.parse((await call(['snapshots', 'show', '-o', 'json'])).stdout)).toEqual(row);
  });

  it('reads each page once, the users twice, and the roles in both forms', async () => {
    const { call, sandbox } = await world();
    await call(['snapshots', 'take']);
    expect(sent(sandbox)).toEqual([
      'GET /scim/v2/Users',
      'GET /v2/Organizations/Roles',
      'GET /v2/Organizations/Roles',
      'GET /v2/Organizations/RoleAssignments',
      'GET /scim/v2/Users',
    ]);
  });

  it('puts it where --out says, and leaves the mode of that directory alone', async () => {
    const { call, config } = await world();
    const out = mkdtempSync(join(home, 'out-'), { encoding: 'utf8' });
    const { chmodSync } = await import('node:fs');
    chmodSync(out, 0o755);
    const { stdout } = await call(['snapshots', 'take', '--out', out, '-o', 'json']);
    const { snapshot } = JSON.parse(stdout);
    expect(readdirSync(out)).toEqual([snapshot]);
    expect(statSync(out).mode & 0o777).toBe(0o755);
    expect(readdirSync(config)).not.toContain('snapshots');
    const { exitCode } = await call(['snapshots', 'verify', join(out, snapshot)]);
    expect(exitCode).toBe(0);
  });

  it('keeps nothing with --if-changed when nothing has changed', async () => {
    const { call, dir } = await world();
    await call(['snapshots', 'take']);
    const [first] = readdirSync(dir);
    const { stderr, stdout } = await call(['snapshots', 'take', '--if-changed']);
    expect(stderr).toBe(`Nothing has changed since ${first}: that snapshot is kept\n`);
    expect(stdout.split('\t')[0]).toBe(first);
    expect(readdirSync(dir)).toEqual([first]);
  });

  it('reads and writes nothing in a dry run', async () => {
    const { call, config, sandbox } = await world();
    const { stderr } = await call(['snapshots', 'take', '--dry-run']);
    expect(stderr).toMatch(/^Dry run: a snapshot of OR\w+ would be saved in /);
    expect(sent(sandbox)).toEqual([]);
    expect(readdirSync(config)).toEqual([]);
  });

  test('without a known organization is refused before any request', async () => {
    const { call, sandbox } = await world();
    const env = { TWILIO_ORG_ORGANIZATION_SID: undefined, TWILIO_ORG_ACCESS_TOKEN: 'canary.y.z' };
    const { stderr, exitCode } = await call(['snapshots', 'take'], env);
    expect(stderr).toBe(
      'error: The SID of the organization is unknown, and a snapshot names it\n' +
        'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…\n',
    );
    expect([exitCode, sent(sandbox)]).toEqual([2, []]);
  });

  it('leaves no snapshot when a page fails', async () => {
    const { call, dir } = await world();
    const token = (await sandboxed()).sandbox.issueToken({ scopes: ['managed-users/list'] });
    const { exitCode } = await call(['snapshots', 'take'], { TWILIO_ORG_ACCESS_TOKEN: token });
    expect(exitCode).not.toBe(0);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('snapshots verify', () => {
  it('passes for whole snapshots, and names a file of which a byte was changed', async () => {
    const { call, dir } = await world();
    await call(['snapshots', 'take']);
    await call(['snapshots', 'take']);
    const [first = '', second = ''] = readdirSync(dir);
    expect((await call(['snapshots', 'verify'])).stdout).toBe(
      `${first}\twhole\tnone\t[]\t[]\n${second}\twhole\tsame\t[]\t[]\n`,
    );
    const file = join(dir, second, 'roles.jsonl.gz');
    const bytes = readFileSync(file);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { stderr, exitCode } = await call(['snapshots', 'verify']);
    expect(stderr).toBe(
      `error: 1 snapshot of 2 can't be trusted: ${file} can't be used: it was changed after it was written\n` +
        'Restore them from a backup. Do not use them as evidence\n',
    );
    expect(exitCode).toBe(1);
    expect((await call(['snapshots', 'verify', first])).exitCode).toBe(0);
  });
});

describe('the name of a snapshot', () => {
  test.each([
    ['last', 6, 'There is no snapshot of this organization here'],
    ['2026-02-30', 2, '"2026-02-30" is not a snapshot'],
    ['20260101-000000000-0000', 6, 'There is no snapshot 20260101-000000000-0000'],
    ['nowhere', 2, '"nowhere" is not a snapshot'],
  ])('%s ends with exit code %i where there is none', async (name, code, message) => {
    const { call } = await world();
    const { stderr, exitCode } = await call(['snapshots', 'show', name]);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([code, `error: ${message}`]);
  });

  test.each([
    ['20260101-000000000-0000', 6],
    ['nowhere', 2],
    ['latest', 2],
    ['last', 6],
    ['yesterday', 6],
    ['7d', 6],
  ])('%s says that there is none yet, and which command takes one', async (name, code) => {
    const { call } = await world();
    const listed = await call(['users', 'list', '--at', name]);
    expect([listed.exitCode, listed.stdout]).toEqual([code, '']);
    expect(listed.stderr).toMatch(
      /(?:is|are) no snapshots? of this organization here|are no snapshots on this machine/,
    );
    expect(listed.stderr).toContain('To take one: twilio-org snapshots take\n');
    await call(['snapshots', 'take']);
    const then = await call(['users', 'list', '--at', name]);
    expect(then.stderr).not.toContain('To take one');
    expect(then.exitCode).toBe(name === 'last' ? 0 : code);
  });

  test('may be written in any case, and a word like it leads to it', async () => {
    const { call } = await world();
    await call(['snapshots', 'take']);
    expect((await call(['snapshots', 'show', 'LAST'])).exitCode).toBe(0);
    expect((await call(['snapshots', 'show', 'latest'])).stderr).toContain('Did you mean last? Give the id');
  });

  test('may be a day, which stands for the last one before its end', async () => {
    const { call, dir } = await world();
    await call(['snapshots', 'take']);
    await call(['snapshots', 'take']);
    const [, second] = readdirSync(dir);
    const show = async (name: string) => (await call(['snapshots', 'show', name])).stdout.split('\t')[0];
    expect([await show('today'), await show('last'), await show(second ?? '')]).toEqual([
      second,
      second,
      second,
    ]);
    const before = await call(['snapshots', 'show', '2020-01-01']);
    expect(before.stderr).toMatch(/^error: There is no snapshot from 2020-01-01 or before\nThe first is of /);
    expect(before.exitCode).toBe(6);
  });

  test('of a directory of several leads to the last of them', async () => {
    const { call, dir } = await world();
    await call(['snapshots', 'take']);
    const { stderr, exitCode } = await call(['snapshots', 'show', dir]);
    expect(stderr).toContain(`Name one of them, such as the last: ${join(dir, readdirSync(dir)[0] ?? '')}`);
    expect(exitCode).toBe(2);
  });
});

test.each([
  [80, 'no names'],
  [120, 'no names'],
  [140, 'without personal data'],
])('snapshots list on a terminal of %i columns has one line for each snapshot', async (columns, note) => {
  const { call, env, config } = await world();
  await call(['snapshots', 'take']);
  await call(['snapshots', 'take', '--without-personal-data']);
  const { stdout } = await inProcess(['snapshots', 'list'], {
    env: { ...env, TWILIO_ORG_CONFIG_DIR: config },
    columns,
    now: () => Date.now() + 40 * 60_000,
  });
  const [head = '', ...lines] = stripVTControlCharacters(stdout).trimEnd().split('\n');
  expect(head).toMatch(/^Taken .* Snapshot$/);
  expect(lines).toHaveLength(2);
  for (const line of [head, ...lines]) expect(line.length).toBeLessThanOrEqual(columns);
  for (const line of lines) expect(line).toContain(' minutes ago');
  expect(lines[0]).toContain(note);
});
