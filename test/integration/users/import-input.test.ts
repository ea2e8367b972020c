import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { cleanEnv, program, userAt, writes } from '../../support/cli.ts';

/** The errors reported for an input, one a line. */
async function faultsIn(input: string | Buffer): Promise<string[]> {
  const { sandbox, call, file } = await bulkWorld({ users: 3 });
  const name = file('input', '');
  writeFileSync(name, input);
  const { stdout, stderr, exitCode } = await call(['users', 'import', name]);
  expect({ stdout, exitCode, writes: writes(sandbox) }).toEqual({ stdout: '', exitCode: 2, writes: [] });
  return stderr.split('\n').flatMap((line) => /(?:^|: )(line \d+.*)/.exec(line)?.[1] ?? []);
}

describe('errors in the input of users import', () => {
  test('list other errors beside a bad quote', async () => {
    const text = 'email,givenName\nbad,x\na@example.com,Ada "C" King\nworse,y\n"c@example.com" x,z\nlost,z\n';
    expect(await faultsIn(text)).toEqual([
      'line 2, email: this is not an e-mail address',
      expect.stringMatching(/^line 3: a quote inside a cell/),
      'line 4, email: this is not an e-mail address',
      expect.stringMatching(/^line 5: text after a closing quote.* were not checked$/),
    ]);
  });

  test('name the SIDs of roles that share a name', async () => {
    const { call } = await bulkWorld({ users: 3 });
    const text = 'email,role,scope\na@example.com,Viewer,org\n';
    const { stderr, exitCode } = await call(['users', 'import', '-'], {}, text);
    expect(stderr).toMatch(
      /line 2, role: 2 roles are named Viewer\. Use the SID of one: .*IX0+106 \(general\), IX0+304 \(billing\)\n/,
    );
    expect(exitCode).toBe(2);
  });

  test('point to the line where an unclosed quote begins', async () => {
    const text =
      'email,givenName\na@example.com,x\n\nb@example.com,"oops\nc@example.com,x\nd@example.com,y\n';
    expect(await faultsIn(text)).toEqual(['line 4: a quote is not closed']);
  });

  test('report only the header when the first line is none', async () => {
    expect(await faultsIn('em"ail,x\nbad,y\n')).toEqual([
      expect.stringMatching(/^line 1: a quote inside a cell/),
    ]);
    expect(await faultsIn('givenName\nAda\nGrace\n')).toEqual(['line 1: there is no column email']);
  });

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('count lines as an editor does, with %s inside quotes too', async (_, end) => {
    const text = ['email,displayName', 'a@example.com,"x', 'y"', 'bad,z', '"c d",y', ''].join(end);
    expect(await faultsIn(text)).toEqual([
      'line 4, email: this is not an e-mail address',
      'line 5, email: this is not an e-mail address',
    ]);
  });

  test('list errors in rows beside an unknown column', async () => {
    expect(await faultsIn('email,metadata\nbad,x\n')).toEqual([
      expect.stringMatching(/^line 1: unknown column "metadata"/),
      'line 2, email: this is not an e-mail address',
    ]);
  });

  test('skip a row of empty cells but count its line', async () => {
    expect(
      await faultsIn(';;\nemail;givenName;\na@example.com;Ada;\n;;\n ; ;" "\n;;;;\nbad;x;\n;x;\n'),
    ).toEqual(['line 7, email: this is not an e-mail address', 'line 8, email: a value is required']);
  });

  test('reject several addresses in a cell, and an address with a name', async () => {
    const text =
      'email\na@example.com;b@example.com\na@example.com;Ada\n<a@example.com>\n"a@example.com,Ada"\n';
    expect(await faultsIn(text)).toEqual([
      'line 2, email: this is not an e-mail address, but several',
      'line 3, email: this is not an e-mail address',
      'line 4, email: this is not an e-mail address: give the address alone, without a name and angle brackets',
      'line 5, email: this is not an e-mail address',
    ]);
  });

  test('reject a column without a name unless it is empty', async () => {
    expect(await faultsIn('email,givenName,\na@example.com,x,\nb@example.com,x,y\n')).toEqual([
      'line 3, column 3: the column has no name in the header',
    ]);
  });

  test.each([
    ['CSV', 'email,givenName\na@example.com,x\nb@example.com,J\xf6rg\nbad,x\n', 3],
    [
      'JSON lines',
      '{"email":"a@example.com"}\n{"email":"b@example.com","givenName":"J\xf6rg"}\n{"email":"bad"}\n',
      2,
    ],
    ['a JSON array', '[{"email":"b@example.com","givenName":"J\xf6rg"},\n{"email":"bad"}]', 1],
  ])('name line and column of %s that is not UTF-8', async (_, text, line) => {
    expect(await faultsIn(Buffer.from(text, 'latin1'))).toEqual([
      expect.stringContaining(`line ${line}, givenName: not UTF-8`),
      `line ${line + 1}, email: this is not an e-mail address`,
    ]);
  });

  test('call a directory a directory', async () => {
    const { call, configDir } = await bulkWorld({ users: 3 });
    const { stderr, exitCode } = await call(['users', 'import', configDir]);
    expect(stderr).toMatch(/^error: .* can't be read: it is a directory\n/);
    expect(exitCode).toBe(2);
  });

  test.each(['--results', '--plan-out'])(
    'name a missing directory of users import %s before anything is read',
    async (flag) => {
      const { call, sandbox, file, path } = await bulkWorld({ users: 3 });
      const input = file('in.csv', 'email\na@example.com\n');
      const { stderr, exitCode } = await call(['users', 'import', input, flag, path('none/out')]);
      expect(stderr).toMatch(
        /^error: Cannot write .*: a directory in its path is missing\nCreate the directory, /,
      );
      expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 1, writes: [] });
    },
  );

  const wide = Buffer.from('email\na@example.com\n', 'utf16le');
  test.each([
    ['UTF-16', 'with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), wide])],
    ['UTF-16', 'without one', wide],
    ['UTF-16', 'with its bytes the other way round', Buffer.from(wide).swap16()],
    ['a workbook', 'of today', Buffer.from('PK\x03\x04\x14\0\x06\0', 'latin1')],
    ['a workbook', 'of old', Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1', 'latin1')],
  ])('name the encoding of %s %s', async (kind, _, bytes) => {
    const { sandbox, call, path } = await bulkWorld({ users: 3 });
    writeFileSync(path('input'), bytes);
    const { stderr, exitCode } = await call(['users', 'import', path('input')]);
    expect({ stderr, exitCode, writes: writes(sandbox) }).toEqual({
      stderr: expect.stringContaining(`input is ${kind}`),
      exitCode: 2,
      writes: [],
    });
  });

  test('reject a NUL', async () => {
    expect(await faultsIn('email,giv\0en name\nb\0@example.com,x\0y\nbad,x\n')).toEqual([
      expect.stringMatching(/^line 1, giv.*en name: contains a NUL/),
      expect.stringMatching(/^line 2, email: contains a NUL/),
      expect.stringMatching(/^line 2, giv.*en name: contains a NUL/),
      'line 3, email: this is not an e-mail address',
    ]);
    expect(await faultsIn('{"email":"a@example.com","givenName":"x\\u0000y"}\n')).toEqual([
      expect.stringMatching(/^line 1, givenName: contains a NUL/),
    ]);
  });

  test('shorten long values', async () => {
    const long = 'x'.repeat(100_000);
    for (const text of [`email\t${long}\n`, `email,active\na@example.com,${long}\n`]) {
      const [fault = '', ...others] = await faultsIn(text);
      expect({ fault: fault.length < 1000, others }).toEqual({ fault: true, others: [] });
    }
  });

  test('name the line of a broken JSON array', async () => {
    const text =
      '\n[\n  {\n    "email": "h1@example.com", "displayName": "a]},{[\\"\\\\"\n  },\n\n  {\n    "email": "bad"\n  }, 7,\n {"email":"x@example.com",}\n]\n';
    expect(await faultsIn(text)).toEqual([
      'line 7, email: this is not an e-mail address',
      expect.stringMatching(/^line 9: not a JSON object/),
      expect.stringMatching(/^line 10: not a JSON object/),
    ]);
    for (const broken of [
      '[{"email":"a@example.com"},',
      '[{"email":"a@example.com"}] []',
      '[{"email":"a@example.com"}}',
    ]) {
      expect(await faultsIn(broken)).toHaveLength(1);
    }
  });

  test('reject lists and numbers that would be rounded in JSON', async () => {
    const text =
      '{"email":"a@example.com","role":["Developer"],"tags":[],"externalId":12345678901234567890}\n';
    expect(await faultsIn(text)).toEqual([
      'line 1, role: a list, but one value is expected',
      'line 1, externalId: too large for a number: put it in quotes',
      expect.stringMatching(/^line 1: unknown column "tags"/),
    ]);
  });

  test('reject two names for one field with different values in JSON', async () => {
    const text = ['a', 'b'].map(
      (name, index) =>
        `{"email":"${index === 0 ? 'a' : 'c'}@example.com","userName":"${name}@example.com"}\n`,
    );
    expect(await faultsIn(text.join(''))).toEqual([
      expect.stringMatching(/^line 2, userName: "b@example.com", but email is "c@example.com"/),
    ]);
  });

  test('name every row with a value that only Twilio can check', async () => {
    const { sandbox, call } = await bulkWorld({ users: 3 });
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const people = 'email,role,scope\na@example.com,Nix,org\nb@example.com,nix,org\nc@example.com,Nix,org\n';
    expect((await call(['users', 'import', '-'], {}, people)).stderr.split('\n').slice(0, 3)).toEqual([
      'line 2, role: there is no role Nix',
      'line 3, role: there is no role nix',
      'line 4, role: there is no role Nix',
    ]);
    const list = `user,role,scope\n${one.id},Nix,org\nnobody@example.com,Nix,org\n${two.id},Support,org\n${two.userName},support,org\nnobody@example.com,Support,org\n`;
    expect(
      (await call(['role-assignments', 'import', '-'], {}, list)).stderr.split('\n').slice(0, 5),
    ).toEqual([
      'line 2, role: there is no role Nix',
      'line 3, role: there is no role Nix',
      'line 3, user: there is no user nobody@example.com',
      'line 5: the same role assignment is already in line 4',
      'line 6, user: there is no user nobody@example.com',
    ]);
    expect(writes(sandbox)).toEqual([]);
  });

  test.each(['id', 'sid'])(
    'reject a row for an existing user under another address, found by %s',
    async (column) => {
      const { sandbox, call } = await bulkWorld({ users: 10 });
      const { id, userName } = userAt(sandbox, 1);
      const unknown = `US${'0'.repeat(32)}`;
      const text = `${column},email\n${id},married@example.com\n${unknown},from-elsewhere@example.com\n4711,hr@example.com\n`;
      const { stderr, exitCode } = await call(['users', 'import', '-'], {}, text);
      expect({ stderr, exitCode, writes: writes(sandbox) }).toEqual({
        stderr: expect.stringContaining(`line 2, ${column}: this is the SID of ${userName}`),
        exitCode: 2,
        writes: [],
      });
      const other = userAt(sandbox, 2);
      const mixed = `${column},email,displayName\n${other.id},${userName},X\n${id},${other.userName},Y\n`;
      expect((await call(['users', 'import', '-'], {}, mixed)).stderr.split('\n').slice(0, 2)).toEqual([
        expect.stringContaining(`line 2, ${column}: this is the SID of ${other.userName}`),
        expect.stringContaining(`line 3, ${column}: this is the SID of ${userName}`),
      ]);
      expect(writes(sandbox)).toEqual([]);
      const same = text.replace('married@example.com', userName.toUpperCase());
      expect((await call(['users', 'import', '-'], {}, same)).stderr).toContain(
        '2 created, 0 changed, 1 unchanged',
      );
    },
  );

  test('reject one external id in two rows', async () => {
    expect(await faultsIn('email,externalId\na@example.com,4711\nb@example.com,4711\n')).toEqual([
      'line 3, externalId: already in line 2',
    ]);
  });

  test('are all listed, even more than fifty', async () => {
    const bad = Array.from({ length: 120 }, (_, index) => `bad${index}`).join('\n');
    expect(await faultsIn(`email\n${bad}\n`)).toHaveLength(120);
  });
});

test('users import reads a long JSON array across the chunks that it arrives in', async () => {
  const { call } = await bulkWorld({ users: 3 });
  const people = Array.from({ length: 2000 }, (_, index) => ({
    email: `p${index}@example.com`,
    displayName: `"[{${'\\'.repeat(index % 5)}${'x'.repeat(index % 97)}}]", ö`,
  }));
  const args = ['users', 'import', '-', '--dry-run', '-o', 'jsonl'];
  const { stdout } = await call(args, {}, JSON.stringify(people, null, 1));
  const made = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).body);
  expect(made.map(({ userName, displayName }) => ({ email: userName, displayName }))).toEqual(people);
});

test('users import reads an escape at the end of a chunk of a JSON array', async () => {
  const { call } = await bulkWorld({ users: 3 });
  // As many bytes as Node reads at a time.
  const before = '[{"email":"a@example.com","displayName":"A\\"}]"},'.padEnd(65_535 - 40);
  const text = `${before}{"email":"b@example.com","displayName":`.padEnd(65_534).concat('"\\"}, {"}]');
  expect(text.indexOf('\\', 100)).toBe(65_535);
  const { stdout } = await call(['users', 'import', '-', '-n', '--fields', 'email'], {}, text);
  expect(stdout.split('\n').filter((line) => line.includes('@example.com'))).toHaveLength(2);
});

test('users import trims cells, but not inside quotes', async () => {
  const { call } = await bulkWorld({ users: 3 });
  const text = 'email, displayName\na@example.com,  Ada \nb@example.com," Bob "\n';
  const { stdout } = await call(['users', 'import', '-', '--dry-run', '-o', 'json'], {}, text);
  expect(
    (JSON.parse(stdout) as { body: { displayName: string } }[]).map(({ body }) => body.displayName),
  ).toEqual(['Ada', ' Bob ']);
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'users import leaves no copy of its input after %s',
  async (signal) => {
    const { env, configDir } = await bulkWorld({ users: 3 });
    const running = execa(process.execPath, [program, 'users', 'import', '-'], {
      env: cleanEnv(env),
      extendEnv: false,
      stdin: 'pipe',
      reject: false,
      timeout: 600_000,
    });
    // More than a pipe holds: once it is written, the program is reading.
    await new Promise((resolve) =>
      running.stdin.write(`email\n${'a@example.com\n'.repeat(80_000)}`, resolve),
    );
    running.kill(signal);
    const { exitCode, signal: ended } = await running;
    expect(signal === 'SIGINT' ? exitCode : ended).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL');
    expect(readdirSync(configDir).filter((name) => name.startsWith('input-'))).toEqual([]);
  },
);

describe('--results', () => {
  test('writes the cells of every row, whatever members the first has', async () => {
    const { call, path } = await bulkWorld({ users: 3 });
    const text = '{"email":"a@example.com"}\n{"email":"b@example.com","displayName":"B"}\n';
    await call(['users', 'import', '-', '--results', path('out.csv')], {}, text);
    const [head, ...others] = readFileSync(path('out.csv'), 'utf8').split('\r\n');
    expect(head).toBe('email,displayName,outcome,sid,reason');
    expect(others[1]).toMatch(/^b@example.com,B,created,US/);
  });

  test('keeps an earlier file when the import does not start', async () => {
    const { sandbox, call, path, file } = await bulkWorld({ users: 30 });
    const results = ['--results', file('out.csv', 'of an earlier run')];
    const active = [...sandbox.state.users.all()].filter((user) => user.active).slice(1, 9);
    const away = `email,active\n${active.map(({ userName }) => `${userName},false`).join('\n')}\n`;
    const made = 'email\na@example.com\n';
    expect((await call(['users', 'import', '-', '-n', ...results], {}, made)).exitCode).toBe(0);
    expect(
      (await call(['users', 'import', '-', '--plan-out', path('plan'), ...results], {}, made)).exitCode,
    ).toBe(0);
    expect((await call(['users', 'import', '-', '--yes', ...results], {}, away)).exitCode).toBe(9);
    expect(readFileSync(path('out.csv'), 'utf8')).toBe('of an earlier run');
    expect(readdirSync(path('.')).filter((name) => name.startsWith('out.csv'))).toEqual(['out.csv']);
  });

  test('writes the results of this import also where its only row fails', async () => {
    const { call, path, file } = await bulkWorld({ users: 3 });
    const results = ['--results', file('out.csv', 'of an earlier run')];
    const text = 'email\nb@not-verified.example\n';
    expect((await call(['users', 'import', '-', ...results], {}, text)).exitCode).toBe(1);
    expect(readFileSync(path('out.csv'), 'utf8')).toMatch(
      /^email,outcome,sid,reason\r\nb@not-verified.example,failed,,/,
    );
  });

  test('names the command to resume even when the file cannot be put in place', async () => {
    const { sandbox, call, path } = await bulkWorld({ users: 3 });
    mkdirSync(path('gone'));
    const url = await between(sandbox.apiUrl, ({ method }) => {
      if (method !== 'POST') return undefined;
      rmSync(path('gone'), { recursive: true, force: true });
      return '503 before';
    });
    const args = ['users', 'import', '-', '--results', path('gone/out.csv'), '--max-retries', '0'];
    const { stderr, exitCode } = await call(
      args,
      { TWILIO_ORG_API_URL: url },
      'email\na@example.com\nb@example.com\n',
    );
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`Cannot write ${path('gone/out.csv')}: a directory in its path is missing`);
    expect(stderr).toContain('error: 2 of 2 were not done');
    expect(stderr).toContain('twilio-org runs resume');
  });

  test('writes results beside the leftovers of a killed process with the same id', async () => {
    const { call, path, file } = await bulkWorld({ users: 3 });
    file(`out.csv.${process.pid}`, 'half of it');
    const args = ['users', 'import', '-', '--results', path('out.csv')];
    expect((await call(args, {}, 'email\na@example.com\n')).exitCode).toBe(0);
    expect(readFileSync(path('out.csv'), 'utf8')).toMatch(
      /^email,outcome,sid,reason\r\na@example.com,created,/,
    );
  });

  test('must name a file', async () => {
    const { sandbox, call, path } = await bulkWorld({ users: 3 });
    mkdirSync(path('folder'));
    const args = ['users', 'import', '-', '--results', path('folder')];
    expect((await call(args, {}, 'email\na@example.com\n')).exitCode).toBe(2);
    expect(writes(sandbox)).toEqual([]);
  });

  test('can be written later from the journal with runs show', async () => {
    const { call, path, lastRun } = await bulkWorld({ users: 3 });
    const account = `AC${'0'.repeat(32)}`;
    const text = `Mail,role,scope\na@example.com,,\nb@not-verified.example,,\nc@example.com,Developer,${account}\n`;
    await call(['users', 'import', '-', '--results', path('first.csv')], {}, text);
    await call(['runs', 'show', await lastRun(), '--results', path('again.csv')]);
    expect(readFileSync(path('again.csv'), 'utf8')).toBe(readFileSync(path('first.csv'), 'utf8'));
  });
});

describe('roles in the input of users import', () => {
  test('change an existing user instead of creating one', async () => {
    const { sandbox, call } = await bulkWorld({ users: 10, assignments: 0 });
    const { userName } = userAt(sandbox, 1);
    const text = `email,role,scope\n${userName},Developer,org\n`;
    const { stdout, stderr } = await call(['users', 'import', '-', '-o', 'json'], {}, text);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['changed']);
    expect(stderr).toContain('0 created, 1 changed');
  });

  test('are an error when one role has two names in a row', async () => {
    const { sandbox, call } = await bulkWorld({ users: 10, assignments: 0 });
    const { userName, id } = userAt(sandbox, 1);
    const text = `user,role,scope\n${userName},Developer,org\n${id},developer,${sandbox.organizationSid}\n`;
    const { stderr, exitCode } = await call(['role-assignments', 'import', '-'], {}, text);
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringContaining('line 3: the same role assignment is already in line 2'),
      exitCode: 2,
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('beyond the limit of Twilio are refused before anything is sent', async () => {
    const { sandbox, call } = await bulkWorld({ users: 10, assignments: 0 });
    const { userName, id } = userAt(sandbox, 1);
    const [account = ''] = sandbox.accountSids;
    const role = 'IX00000000000000000000000000000103';
    for (let index = 0; index < 50; index++) {
      sandbox.state.assignments.push({
        order: index,
        sid: `IY${String(index).padStart(32, '0')}`,
        role_sid: role,
        scope: account,
        identity: id,
        resource_type: 'billing_group',
        resource_id: `bg_${index}`,
      });
    }
    const over = { stderr: expect.stringContaining(`${userName} would have 51 roles (line 2)`), exitCode: 7 };
    const people = `email,role,scope\n${userName},Developer,org\n`;
    expect(await call(['users', 'import', '-'], {}, people)).toMatchObject(over);
    const list = `user,role,scope\n${id},Developer,org\n`;
    expect(await call(['role-assignments', 'import', '-'], {}, list)).toMatchObject({ exitCode: 7 });
    expect(writes(sandbox)).toEqual([]);
  });

  test('are counted for each user over all rows', async () => {
    const { sandbox, call } = await bulkWorld({ users: 10, assignments: 0 });
    const joiners = Array.from({ length: 51 }, (_, index) => `j${index}@example.com,Developer,org\n`).join(
      '',
    );
    const dry = ['users', 'import', '-', '--dry-run'];
    expect((await call(dry, {}, `email,role,scope\n${joiners}`)).exitCode).toBe(0);
    const { id } = userAt(sandbox, 1);
    const given = (count: number) =>
      Array.from({ length: count }, (_, index) => `${id},Developer,org,billing_group,bg_${index}\n`);
    const list = (count: number) => `user,role,scope,resource_type,resource_id\n${given(count).join('')}`;
    const args = ['role-assignments', 'import', '-', '--dry-run'];
    expect((await call(args, {}, list(50))).exitCode).toBe(0);
    expect(await call(args, {}, list(51))).toMatchObject({
      stderr: expect.stringContaining('would have 51 roles (line 52)'),
      exitCode: 7,
    });
  });

  test('on one resource are given there and nowhere else', async () => {
    const { sandbox, call, file } = await bulkWorld({ users: 10, assignments: 0 });
    const { userName } = userAt(sandbox, 1);
    const resource = { resource_type: 'billing_group', resource_id: 'bg_1' };
    const role = 'IX00000000000000000000000000000103';
    const text = `email,role,scope,resource_type,resource_id\n${userName},${role},org,billing_group,bg_1\n`;
    const dry = async (args: string[], input: string) =>
      rows((await call([...args, '--dry-run', '-o', 'json'], {}, input)).stdout).map(({ body }) => body);
    const wanted = [expect.objectContaining(resource)];
    expect(await dry(['users', 'import', '-'], text)).toEqual(wanted);
    expect(await dry(['role-assignments', 'import', '-'], text)).toEqual(wanted);
    const roles = `roles: [{role: ${role}, scope: org, resource_type: billing_group, resource_id: bg_1}]\n`;
    const onboard = ['users', 'onboard', '-', '--template', file('t.yaml', roles)];
    expect(await dry(onboard, `email\n${userName}\n`)).toEqual(wanted);
  });

  test('that a template names but do not exist are reported once', async () => {
    const { call, file } = await bulkWorld({ users: 3 });
    const template = file('t.yaml', 'roles:\n- {role: Nix, scope: org}\n');
    const args = ['users', 'onboard', '-', '--template', template];
    const { stderr } = await call(args, {}, 'email\na@example.com\nb@example.com\n');
    expect(stderr).toContain(`${template} is not a valid template: role 1: there is no role Nix\n`);
  });

  test('of a template are given once, with columns in any common spelling', async () => {
    const { sandbox, call, file } = await bulkWorld({ users: 3, assignments: 0 });
    const text =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the template's own variables.
      'user: {displayName: "${First name}"}\nroles:\n- {role: Support, scope: org}\n- {role: support, scope: "${ACCOUNT}"}\n';
    const args = ['users', 'onboard', '-', '--template', file('t.yaml', text)];
    const input = `E-mail;First name;Account\na@example.com;Ada;${sandbox.organizationSid}\n`;
    expect((await call(args, {}, input)).exitCode).toBe(0);
    expect(sandbox.state.assignments).toHaveLength(1);
    const { stderr } = await call(args, {}, 'email,givenName\nb@example.com,Bob\n');
    expect(stderr).toContain('an error, so nothing was changed: line 2, ACCOUNT: the template needs a value');
  });
});
