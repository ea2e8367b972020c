import { expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt } from '../../support/cli.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

/** The Owner is the only admin of the sandbox. */
const anyAdmins = ['--keep-admins', '0'];

/** Commands that take lists, and fail for good. */
const refused: [what: string, args: (world: World) => string[], code: number][] = [
  ['the Owner is offboarded', ({ sandbox }) => ['users', 'offboard', userAt(sandbox, 0).id, ...anyAdmins], 5],
  [
    'the Owner is deactivated beside another',
    ({ sandbox }) => ['users', 'deactivate', userAt(sandbox, 0).id, userAt(sandbox, 1).id, ...anyAdmins],
    3,
  ],
  [
    'a role can not be given there',
    ({ file, sandbox }) => [
      ...['role-assignments', 'import'],
      file('in.csv', `user,role,scope\n${userAt(sandbox, 3).id},Billing,${sandbox.state.accounts[2]?.sid}\n`),
    ],
    1,
  ],
];

test.each(refused)('a run where %s is not advised to be resumed', async (_, args, code) => {
  const world = await bulkWorld({ users: 20 });
  const { exitCode, stderr } = await world.call([...args(world), '--yes']);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: code });
  expect(stderr).not.toContain('runs resume');
});

test('a run where one of several failures may pass is advised to be resumed', async () => {
  const world = await bulkWorld({ users: 20 });
  const { sandbox, call } = world;
  const [owner, one] = [userAt(sandbox, 0), userAt(sandbox, 1)];
  let broken = true;
  const url = await between(sandbox.apiUrl, ({ method, path }) =>
    broken && method === 'PUT' && path.endsWith(one.id) ? '503 before' : undefined,
  );
  const env = { TWILIO_ORG_API_URL: url };
  const args = ['users', 'deactivate', owner.id, one.id, '--yes', ...anyAdmins, '--max-retries', '0'];
  const { exitCode, stderr } = await call(args, env);
  expect(exitCode).toBe(3);
  const [, resume = ''] = /Resume with: twilio-org (runs resume \S+)/.exec(stderr) ?? [];
  broken = false;
  const again = await call([...resume.split(' '), '--yes', ...anyAdmins], env);
  expect(again.exitCode).toBe(3);
  expect(again.stderr).not.toContain('runs resume');
});

test('the advised command has the guards of the run, which the rest still needs', async () => {
  const world = await bulkWorld({ users: 60 });
  const { sandbox, call } = world;
  const people = Array.from({ length: 40 }, (_, index) => userAt(sandbox, index + 10).id);
  let broken = true;
  const url = await between(sandbox.apiUrl, ({ method, writes }) =>
    broken && method === 'PUT' && writes > 5 ? '503 before' : undefined,
  );
  const env = { TWILIO_ORG_API_URL: url };
  const guards = ['--max-removals', '50', '--max-removal-fraction', '0.9', '--protect', 'o*@x.example'];
  const args = ['users', 'deactivate', ...people, '--yes', ...anyAdmins, ...guards];
  const { exitCode, stderr } = await call([...args, '--max-retries', '0', '--concurrency', '1'], env);
  expect(exitCode).toBe(3);
  broken = false;
  const [, resume = ''] = /Resume with: twilio-org (.*)/.exec(stderr) ?? [];
  const words = resume.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
  expect(words).toEqual(expect.arrayContaining([...guards, ...anyAdmins]));
  expect(await call([...words, '--yes'], env)).toMatchObject({ exitCode: 0 });
});
