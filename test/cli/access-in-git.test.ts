import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { cleanEnv, home, program, userAt } from '../support/cli.ts';
import { support } from '../support/declared.ts';
import { recorded } from '../support/transcript.ts';

/** A git repository with nobody's settings, and an organization with roles. */
async function repository() {
  const sandbox = await startSandbox({ users: 12, assignments: 30 });
  onTestFinished(() => sandbox.close());
  const cwd = mkdtempSync(join(home, 'repository-'));
  const env = cleanEnv({
    TWILIO_ORG_CONFIG_DIR: join(cwd, '.git/twilio-org'),
    TWILIO_ORG_API_URL: sandbox.apiUrl,
    TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl,
    TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid,
    TWILIO_ORG_CLIENT_ID: sandbox.apps.client_credentials.client_id,
    TWILIO_ORG_CLIENT_SECRET: sandbox.apps.client_credentials.client_secret,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'Ada'],
        [`GIT_${who}_EMAIL`, 'ada@example.com'],
      ]),
    ),
  });
  const run = async (file: string, args: readonly string[]) => {
    const running = execa(file, args, {
      cwd,
      env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      timeout: 600_000,
    });
    const { stdout, stderr, exitCode } = await recorded(args, running, env);
    return { stdout, stderr, exitCode };
  };
  const git = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await run('git', args);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  await git('init', '--quiet', '--initial-branch=main');
  return {
    sandbox,
    cwd,
    git,
    access: (...args: string[]) => run(process.execPath, [program, 'access', ...args]),
    commit: async (message: string) => {
      await git('add', 'access');
      await git('commit', '--quiet', '--message', message);
    },
    read: (name: string) => readFileSync(join(cwd, name), 'utf8'),
    /** The assignments of the organization, in no order. */
    held: () =>
      sandbox.state.assignments
        .map(({ identity, role_sid, scope, resource_id }) =>
          [identity, role_sid, scope, resource_id].join(' '),
        )
        .sort(),
  };
}

test('a pull request adopts, changes, plans, is applied, and takes back what somebody did by hand', async () => {
  const { sandbox, cwd, git, access, commit, read, held } = await repository();
  const before = held();

  // Adopt: the files say what is there.
  expect(await access('pull', 'access')).toMatchObject({ exitCode: 0 });
  await commit('Adopt the access that there is');
  expect(await access('plan', 'access', '--exit-code')).toMatchObject({ exitCode: 0 });
  expect(held()).toEqual(before);

  // A pull request: one person more, in a file that owns the whole organization.
  await git('switch', '--quiet', '--create', 'more-support');
  const file =
    readdirSync(join(cwd, 'access')).find((name) => /\bwhere: org\b/.test(read(join('access', name)))) ?? '';
  const path = join('access', file);
  const person = userAt(sandbox, 7).userName;
  const [owned = ''] = /roles: \[(.*)\]/.exec(read(path)) ?? [];
  writeFileSync(
    join(cwd, path),
    `# Reviewed each quarter.\n${read(path).replace(owned, owned.replace('[', '[Support, '))}  - { who: ${person}, role: Support, where: org, because: OPS-4711 }\n`,
  );
  await commit('Let one more person give support');
  const plan = await access('plan', 'access', '-o', 'markdown', '--exit-code');
  expect(plan).toMatchObject({ exitCode: 10 });
  expect(plan.stdout).toMatch(/\*\*0 roles to remove, 1 to give\*\*|\*\*1 role to give\*\*/);
  expect(plan.stdout).toContain(`| \`${person}\` | \`Support\` | \`org\` | \`${path}:`);
  expect(held()).toEqual(before);

  // Approved and merged: main is applied.
  await git('switch', '--quiet', 'main');
  await git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'more-support');
  expect(await access('apply', 'access', '--yes')).toMatchObject({ exitCode: 0 });
  const given = [userAt(sandbox, 7).id, support, sandbox.organizationSid, ''].join(' ');
  expect(held()).toEqual([...before, given].sort());
  expect(await access('drift', 'access', '--exit-code')).toMatchObject({ exitCode: 0 });

  // One role is given in the Console, and another removed.
  const other = userAt(sandbox, 8).id;
  const { assignments } = sandbox.state;
  const [gone] = assignments.splice(
    assignments.findIndex(
      ({ identity, role_sid }) => role_sid === support && identity === userAt(sandbox, 7).id,
    ),
    1,
  );
  if (gone === undefined) throw new Error('The role was not given');
  assignments.push({ ...gone, identity: other, sid: `IY${'7'.repeat(32)}` });
  const drift = await access('drift', 'access', '--exit-code', '-o', 'json');
  expect(drift).toMatchObject({ exitCode: 10 });
  expect(
    JSON.parse(drift.stdout).map(({ identity, drift }: Record<string, string>) => [identity, drift]),
  ).toEqual([
    [other, 'not in the files'],
    [userAt(sandbox, 7).id, 'missing'],
  ]);

  // Pulled back into the files: what somebody reviewed before stays as it is.
  expect(await access('pull', 'access', '--update')).toMatchObject({ exitCode: 0 });
  const changed = (await git('diff', '--unified=0', 'access'))
    .split('\n')
    .filter((line) => /^[+-] /.test(line));
  expect(
    changed.map((line) => [line[0], line.includes(person), line.includes(userAt(sandbox, 8).userName)]),
  ).toEqual([
    ['-', true, false],
    ['+', false, true],
  ]);
  expect(read(path)).toMatch(/^# Reviewed each quarter\.$/m);
  expect(await access('plan', 'access', '--exit-code')).toMatchObject({ exitCode: 0 });
  await commit('Keep what was done by hand');
});
