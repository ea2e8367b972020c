import { expect, onTestFinished, test } from 'vitest';
import { cleanEnv, program, writes } from '../support/cli.ts';
import { declaredWorld, support } from '../support/declared.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';

/** User 1 is to have Support in the organization, which user 4 has; and `access apply` on a terminal. */
async function applying() {
  const { hold, write, mail, directory, env, sandbox, held } = await declaredWorld();
  write(
    'support.yaml',
    `owns: [{ scope: org, roles: [Support] }]\naccess:\n  - { who: ${mail(1)}, role: Support, where: org }\n`,
  );
  hold(4, support);
  const terminal = openTerminal(process.execPath, [program, 'access', 'apply', directory], {
    env: cleanEnv(env),
    columns: 120,
  });
  onTestFinished(() => terminal.close());
  return { terminal, sandbox, held, mail };
}

describeWith('terminal', 'the question of access apply', () => {
  test.each([
    ['y\r', 0, ['1 Support org']],
    ['n\r', 130, ['4 Support org']],
    ['\r', 130, ['4 Support org']],
    ['\x03', 130, ['4 Support org']],
  ])('shows the changes; %j ends with exit code %i', async (keys, exitCode, now) => {
    const { terminal, sandbox, held, mail } = await applying();
    await terminal.waitFor(/Continue\?/);
    for (const number of [1, 4]) expect(terminal.text()).toContain(mail(number));
    expect(writes(sandbox)).toEqual([]);
    terminal.type(keys);
    expect(await terminal.exited).toBe(exitCode);
    expect(held()).toEqual(now);
    expect(writes(sandbox)).toHaveLength(exitCode === 0 ? 2 : 0);
  });
});
