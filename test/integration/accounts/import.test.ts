import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountSid, withAccounts } from '../../support/accounts.ts';
import { home } from '../../support/cli.ts';

const [one, two, three] = [accountSid('1'), accountSid('2'), accountSid('3')];

function fileWith(content: string, name = 'accounts.csv'): string {
  const file = join(mkdtempSync(join(home, 'input-')), name);
  writeFileSync(file, content);
  return file;
}

describe('accounts import', () => {
  test('adds and changes names, and removes none', async () => {
    const { call, names } = await withAccounts();
    await names({ Production: [one, 'account'], Old: [three] });
    const file = fileWith(
      `Account SID,Friendly name,Level\n${one},EU production,\n${two},"EU ""sandbox""",SUB_ACCOUNT\n`,
    );
    expect(await call(['accounts', 'import', file])).toEqual({
      stdout: `${one}\tEU production\taccount\tchanged\n${two}\tEU "sandbox"\tsub-account\tadded\n`,
      stderr: '2 accounts: 1 added, 1 changed\n',
      exitCode: 0,
    });
    expect((await call(['accounts', 'list'])).stdout).toBe(
      `${two}\tEU "sandbox"\tsub-account\n${one}\tEU production\taccount\n${three}\tOld\t\n`,
    );
  });

  test('reports every error of every row, and changes nothing', async () => {
    const { call } = await withAccounts();
    const file = fileWith(
      `sid,name,level\nAC1,EU,\n${one},org,\n${two},,nothing\n${three},US,\n${three},UK,\n`,
    );
    const { stderr, exitCode } = await call(['accounts', 'import', file]);
    expect(exitCode).toBe(2);
    for (const part of [
      'line 2, sid: "AC1" is not the SID of an account',
      'line 3, name: "org" stands for the whole organization',
      'line 4, name: a value is required',
      'line 4, level: "nothing" is not a level. Known levels: account, sub-account',
      'line 6, sid: line 5 has another name or level for it',
    ])
      expect(stderr).toContain(part);
    expect((await call(['accounts', 'list'])).stdout).toBe('');
  });

  test.each(['csv', 'json', 'jsonl'])(
    'reads what export writes as %s, whatever the names contain',
    async (format) => {
      const { call, names } = await withAccounts();
      const hostile = {
        '=1+1': [one],
        '$(touch x) \'a\' "b", c': [two, 'account'],
        'Zoë 日本': [three, 'sub-account'],
      } as const;
      await names(hostile);
      const before = (await call(['accounts', 'list', '-o', 'json'])).stdout;
      const file = fileWith('', `accounts.${format}`);
      expect(await call(['accounts', 'export', file])).toEqual({
        stdout: '',
        stderr: `3 accounts written to ${file}\n`,
        exitCode: 0,
      });
      const printed = await call(['accounts', 'export', '-', '-o', format]);
      expect(printed.stdout).toBe(readFileSync(file, 'utf8'));
      expect((await call(['accounts', 'import', file])).stderr).toBe('3 accounts: 3 unchanged\n');
      for (const sid of [one, two, three]) await call(['accounts', 'unname', sid]);
      expect((await call(['accounts', 'import', '-'], { input: printed.stdout })).exitCode).toBe(0);
      expect((await call(['accounts', 'list', '-o', 'json'])).stdout).toBe(before);
    },
  );

  test('changes nothing with --dry-run', async () => {
    const { call } = await withAccounts();
    const file = fileWith(`sid,name\n${one},EU\n`);
    expect(await call(['accounts', 'import', file, '--dry-run'])).toEqual({
      stdout: `${one}\tEU\t\tadded\n`,
      stderr: 'Dry run: nothing was changed\n1 account: 1 added\n',
      exitCode: 0,
    });
    expect((await call(['accounts', 'list'])).stdout).toBe('');
  });
});

describe('TWILIO_ORG_ACCOUNTS_FILE', () => {
  test('takes the place of the list, needs no organization, and is not changed', async () => {
    const { call, names } = await withAccounts();
    await names({ Other: [three] });
    const file = fileWith(`sid,name,level\n${two},US,\n${one},EU production,account\n`);
    const env = { TWILIO_ORG_ACCOUNTS_FILE: file, TWILIO_ORG_ORGANIZATION_SID: undefined };
    expect((await call(['accounts', 'list'], { env })).stdout).toBe(
      `${one}\tEU production\taccount\n${two}\tUS\t\n`,
    );
    for (const args of [
      ['name', one, 'x'],
      ['unname', one],
      ['import', file],
    ]) {
      expect(await call(['accounts', ...args], { env })).toMatchObject({
        stderr: expect.stringContaining('TWILIO_ORG_ACCOUNTS_FILE'),
        exitCode: 2,
      });
    }
    expect(readFileSync(file, 'utf8')).toContain('EU production');
  });

  test.each([
    ['/nowhere/accounts.csv', 'there is no such file'],
    [home, 'is a directory'],
  ])('%s is refused', async (file, why) => {
    const { call } = await withAccounts();
    const { stderr, exitCode } = await call(['accounts', 'list'], {
      env: { TWILIO_ORG_ACCOUNTS_FILE: file },
    });
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining(why), exitCode: 2 });
    expect(stderr).toContain('TWILIO_ORG_ACCOUNTS_FILE');
  });
});
