import { test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt } from '../../support/cli.ts';
import { expectScreens, screenTime } from '../../support/screens.ts';

const world = () => bulkWorld({ users: 30, now: () => screenTime });

/** Files of the test are in a directory with a random name. */
const constant = (text: string): string => text.replace(/\/\S*\/(?=[\w.-]+\.csv)/g, '');

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
