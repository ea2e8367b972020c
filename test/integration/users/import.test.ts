import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, onTestFinished, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { cleanEnv, program, sent, userAt, userNow, writes } from '../../support/cli.ts';
import { openTerminal } from '../../support/pty.ts';

describe('users import', () => {
  test('creates missing users, changes different ones, keeps the rest, and gives roles', async () => {
    const { sandbox, run, file } = await bulkWorld();
    const [same, differs] = [userAt(sandbox, 2), userAt(sandbox, 1)];
    const input = file(
      'people.csv',
      `email,givenName,displayName,role,scope\nnew@example.com,Ada,,Developer,org\n${differs.userName.toUpperCase()},,Somebody else,,\n${same.userName},${same.name?.givenName},,,\n`,
    );
    const { stdout, stderr, exitCode } = await run(['users', 'import', input, '-o', 'json']);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['created', 'changed', 'unchanged']);
    expect(stderr).toContain('1 created, 1 changed, 1 unchanged, 0 failed, 0 not tried: 3 in all');
    expect(exitCode).toBe(0);
    const made = [...sandbox.state.users.all()].find(({ userName }) => userName === 'new@example.com');
    expect(sandbox.state.assignments.filter(({ identity }) => identity === made?.id)).toHaveLength(1);
    // An empty cell leaves a field as it is.
    expect(userNow(sandbox, differs)).toMatchObject({ displayName: 'Somebody else', name: differs.name });
    expect(userNow(sandbox, same)).toEqual(same);
  });

  test.each<[string, string]>([
    ['a byte order mark and CRLF', '\ufeffemail,givenName\r\na@example.com,Ada\r\n'],
    ['semicolons', 'email;givenName\na@example.com;Ada\n'],
    ['tabs', 'email\tgivenName\na@example.com\tAda\n'],
    ['another order of columns', 'givenName,email\nAda,a@example.com\n'],
    ['names that people give', 'First name,E-Mail Address\nAda,a@example.com\n'],
    ['user_name for the address', 'user_name,given_name\na@example.com,Ada\n'],
    ['empty lines and no end of line', 'email,givenName\n\na@example.com,Ada'],
    ['JSON lines', '{"email":"a@example.com","givenName":"Ada"}\n'],
    [
      'JSON lines as users list writes them',
      '{"id":"x","userName":"a@example.com","name":{"givenName":"Ada"},"emails":[],"meta":{"version":"W/1"}}\n',
    ],
    ['a JSON array', '[{"email":"a@example.com","givenName":"Ada"}]'],
  ])('reads %s', async (_, text) => {
    const { sandbox, call } = await bulkWorld({ users: 3 });
    const { exitCode, stderr } = await call(['users', 'import', '-'], {}, text);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('1 created') });
    const made = [...sandbox.state.users.all()].find(({ userName }) => userName === 'a@example.com');
    expect(made?.name).toEqual({ givenName: 'Ada' });
  });

  test('reads a file of one column, and line breaks within quotes', async () => {
    const { call, sandbox } = await bulkWorld({ users: 3 });
    await call(['users', 'import', '-'], {}, 'email\na@example.com\nb@example.com\n');
    await call(['users', 'import', '-'], {}, 'email,displayName\na@example.com,"two\r\nlines"\n');
    const all = [...sandbox.state.users.all()];
    expect(all.find(({ userName }) => userName === 'a@example.com')?.displayName).toBe('two\r\nlines');
    expect(all.find(({ userName }) => userName === 'b@example.com')?.active).toBe(true);
  });

  test('names every error with line and column at once, before any change', async () => {
    const { sandbox, call } = await bulkWorld();
    const text = `email,active,role,scope,externalId\n"two\nlines",,,,\nok@example.com,maybe,,,\nOK@example.com,,,,\nc@example.com,,Developer,,\nd@example.com,,Developer,mars,\ne@example.com,,,,x\n,yes,,,\nf@example.com,,,,,x\n`;
    const { stdout, stderr, exitCode } = await call(['users', 'import', '-'], {}, text);
    expect({ stdout, exitCode, writes: writes(sandbox) }).toEqual({ stdout: '', exitCode: 2, writes: [] });
    expect(stderr.split('\n')).toEqual([
      'line 2, email: this is not an e-mail address',
      'line 4, active: "maybe" is neither true nor false',
      expect.stringMatching(/^line 5, email: already in line 4\./),
      'line 6: a role needs a scope',
      expect.stringMatching(/^line 7, scope: "mars" is not a scope/),
      'line 8, externalId: it must have 2 to 255 characters',
      'line 9, email: a value is required',
      'line 10: 6 cells, but the header has 5',
      'error: standard input has 8 errors, so nothing was changed: they are listed above',
      'Correct the input, then run the same command again. For roles, add a column scope with org, or the SID or name of an account, or give the roles with a template: twilio-org users onboard --help',
      '',
    ]);
  });

  test.each([
    [
      'an unknown column',
      'email,shoe size\n',
      /line 1: unknown column "shoe size"\. Known columns: email, givenName/,
    ],
    ['two columns that disagree', 'email,mail\na@x.com,b@x.com\n', /line 2, mail: .* both mean email/],
    ['nothing at all', '', /standard input is empty/],
    ['no closing quote', 'email\n"a@example.com\n', /quote/],
    ['a row that is no object', '{"email":"a@example.com"}\n7\n', /line 2: not a JSON object/],
    [
      'a role that there is not',
      'email,role,scope\na@example.com,Develoooper,org\n',
      /line 2, role: there is no role Develoooper/,
    ],
  ])('refuses %s', async (_, text, message) => {
    const { sandbox, call } = await bulkWorld();
    const { stderr, exitCode } = await call(['users', 'import', '-'], {}, text);
    expect(stderr).toMatch(message);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 2, writes: [] });
  });

  test('refuses a file that is not UTF-8 and a missing file', async () => {
    const { call, path, file } = await bulkWorld();
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file('latin.csv', ''), Buffer.from('email,givenName\na@example.com,J\xf6rg\n', 'latin1'));
    expect(await call(['users', 'import', path('latin.csv')])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('not UTF-8'),
    });
    expect(await call(['users', 'import', path('none.csv')])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there is no such file'),
    });
  });

  test('creates or changes only, with --create-only and --update-only', async () => {
    const { sandbox, call } = await bulkWorld();
    const user = userAt(sandbox, 1);
    const text = `email,displayName\nnew@example.com,New\n${user.userName},Changed\n`;
    const only = async (flag: string) =>
      rows((await call(['users', 'import', '-', flag, '-o', 'json'], {}, text)).stdout);
    expect((await only('--update-only')).map(({ outcome }) => outcome)).toEqual(['unchanged', 'changed']);
    expect((await only('--create-only')).map(({ outcome }) => outcome)).toEqual(['created', 'unchanged']);
    expect(userNow(sandbox, user).displayName).toBe('Changed');
  });

  test('that deactivates users needs --yes without a terminal, before anything is sent', async () => {
    const { sandbox, call } = await bulkWorld();
    const user = userAt(sandbox, 1);
    const text = `email,active\n${user.userName},false\n`;
    expect((await call(['users', 'import', '-'], {}, text)).exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
    expect((await call(['users', 'import', '-', '--yes'], {}, text)).exitCode).toBe(0);
    expect(userNow(sandbox, user).active).toBe(false);
  });

  test('writes every row with outcome, SID and reason to --results, which can be imported again', async () => {
    const { sandbox, call, file, path } = await bulkWorld();
    const text = 'Mail,First Name\na@example.com,Ada\nb@not-verified.example,Bob\nc@example.com,=1+1\n';
    const { exitCode } = await call(['users', 'import', file('in.csv', text), '--results', path('out.csv')]);
    expect(exitCode).toBe(3);
    const results = readFileSync(path('out.csv'), 'utf8');
    const [first, second, third] = parse(results, { columns: true }) as Record<string, string>[];
    expect(first).toMatchObject({
      Mail: 'a@example.com',
      'First Name': 'Ada',
      outcome: 'created',
      sid: expect.stringMatching(/^US/),
    });
    expect(second).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/domain/i) });
    expect(third?.['First Name']).toBe("'=1+1");
    const before = writes(sandbox).length;
    const again = await call(['users', 'import', path('out.csv'), '-o', 'json']);
    expect(rows(again.stdout).map(({ outcome }) => outcome)).toEqual(['unchanged', 'failed', 'unchanged']);
    expect(writes(sandbox)).toHaveLength(before + 1);
  });

  test('gives no advice about one failure when rows failed for several reasons', async () => {
    const { call, file } = await bulkWorld();
    const failing = async (...emails: string[]) => {
      const input = file('in.csv', `email,givenName\n${emails.join('\n')}\n`);
      return (await call(['users', 'import', input])).stderr;
    };
    expect(await failing('a@unverified.invalid,Ada', 'b@unverified.invalid,Bea')).not.toContain(
      'The list above',
    );
    const stderr = await failing('a@unverified.invalid,Ada', 'b@example.com,B');
    expect(stderr).toContain('The list above has the result of each. Resume with: ');
    expect(stderr).not.toMatch(/domain|given name/);
  });

  test('prints the plan and only reads with --dry-run', async () => {
    const { sandbox, call } = await bulkWorld();
    const args = ['users', 'import', '-', '--dry-run', '-o', 'json'];
    const { stdout } = await call(args, {}, 'email,role,scope\na@example.com,Developer,org\n');
    expect(rows(stdout).map(({ method, change }) => [method, change])).toEqual([
      ['POST', 'create a@example.com'],
      ['POST', 'give role Developer in org'],
    ]);
    expect(writes(sandbox)).toEqual([]);
  });
});

describe('the plan that is shown before the question', () => {
  const asked = async (world: Awaited<ReturnType<typeof bulkWorld>>, args: string[]) => {
    const terminal = openTerminal(process.execPath, [program, ...args], { env: cleanEnv(world.env) });
    onTestFinished(() => terminal.close());
    await terminal.waitFor('Continue?');
    terminal.type('n\r');
    expect(await terminal.exited).toBe(130);
    expect(writes(world.sandbox)).toEqual([]);
    return terminal.text();
  };

  test('names the role and the user, and uses the singular for one', async () => {
    const world = await bulkWorld();
    const [there] = [userAt(world.sandbox, 1)];
    const rows = `email,role,scope\na@example.com,,\n${there.userName},Developer,org\n`;
    const text = await asked(world, ['users', 'import', world.file('in.csv', rows)]);
    expect(text).toContain('1 user to create; Twilio sends them a welcome e-mail');
    expect(text).toContain('1 role to give');
    expect(text).toContain('+ Role: Developer in org');
  });

  test('says how many users can no longer sign in, also among many changes', async () => {
    const world = await bulkWorld();
    const [leaves, stays] = [userAt(world.sandbox, 1), userAt(world.sandbox, 2)];
    const rows = `email,active,displayName\n${leaves.userName},false,\n${stays.userName},,Another name\n`;
    const text = await asked(world, ['users', 'import', world.file('in.csv', rows)]);
    expect(text).toContain('2 users to change');
    expect(text).toContain('1 user can no longer sign in');
  });

  test('has the totals right above the question, below a long list', async () => {
    const world = await bulkWorld();
    const emails = Array.from({ length: 30 }, (_, index) => `a${index}@example.com,Developer,org`);
    const file = world.file('in.csv', `email,role,scope\n${emails.join('\n')}\n`);
    const text = await asked(world, ['users', 'import', file]);
    const places = [
      'a0@example.com  (line 2)',
      'and 10 more items',
      '30 users to create',
      '30 roles to give',
      'With credentials',
    ].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test('names the users and the roles that are taken away', async () => {
    const world = await bulkWorld();
    const user = userAt(world.sandbox, 1);
    world.sandbox.state.assignments.push({
      ...{
        sid: `IY${'1'.repeat(32)}`,
        role_sid: `IX${'0'.repeat(29)}102`,
        scope: world.sandbox.organizationSid,
      },
      ...{ identity: user.id, resource_type: null, resource_id: null, order: 100_000 },
    });
    const text = await asked(world, ['users', 'offboard', user.userName]);
    expect(text).toContain('- Role: Admin in org');
    expect(text).toContain('1 user to change');
  });

  test('fits a terminal of 80 columns in a dry run', async () => {
    const world = await bulkWorld();
    const user = userAt(world.sandbox, 1);
    const args = ['users', 'offboard', user.userName, '--dry-run'];
    const terminal = openTerminal(process.execPath, [program, ...args], { env: cleanEnv(world.env) });
    onTestFinished(() => terminal.close());
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toContain('- Status: Active → Inactive');
    expect(terminal.text()).toContain('Dry run: nothing was changed. It would make');
  });

  test('shows SIDs where the login may not list roles', async () => {
    const world = await bulkWorld();
    const [model, fresh] = [userAt(world.sandbox, 0), userAt(world.sandbox, 1)];
    const TWILIO_ORG_API_URL = await between(world.sandbox.apiUrl, ({ path }) =>
      path.includes('/Roles?') ? '403 before' : undefined,
    );
    const args = ['access', 'copy', '--from', model.id, '--to', fresh.id, '--dry-run'];
    const { stdout, stderr } = await world.call(args, { TWILIO_ORG_API_URL });
    expect(stderr).toMatch(/^Dry run: nothing was changed/);
    expect(stdout).toMatch(/give role IX[0-9a-f]{32} in /);
  });
});

test('users import accepts the usual words for active and inactive', async () => {
  const { call, sandbox } = await bulkWorld({ users: 10 });
  const [active, inactive] = [userAt(sandbox, 1), userAt(sandbox, 7)];
  const wanted = async ({ userName }: { userName: string }, words: string[]) => {
    const found = [];
    for (const word of words) {
      const text = `email,active\n${userName},${word}\n`;
      const { stdout } = await call(['users', 'import', '-', '-n', '-o', 'json'], {}, text);
      found.push(rows(stdout).map(({ change }) => change));
    }
    return found;
  };
  const out = ['false', 'FALSE', 'no', 'n', '0', 'inactive'];
  const back = ['true', 'Yes', 'y', '1', 'active'];
  expect(await wanted(active, out)).toEqual(out.map(() => [`deactivate ${active.userName}`]));
  expect(await wanted(active, back)).toEqual(back.map(() => []));
  expect(await wanted(inactive, back)).toEqual(back.map(() => [`activate ${inactive.userName}`]));
});
