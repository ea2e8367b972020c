import { expect, it, onTestFinished } from 'vitest';
import { cleanEnv, program, sandboxed } from '../support/cli.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';

/** A list of 60 users on a screen of 24 lines. */
async function listed(PAGER: string, args: string[] = []) {
  const world = await sandboxed({ users: 60 });
  const terminal = openTerminal(process.execPath, [program, 'users', 'list', ...args], {
    env: cleanEnv({ ...world.env, PAGER }),
    columns: 120,
  });
  onTestFinished(() => terminal.close());
  return { ...world, terminal };
}

describeWith('terminal', 'a long list on a terminal with PAGER', () => {
  it('goes through the pager, which sees no secret', async () => {
    const { terminal, env } = await listed('env | grep -E "^(TWILIO|LESS)"; sed s/^/paged:/');
    expect(await terminal.exited).toBe(0);
    expect(terminal.text().match(/^paged:\S+/gm)).toHaveLength(61);
    expect(terminal.text()).toContain('LESS=FRX');
    expect(terminal.text()).toContain('TWILIO_ORG_API_URL=');
    expect(terminal.text()).not.toContain(env.TWILIO_ORG_ACCESS_TOKEN);
  });

  it('ends quietly when the pager is quit', async () => {
    const { terminal } = await listed('head -n 2');
    expect(await terminal.exited).toBe(0);
    expect(terminal.text().trim().split('\n')).toHaveLength(2);
  });

  it('leaves Ctrl-C to the pager', async () => {
    const { terminal } = await listed(
      "trap 'echo interrupted' INT; cat > /dev/null; echo at the end; read key < /dev/tty",
    );
    await terminal.waitFor('at the end');
    terminal.type('\x03');
    await terminal.waitFor('^C');
    // A shell that was about to read tells of the signal only once it has read something.
    terminal.type('\r');
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toContain('interrupted');
  });

  it('is printed without a pager that cannot be run, and says so', async () => {
    const { terminal } = await listed('no-such-pager');
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toMatch(/The pager could not be run: no-such-pager\s+Correct or unset PAGER/);
    expect(terminal.text().match(/@\S+/g)?.length).toBeGreaterThanOrEqual(60);
  });

  it('is printed without it with --no-pager', async () => {
    const { terminal } = await listed('sed s/^/paged:/', ['--no-pager']);
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).not.toContain('paged:');
  });
});
