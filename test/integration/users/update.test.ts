import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { sandboxed, sent, userAt, userNow, writes } from '../../support/cli.ts';
import { changedAfterRead } from '../../support/conflicts.ts';

describe('users update', () => {
  test('changes the named fields and keeps the rest', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const before = userAt(sandbox, 1);
    const args = ['users', 'update', before.userName, '--display-name', 'New', '--family-name', 'Newman'];
    const { stdout, stderr, exitCode } = await run([...args, '-o', 'json']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { meta: _, ...rest } = before;
    const after = userNow(sandbox, before);
    expect(after).toMatchObject({
      ...rest,
      displayName: 'New',
      name: { ...before.name, familyName: 'Newman' },
    });
    expect(JSON.parse(stdout)).toEqual(after);
    expect(sandbox.requests.at(-1)?.headers['if-match']).toBe(before.meta.version);
  });

  test('changes every field, and e-mail and user name together', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { id } = userAt(sandbox, 1);
    const args = ['users', 'update', id, '--email', 'new@example.com', '--given-name', 'Nora'];
    args.push(
      '--external-id',
      'x-1',
      '--locale',
      'sv-SE',
      '--timezone',
      'Europe/Oslo',
      '--inactive',
      '--yes',
    );
    expect((await call(args)).exitCode).toBe(0);
    expect(userNow(sandbox, { id })).toMatchObject({
      userName: 'new@example.com',
      emails: [{ value: 'new@example.com', primary: true, type: 'work' }],
      name: { givenName: 'Nora' },
      externalId: 'x-1',
      locale: 'sv-SE',
      timezone: 'Europe/Oslo',
      active: false,
    });
  });

  test('sends nothing when the user already has the values, and says so', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const { stderr, exitCode } = await call([
      'users',
      'update',
      user.id,
      '--display-name',
      user.displayName ?? '',
    ]);
    expect({ stderr, exitCode }).toEqual({
      stderr: `${user.userName} already has these values; nothing to change\n`,
      exitCode: 0,
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('without a change is a usage error, and nothing is sent', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await call(['users', 'update', userAt(sandbox, 1).id]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: Which field should change\?\nFor example: twilio-org users update US/);
    expect(sent(sandbox)).toEqual([]);
  });

  test('shows the whole request with --dry-run, after reading', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const args = ['users', 'update', user.id, '--locale', 'sv-SE', '--dry-run', '-o', 'json'];
    expect(JSON.parse((await call(args)).stdout)).toEqual([
      {
        id: user.id,
        userName: user.userName,
        change: `change ${user.userName}: locale "sv-SE", was ${JSON.stringify(user.locale)}`,
        method: 'PUT',
        url: `${sandbox.apiUrl}/scim/v2/Users/${user.id}`,
        headers: { 'if-match': user.meta.version },
        body: { ...user, locale: 'sv-SE' },
      },
    ]);
    expect(sent(sandbox)).toEqual([`GET /scim/v2/Users/${user.id}`]);
  });

  test('with --inactive needs --yes without a terminal, before any request', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await call(['users', 'update', userAt(sandbox, 1).id, '--inactive']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: This removes access and needs confirmation.*\nIn a script add --yes\. Nothing was sent/,
    );
    expect(sent(sandbox)).toEqual([]);
  });

  test('asks for --email and sends nothing when the primary address differs from the user name', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const emails = [{ value: 'other@example.com', primary: true }];
    const user = mutateUser(sandbox.state, userAt(sandbox, 1), { emails }, Date.now());
    const args = ['users', 'update', user.id, '--locale', 'sv-SE'];
    const { stderr, exitCode } = await call(args);
    expect(stderr).toMatch(/different primary e-mail address \(other@example\.com\).*\nAdd --email/);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 2, writes: [] });
    expect((await call([...args, '--email', user.userName])).exitCode).toBe(0);
  });

  test('with --if-match changes that version and refuses another before writing', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { id, userName, meta } = userAt(sandbox, 1);
    const stale = await call(['users', 'update', id, '--locale', 'sv-SE', '--if-match', 'W/999']);
    expect(stale.exitCode).toBe(7);
    expect(stale.stderr).toMatch(`error: ${userName} is at version ${meta.version}, not W/999\n`);
    expect(writes(sandbox)).toEqual([]);
    const args = ['users', 'update', id, '--locale', 'sv-SE', '--if-match', meta.version];
    expect((await call(args)).exitCode).toBe(0);
    expect(userNow(sandbox, { id }).locale).toBe('sv-SE');
  });
});

describe('users update of a user that somebody else changes meanwhile', () => {
  test('exits with 7 and names the changed fields', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    changedAfterRead(sandbox, user.id);
    const { stdout, stderr, exitCode } = await run(['users', 'update', user.id, '--locale', 'sv-SE']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 7 });
    expect(stderr).toContain(
      `Somebody else changed ${user.userName} at the same time, so nothing was written: ` +
        `displayName is now "Somebody else", was "${user.displayName}"\n` +
        'Run the same command again',
    );
    expect(userNow(sandbox, user)).toMatchObject({ displayName: 'Somebody else', locale: user.locale });
    expect((await run(['users', 'update', user.id, '--locale', 'sv-SE'])).exitCode).toBe(0);
    expect(userNow(sandbox, user)).toMatchObject({ displayName: 'Somebody else', locale: 'sv-SE' });
  });

  test('is a conflict also for a login that may list but not read', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    changedAfterRead(sandbox, user.id);
    const token = sandbox.issueToken({ scopes: ['managed-users/list', 'managed-users/update'] });
    const { stderr, exitCode } = await call(['users', 'update', user.userName, '--locale', 'sv-SE'], {
      env: { TWILIO_ORG_ACCESS_TOKEN: token },
    });
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/Twilio error 25020/);
  });
});
