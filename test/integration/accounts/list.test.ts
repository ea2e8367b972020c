import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountSid, withAccounts } from '../../support/accounts.ts';
import { sent } from '../../support/cli.ts';

const [one, two] = [accountSid('1'), accountSid('2')];

describe('accounts name, unname and list', () => {
  test('keep one private list for each organization, and send nothing', async () => {
    const { call, configDir, sandbox } = await withAccounts();
    expect(await call(['accounts', 'name', one, ' EU production '])).toEqual({
      stdout: '',
      stderr: `${one} is now EU production\n`,
      exitCode: 0,
    });
    const sandboxAccount = [
      'accounts',
      'name',
      two.toLowerCase().replace('ac', 'AC'),
      'EU sandbox',
      '--level',
    ];
    expect((await call([...sandboxAccount, 'sub-account'])).exitCode).toBe(0);
    expect((await call(['accounts', 'list'])).stdout).toBe(
      `${one}\tEU production\t\n${two}\tEU sandbox\tsub-account\n`,
    );
    const json = JSON.parse((await call(['accounts', 'list', '-o', 'json'])).stdout);
    expect(json).toEqual([
      { sid: one, name: 'EU production', level: null, source: 'own' },
      { sid: two, name: 'EU sandbox', level: 'sub-account', source: 'own' },
    ]);
    const file = join(configDir, 'accounts.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      JSON.parse(readFileSync(file, 'utf8')).organizations[sandbox.organizationSid].accounts,
    ).toHaveLength(2);
    const other = { env: { TWILIO_ORG_ORGANIZATION_SID: `OR${'9'.repeat(32)}` } };
    expect(await call(['accounts', 'list', '-o', 'json'], other)).toMatchObject({
      stdout: '[]\n',
      exitCode: 0,
    });
    expect((await call(['accounts', 'unname', one])).stderr).toBe(
      `${one} no longer has a name, was EU production\n`,
    );
    expect((await call(['accounts', 'unname', one])).stderr).toBe(`${one} has no name; nothing to change\n`);
    expect((await call(['accounts', 'list'])).stdout).toBe(`${two}\tEU sandbox\tsub-account\n`);
    expect(sent(sandbox)).toEqual([]);
  });

  test('are a table of names on a terminal', async () => {
    const { call, names } = await withAccounts();
    await names({ 'EU production': [one], 'EU sandbox': [two, 'sub-account'] });
    const { stdout } = await call(['accounts', 'list', '--no-color'], { columns: 100 });
    expect(stdout).toMatch(/Name +Level +SID/);
    expect(stdout).toMatch(new RegExp(`EU sandbox +Subaccount +${two}`));
  });

  test('renaming says the old name, and repeating it changes nothing', async () => {
    const { call, names } = await withAccounts();
    await names({ Production: [one, 'account'] });
    expect((await call(['accounts', 'name', one, 'EU production'])).stderr).toBe(
      `${one} is now EU production, was Production\n`,
    );
    expect((await call(['accounts', 'name', one, 'EU production'])).stderr).toBe(
      `${one} already has this name; nothing to change\n`,
    );
    expect((await call(['accounts', 'list'])).stdout).toBe(`${one}\tEU production\taccount\n`);
  });

  test('two accounts may share a name, with a warning', async () => {
    const { call, names } = await withAccounts();
    await names({ Production: [one] });
    expect(await call(['accounts', 'name', two, 'production'])).toMatchObject({
      stderr: expect.stringContaining(
        `2 accounts have this name, so as a scope it is ambiguous: ${one}, ${two}`,
      ),
      exitCode: 0,
    });
  });

  test.each([
    ['org', 'stands for the whole organization'],
    ['ORG', 'stands for the whole organization'],
    ['o\u200brg', 'stands for the whole organization'],
    ['', 'is empty'],
    [' \u200b ', 'is empty'],
    ['a\nb', 'contains a line break'],
    ['a\u001b[31mb', 'contains a line break or another control character'],
    [accountSid('3'), 'looks like a SID'],
    [accountSid('3').toLowerCase(), 'looks like a SID'],
    [`${accountSid('3')}3`, 'looks like a SID'],
    [`US${'a1'.repeat(16)}`, 'looks like a SID'],
    ['x'.repeat(256), 'has more than 255 characters'],
  ])('%j is no name', async (name, why) => {
    const { call, configDir } = await withAccounts();
    const { stderr, exitCode } = await call(['accounts', 'name', one, name]);
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining(why), exitCode: 2 });
    expect(existsSync(join(configDir, 'accounts.json'))).toBe(false);
  });

  test.each(['Organization', 'orgs', 'Accountancy 2024', 'AC 1', "'; rm -rf ~", '$(touch x)', '日本'])(
    '%j is a name',
    async (name) => {
      const { call } = await withAccounts();
      expect((await call(['accounts', 'name', one, name])).exitCode).toBe(0);
      const [account] = JSON.parse((await call(['accounts', 'list', '-o', 'json'])).stdout);
      expect(account.name).toBe(name);
    },
  );

  test('need the SID of an account, and a known organization', async () => {
    const { call } = await withAccounts();
    expect(await call(['accounts', 'name', 'US1', 'EU'])).toMatchObject({
      stderr: expect.stringContaining('"US1" is not the SID of an account'),
      exitCode: 2,
    });
    const unknown = { env: { TWILIO_ORG_ORGANIZATION_SID: undefined } };
    for (const args of [['list'], ['name', one, 'EU'], ['unname', one], ['export']]) {
      expect(await call(['accounts', ...args], unknown)).toMatchObject({
        stderr: expect.stringContaining('Set TWILIO_ORG_ORGANIZATION_SID'),
        exitCode: 2,
      });
    }
  });

  test('need no login', async () => {
    const { call } = await withAccounts();
    const env = { TWILIO_ORG_ACCESS_TOKEN: undefined };
    expect((await call(['accounts', 'name', one, 'EU'], { env })).exitCode).toBe(0);
    expect((await call(['accounts', 'list'], { env })).stdout).toBe(`${one}\tEU\t\n`);
  });

  test('change nothing with --dry-run', async () => {
    const { call, names } = await withAccounts();
    await names({ EU: [one] });
    for (const args of [
      ['name', two, 'US'],
      ['unname', one],
    ]) {
      expect((await call(['accounts', ...args, '--dry-run'])).stderr).toBe('Dry run: nothing was changed\n');
    }
    expect((await call(['accounts', 'list'])).stdout).toBe(`${one}\tEU\t\n`);
  });

  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'there is no object "organizations"'],
    ['{"organizations":{"x":{"accounts":[]}}}', '"x" is not the SID of an organization'],
    [`{"organizations":{"OR${'1'.repeat(32)}":{}}}`, 'has no list "accounts"'],
    [`{"organizations":{"OR${'1'.repeat(32)}":{"accounts":[{"sid":"AC1","name":"x"}]}}}`, 'has no SID'],
    [`{"organizations":{"OR${'1'.repeat(32)}":{"accounts":[{"sid":"${one}","name":"org"}]}}}`, 'stands for'],
    [
      `{"organizations":{"OR${'1'.repeat(32)}":{"accounts":[{"sid":"${one}","name":"a\\nb"}]}}}`,
      'line break',
    ],
    [
      `{"organizations":{"OR${'1'.repeat(32)}":{"accounts":[{"sid":"${one}","name":"x","level":"y"}]}}}`,
      'level',
    ],
  ])('a file that says %j is named, and kept', async (content, why) => {
    const { call, configDir } = await withAccounts();
    const file = join(configDir, 'accounts.json');
    writeFileSync(file, content, { mode: 0o600 });
    for (const args of [['list'], ['name', one, 'EU']]) {
      const { stderr, exitCode } = await call(['accounts', ...args]);
      expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining(why), exitCode: 1 });
      expect(stderr).toContain(`${file} can't be used`);
    }
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test('members that a newer version wrote are kept', async () => {
    const { call, configDir, sandbox } = await withAccounts();
    const file = join(configDir, 'accounts.json');
    const account = { sid: one, name: 'EU', color: 'blue' };
    const content = {
      newer: 1,
      organizations: { [sandbox.organizationSid]: { newer: 2, accounts: [account] } },
    };
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
    expect((await call(['accounts', 'name', one, 'EU production'])).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      newer: 1,
      organizations: {
        [sandbox.organizationSid]: { newer: 2, accounts: [{ ...account, name: 'EU production' }] },
      },
    });
  });

  test('several programs at once lose no name', async () => {
    const { call } = await withAccounts();
    const sids = ['1', '2', '3', '4', '5', '6', '7', '8'].map(accountSid);
    await Promise.all(sids.map((sid, index) => call(['accounts', 'name', sid, `Account ${index}`])));
    const list = JSON.parse((await call(['accounts', 'list', '-o', 'json'])).stdout);
    expect(list.map(({ sid }: { sid: string }) => sid)).toEqual(sids);
  });
});
