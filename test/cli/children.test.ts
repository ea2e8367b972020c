import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { childEnv, resolveColorVariables, takeSecretsFromEnv } from '../../src/platform/core/child-env.ts';
import { type Env, home, run, start } from '../support/cli.ts';
import { browserLogin } from '../support/login.ts';
import { copyPackage } from '../support/package-copy.ts';
import { withProfiles } from '../support/profiles.ts';
import { describeWith } from '../support/requires.ts';

const sources = fileURLToPath(new URL('../../src', import.meta.url));
const secrets = {
  TWILIO_ORG_ACCESS_TOKEN: 'canary-1',
  TWILIO_ORG_CLIENT_SECRET: 'canary-2',
  TWILIO_ORG_STORE_PASSPHRASE: 'canary-3',
  TWILIO_ORG_STORE_PASSPHRASE_COMMAND: 'echo canary-4',
  TWILIO_ORG_STORE_KEY: 'canary-5',
  TWILIO_ORG_SOMETHING_NEW_SECRET: 'canary-6',
};

describe('the environment of children', () => {
  test('has everything but the secrets', () => {
    const others = { PATH: '/bin', TWILIO_ORG_PROFILE: 'p', TWILIO_ORG_KEYCHAIN_TIMEOUT: '9', NO_COLOR: '' };
    expect(childEnv({ ...secrets, ...others })).toEqual(others);
  });

  test('is also that of the process, for libraries that start children; the program keeps the original', () => {
    const env: Env = { ...secrets, PATH: '/bin' };
    expect(takeSecretsFromEnv(env)).toEqual({ ...secrets, PATH: '/bin' });
    expect(env).toEqual({ PATH: '/bin' });
  });

  test.each([
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, { NO_COLOR: '1' }],
    [{ NO_COLOR: '', FORCE_COLOR: '1' }, { FORCE_COLOR: '1' }],
    [{ NODE_DISABLE_COLORS: '1', FORCE_COLOR: '1' }, { FORCE_COLOR: '1' }],
    [{ NODE_DISABLE_COLORS: '1' }, { NODE_DISABLE_COLORS: '1' }],
  ])('%j says one thing about colour', (env: Env, left) => {
    resolveColorVariables(env);
    expect(env).toEqual(left);
  });

  test('is used for each process that the program starts', () => {
    const calls: string[] = [];
    for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const text = readFileSync(join(sources, name), 'utf8');
      if (!/node:child_process|'execa'|node:worker_threads|node:cluster/.test(text)) continue;
      for (const [call] of text.matchAll(
        /\b(?:spawn|spawnSync|exec|execSync|execFile\w*|fork|execa)\([^;]*;/g,
      )) {
        if (!/^exec\(/.test(call) || text.includes('exec }')) calls.push(`${name}: ${call}`);
      }
    }
    expect(calls.length).toBeGreaterThanOrEqual(2);
    expect(calls.filter((call) => !/\benv: childEnv\(/.test(call))).toEqual([]);
  });
});

test('Node prints no warning about colour on stderr', async () => {
  const { stderr } = await run(['users', 'list'], { env: { NO_COLOR: '1', FORCE_COLOR: '1' } });
  expect(stderr).toMatch(/^error: .*\n.*\n$/);
});

/** A program of this name in a folder of its own that notes its environment, then approves the login. */
function notingBrowser(name: string): { folder: string; file: string; seen: () => string } {
  const folder = mkdtempSync(join(home, 'browser-'));
  const [file, script, notes] = [name, 'approve.mjs', 'seen.txt'].map((each) => join(folder, each)) as [
    string,
    string,
    string,
  ];
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(notes)}, JSON.stringify(process.env));
const page = process.argv[2];
const form_token = /name="form_token" value="([^"]+)"/.exec(await (await fetch(page)).text())[1];
await fetch(new URL('/v2/authorize', page), { method: 'POST', body: new URLSearchParams({ form_token, decision: 'approve' }) });
`,
  );
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$1"\n`);
  chmodSync(file, 0o755);
  return { folder, file, seen: () => readFileSync(notes, 'utf8') };
}

/** False for what has ended, too, and is still listed because its new parent has not asked how. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describeWith('Linux', 'in /proc', () => {
  test.each(['BROWSER', "the system's own"])('a browser opened by %s sees no secret', async (way) => {
    const world = await browserLogin();
    const browser = notingBrowser('x-www-browser');
    const { exitCode, stderr } = await world.login([], {
      ...secrets,
      ...(way === 'BROWSER'
        ? { BROWSER: browser.file }
        : { DISPLAY: ':9', PATH: `${browser.folder}:${process.env.PATH}`, XDG_DATA_DIRS: browser.folder }),
      // A key or a command beside a passphrase would contradict it.
      TWILIO_ORG_STORE_PASSPHRASE_COMMAND: undefined,
      TWILIO_ORG_STORE_KEY: undefined,
      HIDDEN_FROM_NOBODY: 'yes',
    });
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    expect(browser.seen()).toContain('HIDDEN_FROM_NOBODY');
    expect(browser.seen()).not.toMatch(/canary/);
  });

  test("the keychain's helper sees no secret, and ends with a parent that is killed while the keychain hangs", async () => {
    const fake = copyPackage('fake');
    const keychain = mkdtempSync(join(tmpdir(), 'twilio-org-keychain-'));
    onTestFinished(() => {
      fake.remove();
      rmSync(keychain, { recursive: true });
    });
    const world = await withProfiles();
    await world.plant('chain', { store: 'keychain' });
    const env = {
      ...world.env,
      ...secrets,
      TWILIO_ORG_ACCESS_TOKEN: undefined,
      TWILIO_ORG_CLIENT_SECRET: undefined,
    };
    const running = start(['auth', 'token', '--profile', 'chain'], {
      env: { ...env, FAKE_KEYTAR_DIR: keychain, FAKE_KEYTAR_HANGS: '1', TWILIO_ORG_KEYCHAIN_TIMEOUT: '60' },
      file: fake.program,
    });
    const { pid } = running;
    await vi.waitFor(() => expect(existsSync(join(keychain, '.calls'))).toBe(true), 120_000);
    const [helper = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    const seen = readFileSync(`/proc/${helper}/environ`, 'utf8');
    expect(seen).toContain('FAKE_KEYTAR_HANGS');
    expect(seen).not.toMatch(/canary/);
    running.kill('SIGKILL');
    await running;
    await vi.waitFor(() => expect(isAlive(helper)).toBe(false), 120_000);
  });
});
