import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { call, type Env, home, program, run, sandboxed, sent, userAt, writes } from '../support/cli.ts';
import { withProfiles } from '../support/profiles.ts';
import { openTerminal } from '../support/pty.ts';
import { answering, json } from '../support/server.ts';

/** Names as somebody might give them to harm whoever lists them. */
const attacks: Record<string, string> = {
  'an escape sequence': '\x1b[2J\x1b[31mroot\x1b[0m',
  'an OSC 8 link': '\x1b]8;;https://evil.example\x07Twilio\x1b]8;;\x07',
  'a C1 control': '\x9b31mred\x9d8;;x\x9c',
  'a bidirectional override': 'abc\u202egpj.exe\u2066x',
  newlines: 'first\nerror: second\r\nthird\u2028fourth',
  tabs: 'a\tb\tc',
  'zero-width characters': 'ad\u200bmin\u200d\ufeff\u2060',
  '10,000 characters': 'x'.repeat(10_000),
  emoji: '👩‍👩‍👧‍👦 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301',
  'East Asian wide characters': '管理者ｱﾄﾞﾐﾝ',
  'a formula': '=HYPERLINK("http://evil.example","x")',
  'a formula behind an apostrophe': "'=1+1",
};

function people(): Record<string, unknown>[] {
  return Object.values(attacks).map((displayName, index) => ({
    id: `US${String(index).padStart(32, '0')}`,
    userName: `u${index}@example.com`,
    displayName,
    active: true,
  }));
}

async function atServer(...users: unknown[]): Promise<Env> {
  const { url } = await answering(json({ Resources: users }));
  return { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
}

/** Characters that a terminal would obey or hide: controls except the line break, direction controls, separators. */
const obeyed = /[^\P{Cc}\n]|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\u2060]/u;

describe('hostile names', () => {
  test('stay on one line and harmless in TSV', async () => {
    const { stdout } = await call(['users', 'list'], { env: await atServer(...people()) });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(Object.keys(attacks).length);
    for (const line of lines) {
      expect(line.split('\t')).toHaveLength(4);
      expect(line.replaceAll('\t', '')).not.toMatch(obeyed);
    }
  });

  test('stay on one line and harmless in tables', async () => {
    const { stdout } = await call(['users', 'list', '-o', 'table'], { env: await atServer(...people()) });
    expect(stdout).not.toMatch(obeyed);
    expect(stdout.trimEnd().split('\n')).toHaveLength(Object.keys(attacks).length + 1);
  });

  test('stay within a terminal of 20 columns, each row a block of lines', async () => {
    const { stdout } = await call(['users', 'list', '--fields', 'displayName,active'], {
      env: { ...(await atServer(...people())), NO_COLOR: '1' },
      columns: 20,
    });
    const { default: widthOf } = await import('fast-string-truncated-width');
    const lines = stdout.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => widthOf(line).width))).toBeLessThanOrEqual(20);
    expect(lines.filter((line) => line === '')).toHaveLength(Object.keys(attacks).length - 1);
    expect(stdout).not.toMatch(obeyed);
  });

  test.each([80, 300])(
    'keep a table on a terminal of %i columns aligned and within its width',
    async (columns) => {
      const env = await atServer(...people());
      const terminal = openTerminal(
        process.execPath,
        [program, 'users', 'list', '--fields', 'displayName,active'],
        {
          env: {
            ...env,
            PATH: process.env.PATH,
            HOME: home,
            NO_COLOR: '1',
            TWILIO_ORG_CONFIG_DIR: join(home, 'none'),
          },
          columns,
          rows: 50,
        },
      );
      expect(await terminal.exited).toBe(0);
      const { default: widthOf } = await import('fast-string-truncated-width');
      const lines = terminal.text().trimEnd().split('\r\n');
      const ends = lines.map((line) => widthOf(line).width);
      expect(Math.max(...ends)).toBeLessThanOrEqual(columns);
      // The last column is "true" in every row, so aligned rows are equally wide.
      expect(new Set(ends.slice(1)).size).toBe(1);
      expect(lines).toHaveLength(Object.keys(attacks).length + 1);
      terminal.close();
    },
  );

  test('are exact and harmless in JSON', async () => {
    const { stdout } = await call(['users', 'list', '-o', 'json'], { env: await atServer(...people()) });
    expect(JSON.parse(stdout)).toEqual(people());
    expect(stdout).not.toMatch(obeyed);
  });

  test('that are formulas are neutralised in CSV', async () => {
    const args = ['users', 'list', '-o', 'csv', '--fields', 'displayName'];
    const { stdout } = await call(args, { env: await atServer(...people()) });
    expect(stdout).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
    expect(stdout).not.toMatch(/(^|\n)"?[=+@-]/);
  });

  test('are harmless in errors, two lines and no more', async () => {
    const { url } = await answering(json({ code: 20001, message: Object.values(attacks).join(' ') }, 400));
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
    const { stderr } = await call(['users', 'list'], { env });
    expect(stderr).not.toMatch(obeyed);
    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
  });

  test('are harmless in the stack and the causes that --debug shows', async () => {
    const evil = Object.values(attacks).join(' ');
    for (const answer of [json({ code: 20001, message: evil }, 400), json(evil)]) {
      const { url } = await answering(answer);
      const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
      const { stderr } = await call(['users', 'list', '--debug'], { env });
      expect(stderr).toMatch(/^ +at /m);
      expect(stderr).not.toMatch(obeyed);
      expect(stderr).not.toMatch(/^error: second/m);
    }
  });

  test('are harmless in a question', async () => {
    const name = `${attacks['an escape sequence']}@x.example`.replaceAll(' ', '');
    const user = { id: `US${'0'.repeat(32)}`, userName: name, active: true };
    const { url } = await answering(json(user));
    const terminal = openTerminal(
      process.execPath,
      [program, 'users', 'deactivate', user.id, '--keep-admins', '0'],
      {
        env: {
          PATH: process.env.PATH,
          HOME: home,
          TWILIO_ORG_CONFIG_DIR: join(home, 'none'),
          TWILIO_ORG_API_URL: url,
          TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
        },
      },
    );
    await terminal.waitFor('Continue?');
    expect(terminal.raw()).not.toContain('\x1b[2J');
    expect(terminal.text()).toContain('\\x1b[2J\\x1b[31mroot');
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
  });
});

describe('hostile arguments', () => {
  test.each([
    ['users', 'get', '../../v2/token'],
    ['users', 'get', `US${'0'.repeat(30)}/x`],
    ['users', 'get', `US${'0'.repeat(32)}%2f..`],
    ['role-assignments', 'delete', '../Roles', '--yes'],
    ['role-assignments', 'delete', `IY${'0'.repeat(32)}?x`, '--yes'],
    ['role-assignments', 'list', '--scope', '../..'],
    ['roles', 'get', 'IX0/../../x'],
    ['runs', 'show', '../../config'],
    ['runs', 'resume', '../credentials'],
  ])('are never used as a path: %s %s %s', async (...args) => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { exitCode } = await call(args);
    expect(exitCode === 2 || exitCode === 6).toBe(true);
    // A role may be named with any characters: then it is looked for by name.
    expect(sandbox.requests.filter(({ path }) => path !== '/v2/Organizations/Roles')).toEqual([]);
  });
});

describe('prototype pollution', () => {
  test('is impossible for a response', async () => {
    const text = `{"Resources":[{"id":"US1","userName":"a@example.com","active":true,
      "__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]}`;
    const { url } = await answering((response) => response.end(text));
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
    // In this process, whose objects can be looked at.
    const { exitCode } = await call(['users', 'list', '-o', 'json'], { env });
    expect({ exitCode, polluted: 'polluted' in {} }).toEqual({ exitCode: 0, polluted: false });
  });

  test.each(['__proto__', 'constructor.prototype', 'name.__proto__.polluted', 'meta.constructor'])(
    'is invisible to --fields %s',
    async (field) => {
      const { call, sandbox } = await sandboxed({ users: 3 });
      const { stdout, exitCode } = await call(['users', 'list', '--fields', field]);
      expect({ stdout, exitCode, requests: sandbox.requests.length }).toEqual({
        stdout: '',
        exitCode: 2,
        requests: 0,
      });
    },
  );
});

describe('a hostile config.json', () => {
  const profile = { grant: 'client-credentials', client_id: 'OQ1', store: 'file' };
  const good = { ...profile, api_url: 'https://iam.twilio.com', oauth_url: 'https://oauth.twilio.com' };
  test.each<[string, string]>([
    ['is no JSON', '{'],
    ['is a list', '[]'],
    ['has a prototype', '{"profiles":{"__proto__":{"grant":"x"}}}'],
    [
      'names another origin without TLS',
      JSON.stringify({ profiles: { default: { ...good, api_url: 'http://evil.example' } } }),
    ],
    [
      'names an origin with a user',
      JSON.stringify({ profiles: { default: { ...good, api_url: 'https://a:b@evil.example' } } }),
    ],
    ['has a profile that is a number', '{"profiles":{"default":7}}'],
    ['has a profile whose name is a path', JSON.stringify({ profiles: { '../../x': good } })],
    ['is very deep', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`.replace('{"a"', '{"profiles":7,"a"')],
    ['is large', `{"profiles":{"default":7},"x":"${'y'.repeat(15_000_000)}"}`],
  ])('that %s is refused in two lines, and nothing is sent', async (_, text) => {
    const configDir = mkdtempSync(join(home, 'hostile-'));
    writeFileSync(join(configDir, 'config.json'), text, { mode: 0o600 });
    const { stdout, stderr, exitCode } = await call(['users', 'list'], {
      env: { TWILIO_ORG_CONFIG_DIR: configDir },
    });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toContain('config.json can');
    expect(stderr.length).toBeLessThan(600);
  });

  test.each<[string, (file: string) => unknown]>([
    ['a device without end', (file) => symlinkSync('/dev/zero', file)],
    ['a pipe nobody writes to', (file) => execFileSync('mkfifo', [file])],
    ['a folder', (file) => mkdirSync(file)],
    ['a link to itself', (file) => symlinkSync('config.json', file)],
    [
      'a file of 200 MB',
      (file) => {
        writeFileSync(file, '{');
        truncateSync(file, 200_000_000);
      },
    ],
  ])('that is %s is refused at once, in two lines', async (_, make) => {
    const configDir = mkdtempSync(join(home, 'hostile-'));
    make(join(configDir, 'config.json'));
    onTestFinished(() => rmSync(configDir, { recursive: true }));
    const { stdout, stderr, exitCode } = await run(['users', 'list'], {
      env: { TWILIO_ORG_CONFIG_DIR: configDir },
    });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toMatch(
      /^error: Cannot read .*config\.json: .* (regular file|directory|loop|16 MB)\n.*\n$/,
    );
  });

  test.each(['api_url', 'oauth_url', 'client_id', 'organization_sid', 'grant', 'no organization'])(
    'that names another %s than the login was made for gets no credentials',
    async (member) => {
      const { configDir, plant, call, config, file, sandbox } = await withProfiles();
      const { organizationSid } = sandbox;
      await plant('default', {
        grant: 'client-credentials',
        expiresIn: -1,
        organization_sid: organizationSid,
      });
      const { url, arrived } = await answering(json({}));
      const { profiles } = config();
      const others: Record<string, object> = {
        api_url: { api_url: url },
        oauth_url: { oauth_url: url },
        client_id: { client_id: sandbox.apps.authorization_code.client_id },
        organization_sid: { organization_sid: `OR${'b'.repeat(32)}` },
        grant: { grant: 'authorization-code' },
        'no organization': { organization_sid: undefined },
      };
      const changed = { ...profiles.default, ...others[member] };
      const text = JSON.stringify({ profiles: { default: changed } });
      writeFileSync(join(configDir, 'config.json'), text);
      const before = file();
      for (const args of [
        ['users', 'list'],
        ['auth', 'token'],
        ['auth', 'refresh'],
        ['auth', 'status', '--check'],
        ['auth', 'migrate', '--to', 'keychain'],
        ['apps', 'rotate-secret', '--client-secret-stdin'],
      ]) {
        const { stderr, exitCode } = await call(args, {}, 'another-canary');
        expect([args, exitCode, stderr]).toEqual([
          args,
          4,
          expect.stringContaining(
            'The stored credentials of profile default belong to another login: their ',
          ),
        ]);
      }
      const [row] = JSON.parse((await call(['auth', 'status', '-o', 'json'])).stdout);
      expect(row).toMatchObject({
        state: 'of another login',
        organization_sid: changed.organization_sid ?? null,
      });
      expect([file(), config(), arrived, sandbox.requests]).toEqual([before, JSON.parse(text), [], []]);
      expect((await call(['doctor', '-o', 'json'])).stdout).toContain('belong to another login');
      expect([...arrived, ...sent(sandbox)].filter((line) => !line.startsWith('GET '))).toEqual([]);
    },
  );

  test('that is a link does not change the mode of its target', async () => {
    const configDir = mkdtempSync(join(home, 'hostile-'));
    const target = join(home, 'somebody-elses.json');
    writeFileSync(target, '{}');
    chmodSync(target, 0o644);
    symlinkSync(target, join(configDir, 'config.json'));
    const { stderr } = await call(['auth', 'status'], { env: { TWILIO_ORG_CONFIG_DIR: configDir } });
    expect(stderr).toContain('(mode 0644); change it to 0600');
    expect(statSync(target).mode & 0o777).toBe(0o644);
  });

  test('in a linked directory does not change the mode of its target', async () => {
    const target = mkdtempSync(join(home, 'somebody-elses-'));
    chmodSync(target, 0o755);
    const configDir = join(home, 'link');
    symlinkSync(target, configDir);
    writeFileSync(join(target, 'config.json'), '{}', { mode: 0o600 });
    const { stderr } = await call(['auth', 'status'], { env: { TWILIO_ORG_CONFIG_DIR: configDir } });
    expect(stderr).toContain(`can open ${configDir} (mode 0755); change it to 0700`);
    expect(statSync(target).mode & 0o777).toBe(0o755);
  });

  test('cannot send a login to another origin', async () => {
    const { sandbox, env } = await sandboxed();
    const configDir = mkdtempSync(join(home, 'hostile-'));
    mkdirSync(configDir, { recursive: true });
    symlinkSync('/dev/zero', join(configDir, 'credentials.enc'));
    writeFileSync(join(configDir, 'config.json'), JSON.stringify({ profiles: { default: good } }), {
      mode: 0o600,
    });
    const { exitCode, stderr } = await call(['users', 'deactivate', userAt(sandbox, 1).id, '--yes'], {
      env: { ...env, TWILIO_ORG_ACCESS_TOKEN: undefined, TWILIO_ORG_CONFIG_DIR: configDir },
    });
    expect(stderr).toContain('its credentials go nowhere else');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 2, writes: [] });
  });
});
