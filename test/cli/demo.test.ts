import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { cleanEnv, home } from '../support/cli.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';
import { record } from '../support/transcript.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demo = join(root, 'test/scripts/demo.js');
const browser = fileURLToPath(new URL('../support/browser.js', import.meta.url));

/** The environment of one run, and what is left after it. */
function arena(more: Record<string, string> = {}) {
  const temporary = mkdtempSync(join(home, 'demo-'));
  const mark = randomUUID();
  return {
    env: cleanEnv({ TMPDIR: temporary, TEMP: temporary, TMP: temporary, DEMO_TEST: mark, ...more }),
    leftFiles: () => readdirSync(temporary),
    leftProcesses: () => processesWith(`DEMO_TEST=${mark}`),
  };
}

/** Ids of the processes with this in their environment. Where that can't be seen there seem to be none. */
function processesWith(variable: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'latin1').includes(variable);
    } catch {
      return false;
    }
  });
}

function runDemo(env: ReturnType<typeof cleanEnv>) {
  return execa(process.execPath, [demo], { env, extendEnv: false, reject: false, all: true });
}

const commands = [
  /^sandbox --users 20 .*> sandbox.json &$/,
  /^auth login --client-id OQ[0-9a-f]{32} --client-secret-stdin .*< client-secret.txt$/,
  /^users list --limit 6$/,
  /^roles list --limit 6$/,
  /^role-assignments list --limit 6$/,
  /^users create --email ada@example.com /,
  /^role-assignments create --user ada@example.com --role Developer --scope org$/,
  /^role-assignments list --user ada@example.com$/,
  /^role-assignments delete --user ada@example.com --role Developer --scope org --yes /,
  /^users deactivate ada@example.com --yes$/,
  /^users list --user-name ada@example.com$/,
  /^auth logout$/,
];

describe('npm run demo', () => {
  test('shows every step in order, ends with 0, and leaves nothing behind', async () => {
    const own = {
      TWILIO_ORG_ACCESS_TOKEN: 'their-canary',
      TWILIO_ORG_PROFILE: 'theirs',
      TWILIO_ORG_OUTPUT: 'csv',
    };
    const { env, leftFiles, leftProcesses } = arena({ ...own, BROWSER: 'false' });
    const { all, exitCode } = await runDemo(env);
    record(['npm', 'run', 'demo'], { stdout: all });
    const shown = all.replaceAll(/ \\\n +/g, ' ');
    const lines = [...shown.matchAll(/^\$ twilio-org (.*)$/gm)].map((match) => match[1]);
    expect(lines).toEqual(commands.map((command) => expect.stringMatching(command)));
    expect(shown).toMatch(/^Ada is new\.\n\$ twilio-org users create .*\nCreated ada@example\.com/m);
    expect(shown).toMatch(/^ada@example\.com +Ada Lovelace +Developer +org +IY[0-9a-f]{32} /m);
    expect(shown).toMatch(/^ada@example\.com +deactivated +US[0-9a-f]{32}$/im);
    expect(shown).toMatch(/^ada@example\.com +Ada Lovelace +Inactive +US[0-9a-f]{32}$/m);
    expect(shown).not.toMatch(/error:|warning:/);
    expect(exitCode).toBe(0);
    expect(leftFiles()).toEqual([]);
    // The browser is on its own, and may still be closing its window.
    await expect.poll(leftProcesses).toEqual([]);
    expect(shown).toMatch(/TWILIO_ORG_API_URL=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(shown).toContain('TWILIO_ORG_STORE_PASSPHRASE=…');
    expect(shown).not.toMatch(/sandbox-only-secret|eyJ|Bearer/);
  });

  test('names the step that failed, ends with 1, and leaves nothing behind', async () => {
    const { env, leftFiles, leftProcesses } = arena({ TWILIO_ORG_TEST_ANSWER: 'deny' });
    const { stdout, stderr, exitCode } = await runDemo(env);
    expect(stderr).toMatch(/^error: this step failed: twilio-org auth login --client-id /m);
    expect(stdout).not.toContain('users list');
    expect(exitCode).toBe(1);
    expect(leftFiles()).toEqual([]);
    // The browser is on its own, and may still be closing its window.
    await expect.poll(leftProcesses).toEqual([]);
  });

  test('prints tables on a terminal, ends on Ctrl-C and leaves nothing behind', async () => {
    const { env, leftFiles, leftProcesses } = arena();
    const terminal = openTerminal(process.execPath, [demo], { env, rows: 200 });
    await terminal.waitFor(/\nE-mail +Name +Status\r?\n/);
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
    expect(terminal.text()).toContain('The demo was cancelled.');
    expect(terminal.text()).not.toContain('TWILIO_ORG_OUTPUT');
    expect(leftFiles()).toEqual([]);
    // The browser is on its own, and may still be closing its window.
    await expect.poll(leftProcesses).toEqual([]);
  });
});

describeWith('root', 'a read-only clone', () => {
  test('can run the demo when the program is built', async () => {
    const readOnly =
      'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && shift && exec "$@"';
    const inClone = (...command: string[]) =>
      execa('unshare', ['--mount', 'sh', '-c', readOnly, 'sh', root, ...command], { reject: false });
    expect(await inClone('touch', 'canary')).toMatchObject({ exitCode: 1 });
    const { predemo } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
    expect(await inClone('sh', '-c', predemo)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });
});

test('the scripted browser of the demo connects to this machine alone', async () => {
  const { stderr, exitCode } = await execa(process.execPath, [browser, 'http://example.com/v2/authorize'], {
    reject: false,
  });
  expect(stderr).toContain('example.com is not this machine');
  expect(exitCode).toBe(1);
});
