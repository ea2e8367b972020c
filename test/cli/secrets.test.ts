import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { call, clientCredentials, type Env, home, program, sandboxed } from '../support/cli.ts';
import { runWithKeychain } from '../support/keychain.ts';
import { browserLogin } from '../support/login.ts';
import { describeWith } from '../support/requires.ts';

const browser = fileURLToPath(new URL('../support/browser.js', import.meta.url));

/** Beside these, the last test goes through what all tests printed and left: `test/secret-leak.test.ts`. */
const secret = /canary|sandbox-only-(?:secret|refresh)|eyJpc3Mi|correct horse battery staple/;

/**
 * A browser that notes the command lines of the program and of all that it started, then approves. Other processes of
 * the machine are left out: those of the tests beside this one may show secrets of the sandbox.
 */
function nosyBrowser(notes: string): string {
  const file = join(home, 'nosy-browser.mjs');
  writeFileSync(
    file,
    `#!${process.execPath}
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
const parents = new Map();
const lines = new Map();
for (const pid of readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
  try {
    parents.set(pid, /^PPid:\\s+(\\d+)$/m.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))[1]);
    lines.set(pid, readFileSync('/proc/' + pid + '/cmdline', 'utf8').replaceAll('\\0', ' '));
  } catch {
    // It has ended.
  }
}
const withAncestors = (pid) => (parents.has(pid) ? [pid, ...withAncestors(parents.get(pid))] : []);
const ours = withAncestors(String(process.pid));
const started = ours[ours.indexOf('${process.pid}') - 1];
const seen = [...lines.keys()].filter((pid) => withAncestors(pid).includes(started));
writeFileSync(${JSON.stringify(notes)}, seen.map((pid) => lines.get(pid)).join('\\n'));
const page = process.argv[2];
const form_token = /name="form_token" value="([^"]+)"/.exec(await (await fetch(page)).text())[1];
await fetch(new URL('/v2/authorize', page), { method: 'POST', body: new URLSearchParams({ form_token, decision: 'approve' }) });
`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe('the output of --debug', () => {
  it('shows no secret of a login from its beginning to its end', async () => {
    const world = await browserLogin({ withPassphrase: true });
    const loggedIn = await world.login(['--debug'], { BROWSER: browser });
    expect([loggedIn.exitCode, loggedIn.stderr]).toEqual([0, expect.stringContaining('code=[hidden]')]);
    const shown: { stdout: string; stderr: string; exitCode?: number | undefined }[] = [loggedIn];
    shown.push(await world.here(['users', 'list', '--limit', '1', '--debug']));
    world.sandbox.state.accessTokens.clear();
    shown.push(await world.here(['roles', 'list', '--limit', '1', '--debug']));
    expect(shown.at(-1)?.stderr).toContain('refresh_token=[hidden]');
    world.sandbox.state.accessTokens.clear();
    world.sandbox.state.refreshTokens.clear();
    shown.push(await world.here(['users', 'list', '--debug']));
    expect(shown.at(-1)?.exitCode).toBe(4);
    shown.push(
      await world.here(['auth', 'token', '--debug'], { TWILIO_ORG_STORE_PASSPHRASE: 'another canary' }),
    );
    shown.push(await world.here(['auth', 'logout', '--debug']));
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toMatch(secret);
  });

  it.each<[string, (env: Env) => Env]>([
    [
      'a token that cannot be sent',
      (env) => ({ TWILIO_ORG_ACCESS_TOKEN: `${env.TWILIO_ORG_ACCESS_TOKEN}\nx` }),
    ],
    ['a token that is refused', (env) => ({ TWILIO_ORG_ACCESS_TOKEN: `${env.TWILIO_ORG_ACCESS_TOKEN}x` })],
    ['a server that is not there', () => ({ TWILIO_ORG_API_URL: 'http://127.0.0.1:9' })],
  ])('shows no secret of %s, nor in its cause', async (_name, change) => {
    const { env, ...world } = await sandboxed();
    const result = await world.call(['users', 'list', '--debug', '--max-retries', '0'], { env: change(env) });
    expect(result.exitCode).toBeGreaterThan(0);
    expect(result.stdout + result.stderr).not.toMatch(secret);
  });

  it('shows no secret of refused client credentials, nor in their cause', async () => {
    const { sandbox, env } = await sandboxed();
    const credentials = clientCredentials(sandbox);
    const wrong = `${credentials.TWILIO_ORG_CLIENT_SECRET}-but-wrong`;
    const all = { ...env, ...credentials, TWILIO_ORG_CLIENT_SECRET: wrong };
    const { exitCode, stderr } = await call(['users', 'list', '--debug'], { env: all });
    expect([exitCode, stderr]).toEqual([4, expect.not.stringMatching(secret)]);
  });
});

describeWith('keychain', 'processes that the program starts', () => {
  it('have no secret on their command lines, keychain and browser included', async () => {
    const { env, args, client_secret } = await browserLogin({ withPassphrase: true });
    const notes = join(home, 'command-lines.txt');
    const given: Env = {
      ...env,
      TWILIO_ORG_STORE: undefined,
      TWILIO_ORG_STORE_PASSPHRASE: undefined,
      TWILIO_ORG_CLIENT_SECRET: client_secret,
      BROWSER: nosyBrowser(notes),
    };
    const set = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const words = args.filter((word) => word !== '--client-secret-stdin');
    const { exitCode, stderr } = await runWithKeychain([program, ...words], {
      home: join(home, 'desktop'),
      env: Object.fromEntries(set),
    });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('stored in the system keychain')]);
    const lines = readFileSync(notes, 'utf8');
    expect(lines).toContain('auth login');
    expect(lines).toContain('AsyncEntry');
    expect(lines).not.toMatch(secret);
  });
});
