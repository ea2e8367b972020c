import { expect, onTestFinished, test } from 'vitest';
import { mutateUser, type SandboxOptions } from '../../src/sandbox/server.ts';
import { cleanEnv, type Env, program, sandboxed, sent, userAt, userNow, writes } from '../support/cli.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';

/** A sandbox, and the program as a person runs it against that. */
async function onTerminal(args: string[], options: SandboxOptions & { columns?: number; env?: Env } = {}) {
  const { columns = 120, env, ...sandboxOptions } = options;
  const world = await sandboxed(sandboxOptions);
  const terminal = (...more: string[]) => {
    const opened = openTerminal(process.execPath, [program, ...more], {
      env: cleanEnv({ ...world.env, ...env }),
      columns,
    });
    onTestFinished(() => opened.close());
    return opened;
  };
  return { ...world, open: terminal, terminal: terminal(...args) };
}

describeWith('terminal', 'prompts on a terminal', () => {
  test('offer users to pick from by a part of the name', async () => {
    const { terminal, sandbox } = await onTerminal(['users', 'get']);
    const user = userAt(sandbox, 4);
    await terminal.waitFor(new RegExp(`❯ .*${userAt(sandbox, 0).userName}`));
    terminal.type(user.name?.givenName ?? '');
    await terminal.waitFor(new RegExp(`❯ .*${user.userName}`));
    terminal.type('\r');
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toMatch(new RegExp(`SID +${user.id}`));
  });

  test('ask for an e-mail address in users create, until it is one', async () => {
    const { terminal, sandbox } = await onTerminal(['users', 'create', '--given-name', 'Ada']);
    await terminal.waitFor('E-mail address');
    terminal.type('ada\r');
    await terminal.waitFor('this is not an e-mail address');
    terminal.type('@example.com\r');
    expect(await terminal.exited).toBe(0);
    expect(sandbox.state.users.byUserName('ada@example.com')).toMatchObject({ name: { givenName: 'Ada' } });
  });

  test('ask for user, role and scope in role-assignments create, and offer org', async () => {
    const { terminal, sandbox } = await onTerminal(['role-assignments', 'create'], { assignments: 0 });
    const user = userAt(sandbox, 1);
    await terminal.waitFor('Which user?');
    await terminal.waitFor(new RegExp(`❯ .*${userAt(sandbox, 0).userName}`));
    terminal.type('\x1b[B');
    await terminal.waitFor(new RegExp(`❯ .*${user.userName}`));
    terminal.type('\r');
    await terminal.waitFor('Which role?');
    await terminal.waitFor(/❯ Admin/);
    terminal.type('\x1b[B');
    await terminal.waitFor(/❯ Developer/);
    terminal.type('\r');
    await terminal.waitFor('In which scope?');
    await terminal.waitFor(/❯ org/);
    terminal.type('another');
    await terminal.waitFor(/❯ another account/);
    terminal.type('\r');
    await terminal.waitFor(/✔ In which scope\?.*another account[\s\S]*\? In which scope\?/);
    terminal.type('AC1\r');
    await terminal.waitFor('"AC1" is not a scope');
    terminal.type('\x7f\x7f\x7forg\r');
    await terminal.waitFor('To do the same without questions:');
    await terminal.waitFor(
      `  twilio-org role-assignments create --user ${user.userName} --role Developer --scope org --yes`,
    );
    expect(await terminal.exited).toBe(0);
    expect(sandbox.state.assignments).toMatchObject([
      {
        identity: user.id,
        role_sid: 'IX00000000000000000000000000000103',
        scope: sandbox.organizationSid,
      },
    ]);
  });

  test('ask for user, roles and scope in role-assignments replace', async () => {
    const { call, open, sandbox } = await onTerminal(['--version'], { assignments: 0 });
    const user = userAt(sandbox, 1);
    const developer = ['--role', 'Developer', '--scope', 'org'];
    await call(['role-assignments', 'create', '--user', user.id, ...developer]);
    const terminal = open('role-assignments', 'replace');
    await terminal.waitFor('Which user?');
    terminal.type(user.userName);
    await terminal.waitFor(new RegExp(`❯ .*${user.userName}`));
    terminal.type('\r');
    await terminal.waitFor('Which role should be replaced?');
    // The only role that the user has.
    await terminal.waitFor(/❯ Developer/);
    terminal.type('\r');
    await terminal.waitFor('Which role should they get instead?');
    terminal.type('Support');
    await terminal.waitFor(/❯ Support/);
    terminal.type('\r');
    await terminal.waitFor('In which scope?');
    await terminal.waitFor(/❯ org/);
    terminal.type('\r');
    await terminal.waitFor('Continue? (y/N)');
    terminal.type('y\r');
    expect(await terminal.exited).toBe(0);
    expect(sandbox.state.assignments.map(({ role_sid }) => role_sid)).toEqual([
      'IX00000000000000000000000000000105',
    ]);
  });

  test('a change is shown with credentials and organization before it is asked about, and yes makes it', async () => {
    const { terminal, sandbox } = await onTerminal(['users', 'deactivate', 'external:emp-00002']);
    const user = userAt(sandbox, 1);
    await terminal.waitFor('1 user will be deactivated and can no longer sign in:');
    await terminal.waitFor(`  ${user.userName}`);
    await terminal.waitFor('- Status: Active → Inactive');
    await terminal.waitFor(/With credentials from TWILIO_ORG_ACCESS_TOKEN,\s/);
    await terminal.waitFor(new RegExp(`organization\\s+${sandbox.organizationSid}`));
    await terminal.waitFor('Continue? (y/N)');
    expect(writes(sandbox)).toEqual([]);
    terminal.type('y\r');
    expect(await terminal.exited).toBe(0);
    expect(userNow(sandbox, user).active).toBe(false);
  });

  test('ask in users update --inactive, but not for an inactive user', async () => {
    const args = ['users', 'update', 'external:emp-00002', '--inactive'];
    const { terminal, call, sandbox } = await onTerminal(args);
    const user = userAt(sandbox, 1);
    await terminal.waitFor(`${user.userName} (${user.id}) will be deactivated and can no longer sign in.`);
    await terminal.waitFor('Continue?');
    terminal.type('y\r');
    expect(await terminal.exited).toBe(0);
    expect(userNow(sandbox, user).active).toBe(false);
    expect((await call([...args, '--locale', 'sv-SE', '--yes'])).exitCode).toBe(0);
  });

  test.each([
    ['no', 'n\r', 'Nothing was changed'],
    ['Enter alone', '\r', 'Nothing was changed'],
    ['Ctrl-C', '\x03', 'Cancelled'],
  ])('exit with 130 after %s, and nothing is sent', async (_, keys, message) => {
    const { terminal, sandbox } = await onTerminal(['users', 'delete', 'external:emp-00002']);
    await terminal.waitFor('Continue?');
    terminal.type(keys);
    await terminal.waitFor(message);
    expect(await terminal.exited).toBe(130);
    expect(writes(sandbox)).toEqual([]);
  });

  test('exit with 130 after Ctrl-C while a user is picked', async () => {
    const { terminal, sandbox } = await onTerminal(['users', 'deactivate']);
    await terminal.waitFor('Which user?');
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
    expect(writes(sandbox)).toEqual([]);
  });

  test('forget what was read before the answer: guards count the admins of now', async () => {
    const { call, open, sandbox } = await onTerminal(['--version'], { assignments: 0 });
    const [picked, other] = [userAt(sandbox, 0), userAt(sandbox, 1)];
    for (const { id } of [picked, other]) {
      await call(['role-assignments', 'create', '--user', id, '--role', 'Admin', '--scope', 'org']);
    }
    const terminal = open('users', 'deactivate', '--keep-admins', '1', '--admin-role', 'Admin');
    await terminal.waitFor(new RegExp(`❯ .*${picked.userName}`));
    mutateUser(sandbox.state, other, { active: false }, Date.now());
    terminal.type('\r');
    await terminal.waitFor('Another one?');
    await terminal.waitFor(/❯ No more/);
    terminal.type('\r');
    expect(await terminal.exited).toBe(9);
    expect(userNow(sandbox, picked)).toMatchObject({ active: true });
  });

  test('offer the roles of a user in role-assignments delete, and ask for confirmation', async () => {
    const { terminal, sandbox } = await onTerminal(['role-assignments', 'delete']);
    const { id } = userAt(sandbox, 0);
    const [, second] = sandbox.state.assignments.filter(({ identity }) => identity === id);
    await terminal.waitFor(new RegExp(`❯ .*${userAt(sandbox, 0).userName}`));
    terminal.type('\r');
    await terminal.waitFor('Which role should be removed?');
    await terminal.waitFor(/❯ Admin in org/);
    terminal.type('Regulatory');
    await terminal.waitFor(/❯ Regulatory Manager in AC/);
    terminal.type('\r');
    await terminal.waitFor(/❯ No more/);
    terminal.type('\r');
    await terminal.waitFor('1 role assignment will be removed:');
    await terminal.waitFor('Continue?');
    terminal.type('y\r');
    expect(await terminal.exited).toBe(0);
    expect(writes(sandbox)).toEqual([`DELETE /v2/Organizations/RoleAssignments/${second?.sid}`]);
  });

  test('show every combination of role-assignments create and delete before the question', async () => {
    const [one, two] = ['luke@example.com', 'leia@example.com'];
    const { open, terminal, sandbox } = await onTerminal(['users', 'create', '--email', one]);
    expect(await terminal.exited).toBe(0);
    expect(await open('users', 'create', '--email', two).exited).toBe(0);
    sandbox.requests.length = 0;
    const flags = ['--user', one, '--user', two, '--role', 'Support', '--role', 'Billing', '--scope', 'org'];
    const lines = [one, two].flatMap((user) => ['Support', 'Billing'].map((role) => ({ user, role })));
    const refused = open('role-assignments', 'create', ...flags);
    await refused.waitFor('4 role assignments will be created:');
    await refused.waitFor('Continue?');
    for (const { user, role } of lines) {
      expect(refused.text()).toContain(`  ${user}`);
      expect(refused.text()).toContain(`+ Role: ${role} in org`);
    }
    refused.type('n\r');
    expect(await refused.exited).toBe(130);
    expect(writes(sandbox)).toEqual([]);
    expect(await open('role-assignments', 'create', ...flags, '--yes').exited).toBe(0);
    expect(writes(sandbox)).toHaveLength(4);
    const taking = open('role-assignments', 'delete', ...flags);
    await taking.waitFor('4 role assignments will be removed:');
    await taking.waitFor('Continue?');
    for (const { user, role } of lines) {
      expect(taking.text()).toContain(`  ${user}`);
      expect(taking.text()).toContain(`- Role: ${role} in org`);
    }
    taking.type('y\r');
    expect(await taking.exited).toBe(0);
    expect(writes(sandbox)).toHaveLength(8);
  });

  test('do not appear with --yes', async () => {
    const { terminal, sandbox } = await onTerminal(['users', 'deactivate', 'external:emp-00002', '--yes']);
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).not.toContain('Continue?');
    expect(userNow(sandbox, userAt(sandbox, 1)).active).toBe(false);
  });

  test.each([
    ['--no-input', ['--no-input'], {}],
    ['TWILIO_ORG_NO_INPUT', [], { TWILIO_ORG_NO_INPUT: '1' }],
  ])('do not appear with %s, where a missing value is a usage error', async (_, flags, env) => {
    const { terminal, open, sandbox } = await onTerminal(['users', 'get', ...flags], { env });
    expect(await terminal.exited).toBe(2);
    expect(terminal.text()).toContain('error: Which user?');
    const deactivate = open('users', 'deactivate', 'external:emp-00002', ...flags);
    expect(await deactivate.exited).toBe(2);
    expect(deactivate.text()).toContain('In a script add --yes');
    expect(sent(sandbox)).toEqual([]);
  });

  test('do not appear in a CI job, with CI as the reason', async () => {
    const { terminal, open, sandbox } = await onTerminal(['users', 'get'], { env: { CI: 'true' } });
    expect(await terminal.exited).toBe(2);
    expect(terminal.text()).toContain('CI is set');
    const deactivate = open('users', 'deactivate', 'external:emp-00002');
    expect(await deactivate.exited).toBe(2);
    expect(deactivate.text()).toContain('CI is set');
    expect(sent(sandbox)).toEqual([]);
  });

  test.each([
    ['CI', 'auth setup'],
    [
      'CI',
      'auth login --grant client-credentials --client-id OQ00000000000000000000000000000001 --store file',
    ],
    ['CI', 'runs show'],
    ['CI', 'runs undo'],
    ['TWILIO_ORG_NO_INPUT', 'auth setup'],
    ['TWILIO_ORG_NO_INPUT', 'runs resume'],
  ])('%s is named as the reason by %s', async (variable, command) => {
    const { terminal, sandbox } = await onTerminal(command.split(' '), {
      env: { [variable]: 'true', TWILIO_ORG_ACCESS_TOKEN: undefined },
    });
    expect([2, 4]).toContain(await terminal.exited);
    expect(terminal.text()).toContain(`${variable} ${variable === 'CI' ? 'is set' : 'forbids asking'}`);
    expect(terminal.text()).not.toContain('terminal');
    expect(sent(sandbox)).toEqual([]);
  });

  test('appear with TWILIO_ORG_NO_INPUT=0 and CI=false', async () => {
    const { terminal } = await onTerminal(['users', 'create'], {
      env: { TWILIO_ORG_NO_INPUT: '0', CI: 'false' },
    });
    await terminal.waitFor('E-mail address');
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('end with %s, which restores the terminal', async (signal) => {
    const { terminal } = await onTerminal(['users', 'create']);
    await terminal.waitFor('E-mail address');
    process.kill(terminal.pid, signal);
    await terminal.waitFor('Cancelled');
    expect(await terminal.exited).toBe(130);
    expect(terminal.raw().lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.raw().lastIndexOf('\x1b[?25l'));
  });

  test.each([
    ['SIGTERM', 'xterm-256color'],
    ['SIGHUP', 'xterm-256color'],
    ['SIGINT', 'xterm-256color'],
    ['SIGTERM', 'dumb'],
  ] as const)('restore the modes of the terminal after %s at a secret (TERM=%s)', async (signal, term) => {
    const { env } = await sandboxed();
    const line = `before=$(stty -g); sh -c 'echo "pid=$$;"; exec "$@"' sh "$@"; code=$?
      [ "$before" = "$(stty -g)" ] && echo "the same modes, $code"`;
    const login = 'auth login --grant client-credentials --store file --client-id';
    const words = [...login.split(' '), 'OQ00000000000000000000000000000001'];
    const terminal = openTerminal('bash', ['-c', line, 'bash', process.execPath, program, ...words], {
      env: cleanEnv({
        ...env,
        TERM: term,
        TWILIO_ORG_ACCESS_TOKEN: undefined,
        TWILIO_ORG_STORE_PASSPHRASE: 'canary passphrase',
      }),
    });
    onTestFinished(() => terminal.close());
    await terminal.waitFor(/pid=\d+;/);
    const pid = Number(/pid=(\d+);/.exec(terminal.text())?.[1]);
    await terminal.waitFor('Client secret');
    process.kill(pid, signal);
    await terminal.waitFor('the same modes, 130');
    expect(await terminal.exited).toBe(0);
  });

  test('write no escape sequence to a dumb terminal', async () => {
    const world = await sandboxed();
    const terminal = openTerminal(
      '/bin/sh',
      ['-c', 'TERM=dumb exec "$0" "$@"', process.execPath, program, 'users', 'create'],
      {
        env: cleanEnv(world.env),
      },
    );
    onTestFinished(() => terminal.close());
    await terminal.waitFor('? E-mail address');
    terminal.type('ada@example.com\r');
    expect(await terminal.exited).toBe(0);
    expect(terminal.raw()).not.toContain('\x1b');
    expect(world.sandbox.state.users.byUserName('ada@example.com')).toBeDefined();
  });

  test('come with lists as coloured tables, cut to the width with whole addresses', async () => {
    const { terminal, sandbox } = await onTerminal(['users', 'list'], { columns: 70, users: 3 });
    expect(await terminal.exited).toBe(0);
    const lines = terminal.text().trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^E-mail +Name +Status$/);
    expect(lines).toHaveLength(4);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(70);
    expect(lines[1]).toMatch(new RegExp(`^${userAt(sandbox, 0).userName} +Maya Bennett +Active$`));
    expect(terminal.raw()).toContain('\x1b[1mE-mail');
    expect(terminal.raw()).toContain('\x1b[32mActive');
  });

  test.each([
    ['--no-color', ['--no-color'], {}],
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['CI', [], { CI: 'true' }],
  ])('come with tables without colour for %s', async (_, flags, env) => {
    const { terminal } = await onTerminal(['users', 'list', ...flags], { users: 3, env });
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toMatch(/^E-mail +Name +Status +SID/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
    expect(terminal.raw()).not.toMatch(/\x1b\[[\d;]*m/);
  });

  test('come with role assignments that have the names of users and roles', async () => {
    const { terminal, sandbox } = await onTerminal(['role-assignments', 'list'], { columns: 200, users: 3 });
    expect(await terminal.exited).toBe(0);
    const [head, first] = terminal.text().split('\r\n');
    expect(head).toMatch(/^E-mail +Name +Role +Scope +Resource +SID$/);
    expect(first).toMatch(new RegExp(`^${userAt(sandbox, 0).userName} +Maya Bennett +Admin +org +IY`));
  });
});
