import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { home, sandboxed } from '../../support/cli.ts';
import { withProfiles } from '../../support/profiles.ts';
import { madeUser, runName, writeRun } from '../../support/runs.ts';
import { expectScreens, screenTime } from '../../support/screens.ts';

const world = () => sandboxed({ users: 8, now: () => screenTime });

test('users at four widths', async () => {
  const { env } = await world();
  await expectScreens('users-list', ['users', 'list'], { env });
});

test('a user at four widths', async () => {
  const { env } = await world();
  await expectScreens('users-get', ['users', 'get', 'maya.bennett@owl.example'], { env });
});

test('role assignments at four widths', async () => {
  const { env } = await world();
  await expectScreens('role-assignments-list', ['role-assignments', 'list'], { env });
});

test('a role at four widths', async () => {
  const { env } = await world();
  await expectScreens('roles-get', ['roles', 'get', 'Developer'], { env });
});

test('logins at four widths', async () => {
  const { env, plant } = await withProfiles({ now: () => screenTime });
  const organization_sid = `OR${'1'.repeat(32)}`;
  const soon = screenTime + 52.5 * 60_000 - Date.now();
  await plant('default', { organization_sid, expiresIn: soon });
  const old = screenTime - 50.5 * 3_600_000 - Date.now();
  await plant('nightly-job', { grant: 'client-credentials', organization_sid, expiresIn: old });
  await expectScreens('auth-status', ['auth', 'status'], { env });
});

test('runs at four widths', async () => {
  const configDir = join(mkdtempSync(join(home, 'screens-')), 'config');
  const ada = madeUser(`US${'a'.repeat(32)}`, 'ada@example.com');
  const deactivation = { do: 'update-user', user: ada, fields: { active: false } };
  const runs = [
    [
      '2026-11-26T08:12:00.000Z',
      'ada@example.com',
      'users import /home/ada/joiners-of-november.csv --yes',
      1,
    ],
    ['2026-11-24T09:30:00.000Z', 'ada@example.com', 'users deactivate grace.hopper@example.com', 1],
    ['2026-10-01T16:45:00.000Z', 'deploy', 'role-assignments delete IY1 --yes', 0],
  ] as const;
  for (const [at, actor, command, done] of runs) {
    const run = runName(at);
    const items = [{ row: { id: ada.id, userName: ada.userName }, steps: [deactivation] }];
    const head = { command: `twilio-org ${command}`, actor, organization_sid: `OR${'1'.repeat(32)}` };
    writeRun(configDir, { run, head, items, done: done === 1 ? [[0, 0]] : [] });
  }
  await expectScreens('runs-list', ['runs', 'list'], { env: { TWILIO_ORG_CONFIG_DIR: configDir } });
});
