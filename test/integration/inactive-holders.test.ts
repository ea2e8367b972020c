import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../support/bulk.ts';
import { userAt, writes } from '../support/cli.ts';
import { declaredDirectory, onePair } from '../support/declared.ts';

/** The commands that give roles, each with a user who is not active, and the input that it reads. */
const commands: [name: string, args: string[], input?: string][] = [
  ['role-assignments create', ['--user', 'EMAIL', '--role', 'Support', '--scope', 'org']],
  ['role-assignments create', ['--user', 'SID', '--role', 'Support', '--scope', 'org']],
  ['role-assignments create', ['--user', 'EMAIL', '--user', 'ACTIVE', '--role', 'Support', '--scope', 'org']],
  ['role-assignments import', ['-'], 'user,role,scope\nEMAIL,Support,org\n'],
  [
    'role-assignments replace',
    ['--user', 'EMAIL', '--from', 'Developer', '--to', 'Support', '--scope', 'org'],
  ],
  ['access copy', ['--from', 'ACTIVE', '--to', 'EMAIL']],
  ['access apply', ['DIRECTORY']],
];

async function world() {
  const made = await bulkWorld({ users: 20, assignments: 0 });
  const [active, inactive] = [userAt(made.sandbox, 1), userAt(made.sandbox, 7)];
  const words = new Map([
    ['EMAIL', inactive.userName],
    ['SID', inactive.id],
    ['ACTIVE', active.userName],
    ['DIRECTORY', declaredDirectory({ 'a.yaml': onePair('Support', 'org', inactive.userName) })],
  ]);
  const filled = (text: string) =>
    text.replace(/EMAIL|SID|ACTIVE|DIRECTORY/g, (word) => words.get(word) ?? word);
  for (const { id } of [active, inactive]) {
    const args = ['role-assignments', 'create', '--user', id, '--role', 'Developer', '--scope', 'org'];
    expect((await made.call(args)).exitCode).toBe(0);
  }
  await made.call(['role-assignments', 'create', '--user', active.id, '--role', 'Billing', '--scope', 'org']);
  return { ...made, inactive, filled };
}

describe.each(commands)('%s %j', (name, args, input = '') => {
  test('says on stderr that a user is not active and can not use the roles', async () => {
    const { call, inactive, filled, sandbox } = await world();
    const before = writes(sandbox).length;
    const line = [...name.split(' '), ...args.map(filled)];
    const warning = `warning: ${inactive.userName} is not active and can't use these roles.`;
    const planned = await call([...line, '--dry-run'], {}, filled(input));
    expect(planned.stderr).toContain(warning);
    expect(writes(sandbox)).toHaveLength(before);
    const done = await call([...line, '--yes', '-o', 'json'], {}, filled(input));
    expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(warning) });
    const results = [rows(done.stdout)].flat();
    if (!Object.hasOwn(results[0] ?? {}, 'outcome')) return;
    const reasons = results.map(({ reason = '' }) => reason).filter((reason) => reason !== '');
    expect(reasons).toEqual([expect.stringContaining("is not active and can't use these roles")]);
  });
});
