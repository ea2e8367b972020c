import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { call, cleanEnv, program, userAt, userNow, writes } from '../../support/cli.ts';
import { actor, journals } from '../../support/journals.ts';
import { describeWith, testWith } from '../../support/requires.ts';

describe('where no run can be recorded', () => {
  /** The configuration directory is a file, so that not even root can create anything in it. */
  async function blocked() {
    const world = await bulkWorld({ users: 20 });
    const env = { TWILIO_ORG_CONFIG_DIR: world.file('a-file', '') };
    return { ...world, call: (args: string[]) => world.call(args, env) };
  }
  const warning =
    /^warning: This change is not recorded, so `runs undo` can't undo it: Cannot create the directory .*\n$/;

  test('a single change continues with one note', async () => {
    const { call, sandbox } = await blocked();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const created = await call(['users', 'create', '--email', 'kim@example.com', '--quiet', '-o', 'json']);
    expect(created).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(warning) });
    expect(JSON.parse(created.stdout)).toMatchObject({ userName: 'kim@example.com' });
    for (const args of [
      ['users', 'deactivate', one.id, '--yes'],
      ['users', 'update', two.id, '--locale', 'sv-SE'],
      ['api', 'DELETE', `/scim/v2/Users/${two.id}`, '--yes'],
    ]) {
      expect(await call(args)).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(warning) });
    }
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([false, false]);
  });

  testWith(
    'Linux',
    'a single change continues also in a directory where Node itself would retry for ever',
    async () => {
      const { call, sandbox } = await bulkWorld({ users: 20 });
      const { id } = userAt(sandbox, 1);
      const env = { TWILIO_ORG_CONFIG_DIR: '/proc/none/twilio-org' };
      expect(await call(['users', 'deactivate', id, '--yes'], env)).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(warning),
      });
      expect(userNow(sandbox, userAt(sandbox, 1)).active).toBe(false);
    },
  );

  test('several changes do not start', async () => {
    const { call, sandbox } = await blocked();
    const ids = [1, 2].map((index) => userAt(sandbox, index).id);
    expect(await call(['users', 'deactivate', ...ids, '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^error: Cannot create the directory .*\nCheck that the directory is yours/,
      ),
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('a single change needs no home directory', async () => {
    const world = await bulkWorld({ users: 20 });
    const env = { ...world.env, TWILIO_ORG_CONFIG_DIR: undefined };
    const { sid, identity } = world.sandbox.state.assignments[5] ?? {};
    for (const args of [
      ['users', 'deactivate', `${identity}`, '--yes'],
      ['role-assignments', 'delete', `${sid}`, '--yes'],
    ]) {
      expect(await call(args, { env, homeFolder: '' })).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(
          /^warning: This change is not recorded.*: There is no home directory.*\n$/,
        ),
      });
    }
  });
});

describeWith('bash', 'a single change on a disk that becomes full', () => {
  /** Deactivates a user where no file may be larger than the journal without the end of this line. */
  async function limited(last: 'intent' | 'outcome') {
    const world = await bulkWorld({ users: 20 });
    const one = userAt(world.sandbox, 1);
    await world.call(['users', 'deactivate', one.id, '--timeout', '30.0', '--yes'], actor);
    const [lines = []] = journals(world);
    const until = lines.findIndex(({ type }) => type === last);
    const size = lines
      .slice(0, until)
      .reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(line)) + 1, 10);
    await world.call(['users', 'activate', one.id]);
    const blocks = Math.ceil(size / 1024);
    const zeros = '0'.repeat(blocks * 1024 - size);
    const line = `ulimit -f ${blocks}; "$0" "$1" users deactivate ${one.id} --timeout 30.0${zeros} --yes`;
    const { exitCode, stderr } = await execa('bash', ['-c', line, process.execPath, program], {
      env: cleanEnv({ ...world.env, ...actor }),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    const runs = journals(world).filter(([head]) => String(head?.command).includes(`30.0${zeros}`));
    return { exitCode, stderr, active: userNow(world.sandbox, one).active, runs };
  }

  test('leaves no journal that reports it as not tried', async () => {
    expect(await limited('intent')).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^warning: This change is not recorded, so `runs undo` can't undo it: .*$/,
      ),
      active: false,
      runs: [],
    });
  });

  test('has a run with an unknown outcome', async () => {
    const { runs, ...rest } = await limited('outcome');
    expect(rest).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^warning: The outcome of this change is not recorded: .*$/),
      active: false,
    });
    expect(runs).toHaveLength(1);
    expect(runs[0]?.at(-1)).toMatchObject({ type: 'intent', item: 0, step: 0 });
  });
});
