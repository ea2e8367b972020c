import { expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { call, userAt } from '../../support/cli.ts';

test('on a terminal each single change ends in a sentence, and the way to undo it', async () => {
  const { env, sandbox } = await bulkWorld({ users: 30 });
  const user = userAt(sandbox, 3);
  const { userName } = user;
  const role = ['--user', userName, '--role', 'Messaging Admin', '--scope', 'org'];
  for (const [args, sentence] of [
    [
      ['users', 'update', userName, '--family-name', 'Lin-Chen'],
      `Family name of ${userName}: ${user.name?.familyName} → Lin-Chen`,
    ],
    [
      ['users', 'create', '--email', 'ada@example.com'],
      'Created ada@example.com: without a name, active, Twilio sends a welcome e-mail',
    ],
    [['role-assignments', 'create', ...role], /now has Messaging Admin in org/],
    [['role-assignments', 'delete', ...role, '--yes'], /no longer has Messaging Admin in org/],
    [['users', 'deactivate', userName, '--yes'], `${userName} can no longer sign in`],
    [['users', 'activate', userName], `${userName} can sign in again`],
    [['users', 'delete', userName, '--yes'], `${userName} can no longer sign in`],
  ] as const) {
    const { stdout, stderr, exitCode } = await call(args, { env, columns: 80 });
    expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
    if (typeof sentence === 'string') expect(stdout).toBe(`${sentence}\n`);
    else expect(stdout).toMatch(sentence);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^To undo: twilio-org runs undo \d{8}-\d{9}-[0-9a-f]{4}$/m);
  }
});

test('off a terminal, and with a format, a change prints what it always did', async () => {
  const { env, sandbox } = await bulkWorld({ users: 30 });
  const { id } = userAt(sandbox, 3);
  const update = (familyName: string) => ['users', 'update', id, '--family-name', familyName];
  const piped = await call(update('One'), { env });
  expect(piped.stdout).toContain(id);
  expect(piped.stderr).not.toContain('To undo');
  const json = await call([...update('Two'), '-o', 'json'], { env, columns: 80 });
  expect(JSON.parse(json.stdout)).toMatchObject({ id, name: { familyName: 'Two' } });
});

test('a dry run on a terminal names those whom the command finds as it leaves them', async () => {
  const { env, sandbox } = await bulkWorld({ users: 30 });
  const [active, inactive] = [userAt(sandbox, 3), userAt(sandbox, 7)];
  const args = ['users', 'deactivate', active.id, inactive.id, '--dry-run'];
  const { stdout } = await call(args, { env, columns: 80 });
  expect(stdout).toMatch(new RegExp(`${inactive.userName}.*\\n.*Already inactive`));
  expect(stdout).toContain(active.userName);
});
