import { describe, expect, test } from 'vitest';
import { accountSid, withAccounts } from '../../support/accounts.ts';
import { sent, writes } from '../../support/cli.ts';
import { answering, json } from '../../support/server.ts';

const refresh = ['accounts', 'refresh', '--accounts-api', 'preview'];
const none = accountSid('7');

/** The list as `SID name source`, one a line. */
async function listed(call: Awaited<ReturnType<typeof withAccounts>>['call']): Promise<string> {
  return (await call(['accounts', 'list', '-o', 'tsv', '--fields', 'sid,name,level,source'])).stdout;
}

describe('accounts refresh', () => {
  test('adds names, keeps those that were given, and reads one list', async () => {
    const { call, names, sandbox, first, second, third } = await withAccounts();
    await names({ 'EU production': [first, 'account'], Gone: [none], 'Owl Europe': [second] });
    const env = { TWILIO_ORG_ACCOUNTS_URL: sandbox.apiUrl };
    const fourth = sandbox.accountSids[3] ?? '';
    expect(await call(refresh, { env })).toEqual({
      stdout: [
        [first, 'EU production', 'account', 'kept'],
        [second, 'Owl Europe', '', 'unchanged'],
        [third, 'Owl Staging', '', 'added'],
        [fourth, 'Owl Sandbox', '', 'added'],
      ]
        .map((row) => `${row.join('\t')}\n`)
        .join(''),
      stderr: '4 accounts: 2 added, 1 kept, 1 unchanged\n',
      exitCode: 0,
    });
    expect(sent(sandbox)).toEqual([`GET /Organizations/${sandbox.organizationSid}/Accounts`]);
    expect(await listed(call)).toBe(
      [
        [first, 'EU production', 'account', 'own'],
        [none, 'Gone', '', 'own'],
        [second, 'Owl Europe', '', 'own'],
        [fourth, 'Owl Sandbox', '', 'twilio'],
        [third, 'Owl Staging', '', 'twilio'],
      ]
        .map((row) => `${row.join('\t')}\n`)
        .join(''),
    );
  });

  test('updates names that came from Twilio, with the levels that were given to them', async () => {
    const world = await withAccounts();
    const { call, sandbox, third } = world;
    const env = { TWILIO_ORG_ACCOUNTS_URL: sandbox.apiUrl };
    await call(refresh, { env });
    expect((await call(['accounts', 'name', third, 'Owl Staging', '--level', 'sub-account'])).exitCode).toBe(
      0,
    );
    const account = sandbox.state.accounts.find(({ sid }) => sid === third);
    Object.assign(account ?? {}, { friendlyName: 'Owl\n\u001b[31m  Stage ' });
    expect((await call(refresh, { env })).stderr).toBe('4 accounts: 1 changed, 3 unchanged\n');
    expect(await listed(call)).toContain(`${third}\tOwl [31m Stage\tsub-account\ttwilio\n`);
  });

  test.each(['org', '', accountSid('5'), '\u200b'])(
    'the name %j is left out, and said',
    async (friendlyName) => {
      const { call, sandbox, third } = await withAccounts();
      const account = sandbox.state.accounts.find(({ sid }) => sid === third);
      Object.assign(account ?? {}, { friendlyName });
      const { stderr, exitCode } = await call(refresh, { env: { TWILIO_ORG_ACCOUNTS_URL: sandbox.apiUrl } });
      expect({ stderr, exitCode }).toEqual({
        stderr: `3 accounts: 3 added\n1 account without a usable name at Twilio: ${third}\n`,
        exitCode: 0,
      });
    },
  );

  test('changes nothing with --dry-run', async () => {
    const { call, sandbox } = await withAccounts();
    const { exitCode } = await call([...refresh, '--dry-run'], {
      env: { TWILIO_ORG_ACCOUNTS_URL: sandbox.apiUrl },
    });
    expect({ exitCode, list: await listed(call), writes: writes(sandbox) }).toEqual({
      exitCode: 0,
      list: '',
      writes: [],
    });
  });

  test('sends the token nowhere without consent', async () => {
    const { call } = await withAccounts();
    const { url, arrived } = await answering(json({}));
    for (const more of [[], ['--yes'], ['--no-input']]) {
      const result = await call(['accounts', 'refresh', ...more], { env: { TWILIO_ORG_ACCOUNTS_URL: url } });
      expect(result).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(`sent to ${url} only with your consent`),
      });
      expect(result.stderr).toContain('add --accounts-api preview');
    }
    expect(arrived).toEqual([]);
  });

  test.each([401, 403, 404])(
    'says in one line that the endpoint refuses with %i, and changes nothing',
    async (status) => {
      const { call, names, first } = await withAccounts();
      await names({ 'EU production': [first] });
      const { url } = await answering(json({ code: 25101, message: 'No', status }, status));
      const { stdout, stderr, exitCode } = await call(refresh, { env: { TWILIO_ORG_ACCOUNTS_URL: url } });
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: status === 404 ? 6 : 5 });
      expect(stderr).toContain(`${url} refused this login (${status}), so no name was changed`);
      expect(await listed(call)).toBe(`${first}\tEU production\t\town\n`);
    },
  );

  test('follows no page to another origin', async () => {
    const { call, sandbox } = await withAccounts();
    const body = {
      content: [],
      meta: { key: 'content', next_page_url: `${sandbox.apiUrl}/Organizations/x/Accounts` },
    };
    const { url } = await answering(json(body));
    const { stderr, exitCode } = await call(refresh, { env: { TWILIO_ORG_ACCOUNTS_URL: url } });
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('another origin'), exitCode: 1 });
    expect(sent(sandbox)).toEqual([]);
  });

  test('needs a known origin and a list of its own', async () => {
    const { call } = await withAccounts();
    expect(await call(refresh)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Set TWILIO_ORG_ACCOUNTS_URL'),
    });
    const env = { TWILIO_ORG_ACCOUNTS_FILE: '/nowhere/accounts.csv' };
    expect(await call(refresh, { env })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('TWILIO_ORG_ACCOUNTS_FILE'),
    });
  });
});
