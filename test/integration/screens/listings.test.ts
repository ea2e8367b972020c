import { test } from 'vitest';
import { sandboxed } from '../../support/cli.ts';
import { expectScreens, screenTime } from '../../support/screens.ts';

const world = () => sandboxed({ users: 8, now: () => screenTime });

test('the users at four widths', async () => {
  const { env } = await world();
  await expectScreens('users-list', ['users', 'list'], { env });
});
