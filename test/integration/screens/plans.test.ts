import { expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { call as callAt, userAt } from '../../support/cli.ts';
import { expectScreens, screenTime } from '../../support/screens.ts';

const world = () => bulkWorld({ users: 30, now: () => screenTime });

/** Files of the test are in a directory with a random name. */
const constant = (text: string): string => text.replace(/\/\S*\/(?=[\w.-]+\.csv)/g, '');

/** The runs of an undo and their clients differ from run to run of the test. */
const withoutRuns = (text: string): string =>
  constant(text).replace(/(?<=\d{8}-\d{9})-[0-9a-f]{4}/g, '-1a2b');

/** The earliest run: the later ones are those of the screens. */
async function firstRun(call: (args: string[]) => Promise<{ stdout: string }>): Promise<string | undefined> {
  return (await call(['runs', 'list', '--fields', 'run'])).stdout.trim().split('\n').at(-1);
}

test('a plan of ten people at four widths', async () => {
  const { env, file, sandbox } = await world();
  const [old, inactive] = [userAt(sandbox, 2), userAt(sandbox, 7)];
  const lines = [
    'email,given_name,family_name,active,external_id,role,scope',
    'ada@example.com,Ada,Lovelace,,E-1,Support,org',
    'grace.brewster.murray.hopper@research.example.com,Grace,Hopper,,,Developer,org',
    'noor@example.com,Noor,Haddad,false,,,',
    'zoe@example.com,Zoë,Çelik,,,Admin,org',
    'wei@example.com,伟,王,,,Support,org',
    'kofi@example.com,Kofi,Mensah,,,Developer,org',
    'ines@example.com,Inês,Duarte,,,Developer,org',
    `${old.userName},,Lin-Chen,,,Admin,org`,
    `${userAt(sandbox, 3).userName},,,false,,,`,
    `${inactive.userName},,,,,Support,org`,
  ];
  const input = file('joiners.csv', lines.join('\n'));
  await expectScreens('plan', ['users', 'import', input, '--dry-run'], { env, constant });
});

test('the plan of an offboarding at four widths', async () => {
  const { env, sandbox } = await world();
  const [leaver, other, heir] = [1, 2, 3].map((index) => userAt(sandbox, index).userName);
  const args = ['users', 'offboard', `${leaver}`, `${other}`, '--copy-roles-to', `${heir}`, '--dry-run'];
  await expectScreens('offboarding-plan', args, { env });
});

test('an executed offboarding, its report and its run, at four widths', async () => {
  const { env, call, sandbox } = await world();
  const [leaver, other] = [1, 3].map((index) => userAt(sandbox, index).userName);
  const now = () => screenTime;
  const offboard = ['users', 'offboard', `${leaver}`, `${other}`, '--yes', '--reason', 'Left the company'];
  const names = { env: { ...env, TWILIO_ORG_ACTOR: 'ada' } };
  expect((await callAt(offboard, { ...names, now })).exitCode).toBe(0);
  await expectScreens('offboarding-report', offboard, { ...names, constant: withoutRuns });
  await expectScreens('runs-show', ['runs', 'show', (await firstRun(call)) ?? ''], {
    env,
    constant: withoutRuns,
  });
});
