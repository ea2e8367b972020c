import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sent } from '../../support/cli.ts';
import { organization, prepared } from '../../support/logins.ts';
import { withProfiles } from '../../support/profiles.ts';

it('a configuration directory that others can open is reported once in each command', async () => {
  const { login, configDir } = await prepared();
  chmodSync(configDir, 0o1777);
  const { exitCode, stderr } = await login();
  expect([exitCode, stderr.split('Others on this machine').length - 1]).toEqual([0, 1]);
});

describe('a variable that keeps every command from using the active login', () => {
  it.each([
    [
      'TWILIO_ORG_CLIENT_ID',
      `OQ${'0'.repeat(32)}`,
      /TWILIO_ORG_CLIENT_ID is set, but TWILIO_ORG_CLIENT_SECRET/,
    ],
    ['TWILIO_ORG_CLIENT_SECRET', 'a-canary', /TWILIO_ORG_CLIENT_SECRET is set, but TWILIO_ORG_CLIENT_ID/],
    [
      'TWILIO_ORG_API_URL',
      'http://127.0.0.1:1',
      /TWILIO_ORG_API_URL is http:.*its credentials go nowhere else/,
    ],
  ])('is named by auth status: %s', async (name, value, message) => {
    const { plant, call, sandbox } = await withProfiles();
    await plant();
    const left = { [name]: value };
    const list = await call(['users', 'list'], left);
    const checked = await call(['auth', 'status', '--check'], left);
    const status = await call(['auth', 'status'], left);
    expect([list.exitCode, checked.exitCode, status.exitCode]).toEqual([2, 2, 0]);
    for (const { stderr } of [list, checked, status]) expect(stderr).toMatch(message);
    expect(checked.stdout).not.toContain('accepted');
    expect(sent(sandbox)).toEqual([]);
  });
});

it('a command in the hint of an error includes the --profile in use', async () => {
  const { plant, run } = await withProfiles({ fail: 1, seed: 2 });
  await plant('staging', { organization_sid: organization });
  const create = [
    'users',
    'create',
    '--email',
    'a@example.com',
    '--max-retries',
    '0',
    '--profile',
    'staging',
  ];
  expect(await run(create)).toMatchObject({
    exitCode: 11,
    stderr: expect.stringContaining('This shows it: twilio-org --profile staging users get a@example.com\n'),
  });
  expect((await run(['runs', 'show', 'x', '--profile=staging', '-o', 'json'])).stderr).toContain(
    'To see the runs recorded on this machine: twilio-org --profile staging runs list',
  );
  expect((await run(['users', 'list', '--profile', 'other'])).stderr).toContain(
    'Profiles: staging. Choose one with --profile NAME, or make it the default: twilio-org auth switch NAME',
  );
});
