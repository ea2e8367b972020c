import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { sandboxed, sent, start, userAt, userNow, withoutProgress, writes } from '../../support/cli.ts';
import { changedAfterRead } from '../../support/conflicts.ts';

describe('users deactivate with several users', () => {
  test.each([1, 5, 8])(
    'exits with 5 where the login lacks the scope, with %i requests at the same time',
    async (concurrency) => {
      const { call, sandbox } = await sandboxed({ users: 30 });
      const token = sandbox.issueToken({ scopes: ['managed-users/list', 'managed-users/read'] });
      const ids = [1, 2, 3, 5, 6].map((index) => userAt(sandbox, index).id);
      const args = ['users', 'deactivate', ...ids, '--yes', '--override-guards'];
      const { exitCode, stderr } = await call([...args, '--concurrency', String(concurrency)], {
        env: { TWILIO_ORG_ACCESS_TOKEN: token },
      });
      expect([exitCode, stderr]).toEqual([5, expect.stringContaining('managed-users/update')]);
    },
  );
});

describe('users deactivate of a user that somebody else changes meanwhile', () => {
  test('is a conflict and deactivates nobody', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    changedAfterRead(sandbox, user.id);
    expect((await call(['users', 'deactivate', user.id, '--yes'])).exitCode).toBe(7);
    expect(userNow(sandbox, user).active).toBe(true);
  });
});

/** The guard that keeps an admin reads the user's roles. */
const rolesReads = ['GET /v2/Organizations/RoleAssignments', 'GET /v2/Organizations/Roles'];

describe('users activate, deactivate and delete', () => {
  test('change several users, named in every way and one of them twice, and report each', async () => {
    const { run, sandbox } = await sandboxed();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const names = [one.id, `external:${two.externalId}`, one.userName];
    const { stdout, stderr, exitCode } = await run(['users', 'deactivate', ...names, '--yes']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toBe(
      `${one.id}\t${one.userName}\tdeactivated\t\n${two.id}\t${two.userName}\tdeactivated\t\n`,
    );
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([false, false]);
    expect(userNow(sandbox, one)).toMatchObject({ displayName: one.displayName, emails: one.emails });
  });

  test.each([
    ['activate', 1, 'active'],
    ['deactivate', 7, 'inactive'],
    ['delete', 7, 'inactive'],
  ])('succeed and send nothing where nothing needs to change: %s', async (verb, index, state) => {
    const { call, sandbox } = await sandboxed();
    const user = userAt(sandbox, index);
    expect(await call(['users', verb, user.id, '--yes'])).toEqual({
      stdout: `${user.id}\t${user.userName}\tunchanged\t\n`,
      stderr: `Already ${state}; nothing to change\n`,
      exitCode: 0,
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test.each(['deactivate', 'delete'])(
    'are refused before any request without a terminal and without --yes: %s',
    async (verb) => {
      const { run, sandbox } = await sandboxed();
      const { stdout, stderr, exitCode } = await run(['users', verb, userAt(sandbox, 1).userName]);
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
      expect(stderr).toMatch(
        /This removes access and needs confirmation, but .*\nIn a script add --yes\. Nothing was sent\. .*--dry-run/,
      );
      expect(sent(sandbox)).toEqual([]);
    },
  );

  test.each([
    ['activate', 7, 'PUT', { active: true }, []],
    ['deactivate', 1, 'PUT', { active: false }, rolesReads],
    ['delete', 1, 'DELETE', undefined, rolesReads],
  ])('show the request and only read with --dry-run: %s', async (verb, index, method, body, guardReads) => {
    const { call, sandbox } = await sandboxed();
    const user = userAt(sandbox, index);
    const { stdout, stderr, exitCode } = await call(['users', verb, user.id, '--dry-run', '-o', 'json']);
    const [request, ...others] = JSON.parse(stdout);
    expect(others).toEqual([]);
    expect(request).toMatchObject({ method, url: `${sandbox.apiUrl}/scim/v2/Users/${user.id}` });
    if (body !== undefined) expect(request.body).toEqual({ ...user, ...body });
    expect({ stderr, exitCode }).toEqual({ stderr: 'Dry run: nothing was changed\n', exitCode: 0 });
    expect(sent(sandbox)).toEqual([`GET /scim/v2/Users/${user.id}`, ...guardReads]);
  });

  test('continue after a failure, report each user and exit with 3', async () => {
    const { run, sandbox } = await sandboxed();
    const [owner, one, suspended, inactive] = [0, 1, 4, 7].map((index) => userAt(sandbox, index));
    const users = [owner, one, suspended, inactive].map((user) => user?.id ?? '');
    const args = ['users', 'deactivate', ...users, '--keep-admins', '0', '--yes', '-o', 'json'];
    const { stdout, stderr, exitCode } = await run(args);
    expect(
      JSON.parse(stdout).map(({ outcome, reason }: Record<string, string>) => [outcome, reason]),
    ).toEqual([
      ['failed', 'The Organization Owner cannot be changed'],
      ['deactivated', undefined],
      ['unchanged', undefined],
      ['unchanged', undefined],
    ]);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr).error).toMatchObject({
      kind: 'partial',
      message: '1 of 4 was not deactivated',
    });
  });

  test.each([
    ['the Organization Owner', 'deactivate', 0, 25016, /Owner can't be changed.*support/],
    ['a suspended user', 'activate', 4, 25009, /suspended users can't be changed/],
  ])('refuse %s with the reason and exit with 5', async (_, verb, index, code, hint) => {
    const { call, sandbox } = await sandboxed();
    const guards = verb === 'deactivate' ? ['--keep-admins', '0'] : [];
    const args = ['users', verb, userAt(sandbox, index).id, ...guards, '--yes'];
    const { stdout, stderr, exitCode } = await call(args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 });
    expect(stderr).toMatch(hint);
    expect(stderr).toContain(`Twilio error ${code}`);
  });

  test('look all users up before the first change', async () => {
    const { call, sandbox } = await sandboxed();
    const names = [userAt(sandbox, 1).id, 'nobody@example.com'];
    expect((await call(['users', 'deactivate', ...names, '--yes'])).exitCode).toBe(6);
    expect(writes(sandbox)).toEqual([]);
  });

  test('continue when the reader of the output is gone', async () => {
    const { env, sandbox } = await sandboxed({ latency: 20 });
    const users = [1, 2, 3, 5].map((index) => userAt(sandbox, index));
    const subprocess = start(['users', 'deactivate', ...users.map(({ id }) => id), '--yes'], { env });
    subprocess.stdout.destroy();
    const { exitCode, stderr } = await subprocess;
    expect({ exitCode, stderr: withoutProgress(stderr) }).toEqual({ exitCode: 0, stderr: '' });
    expect(users.map((user) => userNow(sandbox, user).active)).toEqual([false, false, false, false]);
  });

  test('change as many users at the same time as --concurrency says', async () => {
    const { call, sandbox } = await sandboxed();
    const users = [1, 2, 3, 5].map((index) => userAt(sandbox, index).id);
    // Each request waits for the others of its batch: with fewer under way it would wait in vain.
    let batch = 2;
    let most = 0;
    let waiting: (() => void)[] = [];
    const url = await between(sandbox.apiUrl, async ({ method }) => {
      if (method === 'GET') return undefined;
      const together = new Promise<void>((resolve) => waiting.push(resolve));
      most = Math.max(most, waiting.length);
      if (waiting.length === batch) {
        for (const release of waiting) release();
        waiting = [];
      }
      await together;
      return undefined;
    });
    const verb = (name: string, ...flags: string[]) =>
      call(['users', name, ...users, '--yes', ...flags], { env: { TWILIO_ORG_API_URL: url } });
    expect((await verb('deactivate', '--concurrency', '2')).exitCode).toBe(0);
    expect(most).toBe(2);
    batch = 4;
    expect((await verb('activate')).exitCode).toBe(0);
    expect(most).toBe(4);
  });
});
