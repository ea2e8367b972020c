import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { userAt, writes } from '../../support/cli.ts';
import { withProfiles } from '../../support/profiles.ts';

describe('guards of a profile', () => {
  test('are loosened only after a question, and their error suggests no flag that could not help', async () => {
    const { sandbox, plant, call, config } = await withProfiles({ users: 30 });
    await plant('default', { organization_sid: sandbox.organizationSid });
    const set = ['guards', 'set', '--max-removals', '1', '--protect', 'ceo@*', '--protect', 'cfo@*'];
    expect((await call(set)).exitCode).toBe(0);
    const ids = [1, 2].map((index) => userAt(sandbox, index).id);
    const { stderr, exitCode } = await call(['users', 'deactivate', ...ids, '--yes']);
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('guards set'), exitCode: 9 });
    expect(stderr).not.toContain('--max-removals');
    for (const looser of [
      ['--max-removals', '2'],
      ['--protect', 'ceo@*'],
      ['--max-removals', '0', '--protect', 'ceo@*'],
    ]) {
      expect((await call(['guards', 'set', ...looser])).exitCode).toBe(2);
    }
    expect(config().profiles.default?.guards).toEqual({ max_removals: 1, protect: ['ceo@*', 'cfo@*'] });
    expect((await call(['guards', 'set', '--protect', 'ceo@*', '--yes'])).exitCode).toBe(0);
    expect(config().profiles.default?.guards).toEqual({ max_removals: 1, protect: ['ceo@*'] });
  });

  test('are set, shown, tightened by flags but never loosened, and removed', async () => {
    const { sandbox, plant, call, config } = await withProfiles({ users: 30 });
    await plant('default', { organization_sid: sandbox.organizationSid });
    const user = userAt(sandbox, 1);
    expect(
      (await call(['guards', 'set', '--protect', `${user.userName}`, '--max-removals', '5'])).exitCode,
    ).toBe(0);
    expect(config().profiles.default?.guards).toEqual({ protect: [user.userName], max_removals: 5 });
    expect((await call(['guards', 'set', '--max-removals', '4'])).exitCode).toBe(0);
    expect(JSON.parse((await call(['guards', 'show', '-o', 'json'])).stdout)).toMatchObject({
      max_removals: 4,
      protect: [user.userName],
    });
    const deactivate = ['users', 'deactivate', user.id, '--yes'];
    expect((await call(deactivate)).exitCode).toBe(9);
    const looser = await call(['users', 'deactivate', userAt(sandbox, 2).id, '--yes', '--max-removals', '5']);
    expect(looser).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('looser than the guard of the profile'),
    });
    expect(writes(sandbox)).toEqual([]);
    expect((await call([...deactivate, '--override-guards'])).exitCode).toBe(0);
    expect((await call(['guards', 'unset', '--yes'])).exitCode).toBe(0);
    expect(config().profiles.default?.guards).toBeUndefined();
  });

  test('stay unchanged with --dry-run', async () => {
    const { plant, call, config } = await withProfiles();
    await plant();
    expect((await call(['guards', 'set', '--max-removals', '3'])).exitCode).toBe(0);
    for (const args of [['set', '--max-removals', '1'], ['set', '--max-removals', '9'], ['unset']]) {
      const { stderr, exitCode } = await call(['guards', ...args, '--dry-run']);
      expect({ args, stderr, exitCode }).toEqual({
        args,
        stderr: expect.stringContaining('Dry run: nothing was changed'),
        exitCode: 0,
      });
    }
    expect(config().profiles.default?.guards).toEqual({ max_removals: 3 });
  });

  test('survive a new login, and logging out says that they are removed', async () => {
    const { sandbox, plant, call, config } = await withProfiles();
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    await plant('default', { grant: 'client-credentials', organization_sid: sandbox.organizationSid });
    expect((await call(['guards', 'set', '--protect', 'ceo@*'])).exitCode).toBe(0);
    const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const env = { TWILIO_ORG_API_URL: sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl };
    expect((await call([...login, '--client-secret-stdin'], env, client_secret)).exitCode).toBe(0);
    expect(config().profiles.default?.guards).toEqual({ protect: ['ceo@*'] });
    const { stderr, exitCode } = await call(['auth', 'logout']);
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringContaining('The guards of default were removed as well'),
      exitCode: 0,
    });
  });

  test('do not apply to credentials from the environment, which is noted', async () => {
    const { sandbox, plant, call, configDir } = await withProfiles({ users: 30 });
    await plant('default', { organization_sid: sandbox.organizationSid });
    const user = userAt(sandbox, 1);
    expect((await call(['guards', 'set', '--protect', user.userName])).exitCode).toBe(0);
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken(), TWILIO_ORG_API_URL: sandbox.apiUrl };
    const args = ['users', 'deactivate', user.id, '--yes', '--quiet', '--dry-run'];
    const said = 'The guards of profile default do not apply to credentials from TWILIO_ORG_ACCESS_TOKEN';
    const stderr = async (others = {}) => (await call(args, { ...env, ...others })).stderr;
    expect(await stderr()).toContain(said);
    expect(await stderr({ TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid })).toContain(said);
    expect(await stderr({ TWILIO_ORG_ORGANIZATION_SID: `OR${'1'.repeat(32)}` })).not.toContain('guards');
    // Neither does a configuration that can not be read matter to them.
    writeFileSync(`${configDir}/config.json`, '{');
    expect(await call(args, env)).toMatchObject({
      exitCode: 0,
      stderr: expect.not.stringContaining('guards'),
    });
  });

  test('are refused when they are invalid, instead of being ignored', async () => {
    const { plant, call, configDir } = await withProfiles();
    await plant();
    const file = `${configDir}/config.json`;
    const text = readFileSync(file, 'utf8');
    for (const guards of [
      ...['{"max_removals":"5"}', '{"protected":["x"]}', '{"protect":[""]}', '7', '{"max_removals":-1}'],
      ...['{"max_removal_fraction":1.5}', '{"protect":["ceo"]}', '{"admin_role":" "}'],
    ]) {
      writeFileSync(file, text.replace('"store"', `"guards": ${guards}, "store"`));
      expect(await call(['users', 'list'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('guards'),
      });
    }
  });
});
