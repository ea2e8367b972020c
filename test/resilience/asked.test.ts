import { describe, expect, test } from 'vitest';
import { call, type Env } from '../support/cli.ts';
import { answering, json } from '../support/server.ts';

const [ada, victim] = [`US${'1'.repeat(32)}`, `US${'2'.repeat(32)}`];
const [role, scope, sid] = [`IX${'0'.repeat(32)}`, `OR${'0'.repeat(32)}`, `IY${'0'.repeat(32)}`];

const user = (id: string, userName: string, more = {}) => ({
  id,
  userName,
  active: true,
  emails: [{ value: userName, primary: true }],
  meta: { version: 'W/1' },
  ...more,
});
const users = (...found: unknown[]) => json({ totalResults: found.length, Resources: found });
const assignment = (identity: string) => ({ sid, role_sid: role, scope, identity });
const assignments = (...content: unknown[]) => json({ content, meta: { next_page_url: null } });

function at(url: string): Env {
  return {
    TWILIO_ORG_API_URL: url,
    TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
    TWILIO_ORG_ORGANIZATION_SID: scope,
  };
}

describe('nothing is changed but the named user or role:', () => {
  const stranger = user(victim, 'victim@example.com');
  test.each([
    ['by e-mail address', users(stranger), 'ada@example.com'],
    ['by external id', users(stranger), 'external:4711'],
    ['by SID', json(stranger), ada],
  ])('when a user looked up %s turns out to be another one', async (_, answer, name) => {
    const { url, arrived } = await answering(answer);
    const { stderr, exitCode } = await call(['users', 'deactivate', name, '--yes'], { env: at(url) });
    expect(stderr).toContain(`but Twilio returned victim@example.com (${victim})`);
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 1, arrived: 1 });
  });

  test('when an address differs only in upper and lower case', async () => {
    const { url } = await answering(users(user(ada, 'Ada@Example.com')));
    expect(await call(['users', 'get', 'ada@example.com'], { env: at(url) })).toMatchObject({ exitCode: 0 });
  });

  test('when the SID of a role is written in capitals', async () => {
    const held = `IX${'a'.repeat(32)}`;
    const { url, arrived } = await answering(assignments({ ...assignment(ada), role_sid: held }));
    const args = ['role-assignments', 'create', '--user', ada, '--role', `IX${'A'.repeat(32)}`];
    const result = await call([...args, '--scope', scope], { env: at(url) });
    expect([result.exitCode, arrived.filter((line) => !line.startsWith('GET '))]).toEqual([0, []]);
  });

  test('when a user is listed twice', async () => {
    const { url } = await answering(users(user(ada, 'ada@example.com'), user(ada, 'ada@example.com')));
    const { stdout, stderr, exitCode } = await call(['users', 'list'], { env: at(url) });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toContain(`contains ${ada} twice`);
  });

  test("when the list of a user's roles has roles of another user", async () => {
    // The roles and the user are asked for at the same time.
    const { url, arrived } = await answering((response, request) => {
      const { url: path = '' } = request;
      const answer = path.includes('/Users/')
        ? json(user(ada, 'ada@example.com'))
        : path.includes('/Roles')
          ? json({ roles: [], meta: { next_page_url: null } })
          : assignments(assignment(victim));
      answer(response);
    });
    const { stderr, exitCode } = await call(['users', 'offboard', ada, '--yes'], { env: at(url) });
    expect(stderr).toContain(`Requested the roles of ${ada}, but Twilio returned one of ${victim}`);
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 1, arrived: 3 });
  });

  test('when a SID would lead elsewhere as part of a path', async () => {
    const elsewhere = `../../v2/Organizations/RoleAssignments/${sid}`;
    const { url, arrived } = await answering(users(user(elsewhere, 'ada@example.com')));
    const { stderr, exitCode } = await call(['users', 'delete', 'ada@example.com', '--yes'], {
      env: at(url),
    });
    expect(stderr).toContain('a user without a usable "SID"');
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 1, arrived: 1 });
  });

  test.each([
    ['a version that no header can carry', { version: 'W/1\n中' }],
    ['a version that is no text', { version: 7 }],
    ['what should hold a version and is a text', 'W/1'],
  ])('when %s, without which changes of others could be overwritten', async (_, meta) => {
    const { url, arrived } = await answering(json(user(ada, 'ada@example.com', { meta })));
    const { stderr, exitCode } = await call([...deactivation, ada], { env: at(url) });
    expect(stderr).toMatch(
      /a user without a usable "meta.version"|a user's meta( without a usable "version")?\n/,
    );
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 1, arrived: 1 });
  });
});

/** Without the guard that reads roles first. */
const deactivation = ['users', 'deactivate', '--yes', '--keep-admins', '0'];

describe('success is not reported when the response shows something else:', () => {
  test('a deactivated user who is active', async () => {
    const { url, arrived } = await answering(json(user(ada, 'ada@example.com')));
    const { stdout, stderr, exitCode } = await call([...deactivation, ada], { env: at(url) });
    expect(stdout).not.toContain('deactivated');
    expect(stderr).toMatch(
      /reports success, but ada@example.com is active\n.*: twilio-org users get US1{32}\./,
    );
    expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 1, arrived: 2 });
  });

  test('a new user who is active, or somebody else', async () => {
    for (const got of [user(ada, 'ada@example.com'), user(victim, 'victim@example.com', { active: false })]) {
      const { url } = await answering(json(got, 201));
      const args = ['users', 'create', '--email', 'ada@example.com', '--inactive'];
      const { stderr, exitCode } = await call(args, { env: at(url) });
      expect(stderr).toContain('Twilio reports success, but ');
      expect(exitCode).toBe(1);
    }
  });

  test("somebody else's record under the name that was asked for", async () => {
    const { url } = await answering(
      json(user(ada, 'ada@example.com')),
      json(user(victim, 'ada@example.com', { active: false })),
    );
    const { stderr, exitCode } = await call([...deactivation, ada], { env: at(url) });
    expect(stderr).toMatch(
      /reports success, but it is about US2{32}, not US1{32}\n.*: twilio-org users get US1{32}\./,
    );
    expect(exitCode).toBe(1);
  });

  test('an unchanged name', async () => {
    const before = user(ada, 'ada@example.com', { displayName: 'Ada', locale: 'fr-FR' });
    const { url } = await answering(json(before), json({ ...before, locale: 'sv-SE' }));
    const args = ['users', 'update', ada, '--display-name', 'Ada L.', '--locale', 'sv-SE'];
    const { stdout, stderr, exitCode } = await call(args, { env: at(url) });
    expect(stderr).toContain('Twilio reports success, but displayName is as before\n');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  });

  test('a role on everything, where one on a single resource was asked for', async () => {
    const { url } = await answering(assignments(), json(assignment(ada), 201));
    const resource = ['--resource-type', 'billing_group', '--resource-id', 'billing_group_1'];
    const args = ['role-assignments', 'create', '--user', ada, '--role', role, '--scope', scope];
    const { stderr, exitCode } = await call([...args, ...resource], { env: at(url) });
    expect(stderr).toContain(`to ${ada} in ${scope}, which was not asked for`);
    expect(exitCode).toBe(1);
  });

  test("somebody else's new role", async () => {
    const { url } = await answering(assignments(), json(assignment(victim), 201));
    const args = ['role-assignments', 'create', '--user', ada, '--role', role, '--scope', scope];
    const { stderr, exitCode } = await call(args, { env: at(url) });
    expect(stderr).toContain(`to ${victim} in ${scope}, which was not asked for`);
    expect(exitCode).toBe(1);
  });
});
