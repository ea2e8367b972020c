import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { between } from '../support/between.ts';
import {
  call,
  cleanEnv,
  type Env,
  home,
  program,
  run,
  sandboxed,
  start,
  userAt,
  writes,
} from '../support/cli.ts';
import { requiring } from '../support/node-options.ts';
import { withProfiles } from '../support/profiles.ts';
import { describeWith, testWith } from '../support/requires.ts';
import { answering, json, silent } from '../support/server.ts';
import { recorded } from '../support/transcript.ts';

const many = Array.from({ length: 4500 }, (_, index) => ({
  id: `US${String(index).padStart(32, '0')}`,
  userName: `somebody-with-a-long-name-${index}@department.example.com`,
  active: true,
}));

async function manyUsers(): Promise<Env> {
  const { url } = await answering(json({ Resources: many }));
  return cleanEnv({ TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' });
}

/** Runs a line of shell in which `twilio-org` is the program; gives its exit code and what it printed. */
async function shell(line: string, env: Env) {
  const command = `twilio-org() { "${process.execPath}" "${program}" "$@"; }; ${line}`;
  const running = execa('bash', ['-c', command], { env, extendEnv: false, reject: false, stdin: 'ignore' });
  const { stdout, stderr, exitCode } = await recorded([line], running, env);
  return { stdout, stderr, exitCode };
}

describe('stdout', () => {
  test('of 600,000 bytes arrives whole through a pipe whose reader is slow', async () => {
    const env = await manyUsers();
    const subprocess = spawn(process.execPath, [program, 'users', 'list', '-o', 'json'], {
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    for await (const chunk of subprocess.stdout.setEncoding('utf8')) {
      text += chunk;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text.length).toBeGreaterThan(600_000);
    expect(JSON.parse(text)).toEqual(many);
  });

  test('whose reader is gone ends the program quietly: | head', async () => {
    const { stdout, stderr, exitCode } = await shell(
      'set -o pipefail; twilio-org users list | head -2',
      await manyUsers(),
    );
    expect({ lines: stdout.split('\n').length, stderr, exitCode }).toEqual({
      lines: 2,
      stderr: '',
      exitCode: 0,
    });
  });

  test.each(['users list', 'users --help', '--help', '--version'])(
    'that cannot be written is a failure of two lines: %s > /dev/full',
    async (command) => {
      const { stderr, exitCode } = await shell(`twilio-org ${command} > /dev/full`, await manyUsers());
      expect(stderr).toMatch(/^error: .* the disk is full\n.*$/);
      expect(exitCode).toBe(1);
    },
  );

  test('that is closed causes no crash', async () => {
    const { stderr, exitCode } = await shell('twilio-org users list >&-', await manyUsers());
    expect(stderr).not.toContain('bug');
    expect([0, 1]).toContain(exitCode);
  });
});

describe('stdin', () => {
  test('can be closed', async () => {
    const { stdout, exitCode } = await shell('twilio-org users list --limit 1 <&-', await manyUsers());
    expect({ exitCode, lines: stdout.split('\n').length }).toEqual({ exitCode: 0, lines: 1 });
  });

  test('that is closed counts as no terminal', async () => {
    const { sandbox, env } = await sandboxed();
    const { id } = userAt(sandbox, 1);
    const { stderr, exitCode } = await shell(`twilio-org users deactivate ${id} <&-`, cleanEnv(env));
    expect(stderr).toContain('In a script add --yes');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 2, writes: [] });
  });
});

describe('the environment', () => {
  test.each<[string, Env]>([
    ['LANG=C', { LANG: 'C', LC_ALL: 'C' }],
    ['no home', { HOME: undefined, TWILIO_ORG_CONFIG_DIR: undefined }],
    ['a home that is not there', { HOME: '/nonexistent', TWILIO_ORG_CONFIG_DIR: undefined }],
  ])('%s does not affect commands that need no file', async (_, more) => {
    const { env } = await sandboxed();
    const { stdout, stderr, exitCode } = await run(['users', 'list'], { env: { ...env, ...more } });
    expect({ stderr, exitCode, lines: stdout.split('\n').length }).toEqual({
      stderr: '',
      exitCode: 0,
      lines: 26,
    });
    expect(stdout).toContain('Jörg');
  });
});

describe('a written file', () => {
  test.each(['--results', '--plan-out'])(
    'does not replace a pipe, a device or a directory: %s',
    async (flag) => {
      const { sandbox, env } = await sandboxed();
      const folder = mkdtempSync(join(home, 'outputs-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const input = join(folder, 'in.csv');
      writeFileSync(input, 'email\na@example.com\nb@example.com\n');
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      symlinkSync('pipe', join(folder, 'link'));
      for (const name of ['pipe', 'link', '.']) {
        const { stderr, exitCode } = await call(['users', 'import', input, flag, join(folder, name)], {
          env,
        });
        expect({ stderr, exitCode }).toMatchObject({
          stderr: expect.stringMatching(/ is not a (file|plan)\n/),
          exitCode: 2,
        });
      }
      const missing = join(folder, 'missing/name');
      expect((await call(['users', 'import', input, flag, missing], { env })).stderr).toMatch(
        /^error: Cannot write .*missing\/name: a directory in its path is missing\nCreate the directory, .* name a file elsewhere/,
      );
      expect(readdirSync(folder).sort()).toEqual(['in.csv', 'link', 'pipe']);
      expect(writes(sandbox)).toEqual([]);
    },
  );

  test('with the sizes of earlier lists does not replace them either', async () => {
    const { call, sandbox } = await sandboxed();
    const folder = mkdtempSync(join(home, 'counts-'));
    const counts = join(folder, 'counts.json');
    execFileSync('mkfifo', [counts]);
    onTestFinished(() => rmSync(counts));
    const input = ['email', ...[1, 2, 3, 5, 6, 8].map((index) => userAt(sandbox, index).userName)].join('\n');
    const { exitCode } = await call(['users', 'import', '-', '--dry-run'], {
      env: { TWILIO_ORG_CONFIG_DIR: folder },
      input,
    });
    expect({ exitCode, isPipe: statSync(counts).isFIFO() }).toEqual({ exitCode: 0, isPipe: true });
  });
});

describe('the configuration folder', () => {
  test('that others can open is made private, with a note', async () => {
    const { configDir, plant, call } = await withProfiles();
    await plant();
    chmodSync(join(configDir, 'config.json'), 0o644);
    chmodSync(configDir, 0o755);
    const { stderr, exitCode } = await call(['users', 'list', '--limit', '1']);
    expect(stderr).toContain('it is now 0700');
    expect(stderr).toContain('it is now 0600');
    expect(exitCode).toBe(0);
    expect(statSync(configDir).mode & 0o777).toBe(0o700);
  });

  test('loses nothing when several processes write to it', async () => {
    const { sandbox, env, configDir, config, call } = await withProfiles();
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const here = {
      ...env,
      TWILIO_ORG_API_URL: sandbox.apiUrl,
      TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl,
      TWILIO_ORG_ACCESS_TOKEN: undefined,
    };
    const names = ['one', 'two', 'three', 'four'];
    const ends = await Promise.all(
      names.map((name) =>
        start([...login, '--client-secret-stdin', '--profile', name], { env: here, input: client_secret }),
      ),
    );
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(Object.keys(config().profiles).sort()).toEqual(names.toSorted());
    expect(readdirSync(configDir).sort()).toEqual(['config.json', 'credentials.enc']);
    for (const name of names)
      expect(await call(['users', 'list', '--profile', name])).toMatchObject({ exitCode: 0 });
  });
});

test('a journal that others can change is made private, with a note', async () => {
  const { sandbox, env, call } = await sandboxed({ users: 3 });
  const configDir = mkdtempSync(join(home, 'open-'));
  const here = { env: { ...env, TWILIO_ORG_CONFIG_DIR: configDir } };
  await call(['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id, '--yes'], here);
  const folder = join(configDir, 'runs');
  const [name = ''] = readdirSync(folder);
  for (const verb of ['list', 'show', 'resume', 'undo']) {
    chmodSync(join(folder, name), 0o666);
    chmodSync(folder, 0o777);
    const which = verb === 'list' ? [] : [name.replace('.jsonl', '')];
    const { stderr } = await call(['runs', verb, ...which, '--yes', '--dry-run'], here);
    expect(stderr).toContain(`could open ${join(folder, name)} (mode 0666); it is now 0600`);
    expect(stderr).toContain(`could open ${folder} (mode 0777); it is now 0700`);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
});

describeWith('root', 'another user of the machine', () => {
  /** Runs the program as the user nobody, who may read the program but owns nothing. */
  async function asNobody(args: string[], env: Env, uid = 65534) {
    // A clone may lie where nobody else can look.
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const copy = mkdtempSync(join(tmpdir(), 'twilio-org-program-'));
    onTestFinished(() => rmSync(copy, { recursive: true }));
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(join(root, part), join(copy, part), { recursive: true });
    chmodSync(copy, 0o755);
    const there = join(copy, 'bin/twilio-org.js');
    const nobody = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', process.execPath, there];
    const running = execa('setpriv', [...nobody, ...args], {
      env: cleanEnv(env),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    return recorded(args, running, env);
  }

  test('cannot use a configuration directory of somebody else, and is told so', async () => {
    const { configDir, env, plant } = await withProfiles();
    await plant();
    chmodSync(home, 0o755);
    onTestFinished(() => chmodSync(home, 0o700));
    const { stderr, exitCode } = await asNobody(['users', 'list'], {
      ...env,
      TWILIO_ORG_CONFIG_DIR: configDir,
    });
    expect(stderr).toMatch(/^error: Cannot read .*config\.json: permission denied\n.*TWILIO_ORG_CONFIG_DIR/);
    expect(exitCode).toBe(1);
  });

  test('owns a configuration directory that root uses: root is warned and changes no modes', async () => {
    const { configDir, plant, call } = await withProfiles();
    await plant();
    chmodSync(configDir, 0o755);
    chownSync(configDir, 65534, 65534);
    const { stderr, exitCode } = await call(['users', 'list', '--limit', '1']);
    expect(stderr).toContain(`warning: ${configDir} belongs to another user of this machine (65534)`);
    expect({ exitCode, mode: statSync(configDir).mode & 0o777 }).toEqual({ exitCode: 0, mode: 0o755 });
  });

  test('without an entry and a home needs TWILIO_ORG_CONFIG_DIR for a login, and is told so', async () => {
    chmodSync(home, 0o755);
    onTestFinished(() => chmodSync(home, 0o700));
    const { stderr, exitCode } = await asNobody(
      ['auth', 'status'],
      { HOME: undefined, TWILIO_ORG_CONFIG_DIR: undefined },
      54_321,
    );
    expect(stderr).toMatch(
      /^error: There is no home directory for the configuration\n.*TWILIO_ORG_CONFIG_DIR/,
    );
    expect(exitCode).toBe(1);
  });

  test('with a read-only home can make a single change, which is not recorded', async () => {
    const { sandbox, env } = await sandboxed();
    chmodSync(home, 0o755);
    onTestFinished(() => chmodSync(home, 0o700));
    const { id } = userAt(sandbox, 1);
    const result = await asNobody(['users', 'deactivate', id, '--yes'], {
      ...env,
      TWILIO_ORG_CONFIG_DIR: undefined,
      HOME: home,
    });
    expect({ stderr: result.stderr, exitCode: result.exitCode }).toEqual({
      stderr: expect.stringMatching(
        /^warning: This change is not recorded, so `runs undo` can't undo it: Cannot create .*: permission denied$/,
      ),
      exitCode: 0,
    });
  });

  test('with a read-only home cannot make several changes', async () => {
    const { sandbox, env } = await sandboxed();
    chmodSync(home, 0o755);
    onTestFinished(() => chmodSync(home, 0o700));
    const sids = [1, 2].map((index) => userAt(sandbox, index).id);
    const result = await asNobody(['users', 'deactivate', ...sids, '--yes'], {
      ...env,
      TWILIO_ORG_CONFIG_DIR: undefined,
      HOME: home,
    });
    expect(result.stderr).toMatch(
      /^error: Cannot create the directory .*: permission denied\n.*TWILIO_ORG_CONFIG_DIR/,
    );
    expect({ exitCode: result.exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 1, writes: [] });
  });
});

describeWith('root', 'on a full disk', () => {
  /** A disk of 256 kB that ends with the test, and what fills it. */
  async function smallDisk() {
    const disk = mkdtempSync(join(home, 'disk-'));
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', disk]);
    onTestFinished(async () => void (await execa('umount', [disk])));
    // The name as an argument of its own: with a space in it, the shell would write somewhere else, without an end.
    const fill = () =>
      execa('sh', ['-c', 'exec cat /dev/zero > "$1"', 'sh', join(disk, 'filler')], { reject: false });
    return { disk, fill };
  }

  test('a renewed token that cannot be stored is used with a warning, and the login stays', async () => {
    const { disk, fill } = await smallDisk();
    const { configDir, plant, call } = await withProfiles();
    await plant('default', { grant: 'client-credentials', expiresIn: -1 });
    await execa('cp', ['-a', `${configDir}/.`, disk]);
    await fill();
    const { stdout, stderr, exitCode } = await call(['users', 'list', '--limit', '1'], {
      TWILIO_ORG_CONFIG_DIR: disk,
    });
    expect(stderr).toMatch(/warning: .*full/s);
    expect({ exitCode, lines: stdout.split('\n').length }).toEqual({ exitCode: 0, lines: 2 });
    for (const name of ['config.json', 'credentials.enc']) {
      expect(readFileSync(join(disk, name), 'utf8')).toBe(readFileSync(join(configDir, name), 'utf8'));
    }
  });

  test('that is read-only, a command that needs a file says so and sends nothing', async () => {
    const { disk } = await smallDisk();
    await execa('mount', ['-o', 'remount,ro', disk]);
    const { sandbox, call } = await sandboxed({ users: 3 });
    const sids = [1, 2].map((index) => userAt(sandbox, index).id);
    const env = { TWILIO_ORG_CONFIG_DIR: join(disk, 'twilio-org') };
    const { stderr, exitCode } = await call(['users', 'deactivate', ...sids, '--yes'], { env });
    expect(stderr).toMatch(
      /^error: Cannot create the directory .*: the disk is read-only\n.*TWILIO_ORG_CONFIG_DIR/,
    );
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 1, writes: [] });
    expect((await call(['users', 'deactivate', ...sids.slice(1), '--yes'], { env })).exitCode).toBe(0);
  });

  test('several changes do not start without room for the journal', async () => {
    const { disk, fill } = await smallDisk();
    await fill();
    const { sandbox, call } = await sandboxed({ users: 3 });
    const sids = [1, 2].map((index) => userAt(sandbox, index).id);
    const { stderr, exitCode } = await call(['users', 'deactivate', ...sids, '--yes'], {
      env: { TWILIO_ORG_CONFIG_DIR: disk },
    });
    expect(stderr).toMatch(/^error: Cannot .* the disk is full\n/);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 1, writes: [] });
  });

  test('a run stops when its journal cannot be written, and can be resumed', async () => {
    const { disk, fill } = await smallDisk();
    const { sandbox, env, call } = await sandboxed();
    const file = join(home, 'many.csv');
    writeFileSync(
      file,
      `email\n${Array.from({ length: 60 }, (_, index) => `p${index}@example.com`).join('\n')}\n`,
    );
    const url = await between(sandbox.apiUrl, async ({ writes }) => {
      if (writes === 5) await fill();
      return undefined;
    });
    const here = { ...env, TWILIO_ORG_API_URL: url, TWILIO_ORG_CONFIG_DIR: disk };
    const stopped = await start(['users', 'import', file, '--concurrency', '2'], { env: here });
    expect(stopped.stderr).toContain('the disk is full');
    expect(stopped.exitCode).toBe(1);
    const [name = ''] = readdirSync(join(disk, 'runs')).filter((name) => name.endsWith('.jsonl'));
    const journal = readFileSync(join(disk, 'runs', name), 'utf8');
    const made = [...sandbox.state.users.all()].flatMap(
      ({ userName }) => /^p(\d+)@/.exec(userName)?.[1] ?? [],
    );
    expect(made.length).toBeLessThan(60);
    expect(
      made.filter((item) => !new RegExp(`^{"type":"intent","item":${item},.*}$`, 'm').test(journal)),
    ).toEqual([]);
    rmSync(join(disk, 'filler'));
    const resumed = await call(['runs', 'resume', name.replace('.jsonl', '')], { env: here });
    expect(resumed.stderr).toContain('60 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 60 in all');
    expect(writes(sandbox)).toHaveLength(60);
  });
});

/** Its exit code, or the signal that ended it. */
async function ended(subprocess: ChildProcess): Promise<unknown[]> {
  const { exitCode, signalCode } = subprocess;
  return exitCode === null && signalCode === null ? once(subprocess, 'exit') : [exitCode, signalCode];
}

describe('a signal', () => {
  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    '%s during a request ends it: exit code 130',
    async (signal) => {
      const { url } = await answering(() => void subprocess.kill(signal));
      const subprocess = start(['users', 'list'], {
        env: { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' },
      });
      const { exitCode, stderr } = await subprocess;
      expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: 'error: Cancelled\n' });
    },
  );

  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    '%s during a write says how to see what happened',
    async (signal) => {
      const { sandbox, env } = await sandboxed();
      const { url } = await answering((response, request) =>
        request.method === 'GET' ? json(userAt(sandbox, 1))(response) : subprocess.kill(signal),
      );
      const { id } = userAt(sandbox, 1);
      const subprocess = start(['users', 'deactivate', id, '--yes', '--keep-admins', '0'], {
        env: { ...env, TWILIO_ORG_API_URL: url },
      });
      const { exitCode, stderr } = await subprocess;
      expect(stderr).toContain(`It may or may not have happened. This shows it: twilio-org users get ${id}`);
      expect(exitCode).toBe(130);
    },
  );

  test.each([
    ['api', 'POST', '/scim/v2/Users', '--input', '-'],
    ['auth', 'login', '--grant', 'client-credentials', '--client-id', 'OQ1', '--client-secret-stdin'],
  ])('ends a command that waits for the rest of standard input: %s %s', async (...args) => {
    const subprocess = spawn(process.execPath, [program, ...args], {
      env: cleanEnv({
        TWILIO_ORG_API_URL: 'http://127.0.0.1:1',
        TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
      }) as NodeJS.ProcessEnv,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    // More than a pipe holds: it is read.
    await new Promise((resolve) => subprocess.stdin.write('x'.repeat(1_000_000), resolve));
    subprocess.kill('SIGINT');
    expect(await text(subprocess.stderr)).toMatch(/error: Cancelled\n$/);
    expect(await ended(subprocess)).toEqual([130, null]);
  });

  testWith('Linux', 'ends a command that the system blocks in a pipe without a writer', async () => {
    const pipe = join(mkdtempSync(join(home, 'pipe-')), 'input.csv');
    execFileSync('mkfifo', [pipe]);
    const subprocess = spawn(process.execPath, [program, 'users', 'import', pipe], {
      env: cleanEnv({ TWILIO_ORG_ACCESS_TOKEN: 'canary-token' }) as NodeJS.ProcessEnv,
      stdio: 'ignore',
    });
    // As long as nobody reads, there is nobody to open it for (ENXIO).
    const writer = await vi.waitFor(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK), 120_000);
    onTestFinished(() => closeSync(writer));
    // A signal that came before the program reads would end it in the usual way.
    await vi.waitFor(() => expect(kernelFunctions(subprocess.pid)).toContain('pipe_read'), 120_000);
    subprocess.kill('SIGINT');
    expect(await ended(subprocess)).toEqual([null, 'SIGINT']);
  });

  test('in the middle of a list leaves no half line behind', async () => {
    const { url } = await answering(
      json({ content: [], meta: { next_page_url: '/v2/Organizations/RoleAssignments?Page=1' } }),
      (response, request) => {
        subprocess.kill('SIGTERM');
        silent(response, request);
      },
    );
    const subprocess = start(['role-assignments', 'list'], {
      env: { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' },
    });
    const { exitCode, stdout } = await subprocess;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
  });

  test('while the sandbox runs ends it and keeps its data', async () => {
    const data = join(mkdtempSync(join(home, 'data-')), 'rehearsal.json');
    const subprocess = start(['sandbox', '--data', data, '-o', 'json'], {});
    subprocess.stdout.once('data', () => subprocess.kill('SIGTERM'));
    await subprocess;
    expect(existsSync(data)).toBe(true);
  });
});

/** The functions of the kernel in which the threads of a process wait. */
function kernelFunctions(pid: number | undefined): string {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .map((task) => readFileSync(join(tasks, task, 'wchan'), 'utf8'))
    .join(' ');
}

describe('without resources of the system', () => {
  testWith('Linux', 'too few open files are reported as such, not as a bug', async () => {
    const env = await manyUsers();
    const words = 'too many files open';
    const said: string[] = [];
    // The number of files that a start needs differs among versions of Node. Below it, Node itself does not start.
    for (let count = 16; count <= 64 && !said.at(-1)?.includes(words); count += 1) {
      said.push((await shell(`ulimit -n ${count}; twilio-org users list -o json`, env)).stderr);
    }
    expect(said.at(-1)).toContain(words);
    expect(said.join('')).not.toContain('This is a bug');
  });

  testWith('Linux', 'a limited file size is not reported as a file larger than 16 MB', async () => {
    const { env } = await sandboxed({ users: 3 });
    const plan = join(mkdtempSync(join(home, 'limit-')), 'plan.jsonl');
    const line = `printf 'email\\nnew@example.com\\n' | (ulimit -f 0; twilio-org users import - --plan-out ${plan})`;
    const { stderr, exitCode } = await shell(line, cleanEnv({ ...env, TMPDIR: undefined }));
    expect(stderr).toContain('the system allows no larger file (ulimit -f)');
    expect(stderr).not.toMatch(/bug|16 MB/);
    expect({ exitCode, left: existsSync(plan) }).toEqual({ exitCode: 1, left: false });
  });
});

describe('a Node that is too old', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const least = engines.node.replace('>=', '');

  /** As the program would meet it: a Node that says that it is another one. */
  async function on(version: string, ...args: string[]) {
    const file = join(mkdtempSync(join(home, 'old-')), 'old.cjs');
    const versions = `{ ...process.versions, node: ${JSON.stringify(version)} }`;
    writeFileSync(file, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
    return run(args, { env: { NODE_OPTIONS: requiring(file) } });
  }

  test.each(['8.17.0', '18.20.8', '20.18.3'])(
    'is refused with the version that is needed: %s',
    async (version) => {
      for (const args of [['--version'], ['users', 'list', '-o', 'json']]) {
        expect(await on(version, ...args)).toEqual({
          stdout: '',
          stderr: `error: twilio-org needs Node ${least} or newer, and this is Node ${version}\nInstall a newer Node, then run the same command again\n`,
          exitCode: 1,
        });
      }
    },
  );

  test.each([`${least}.0`, '21.0.0', '30.1.2'])('does not include %s', async (version) => {
    expect((await on(version, '--version')).exitCode).toBe(0);
  });

  test('can read the file that refuses it', () => {
    const source = readFileSync(program, 'utf8').replaceAll(/^(#!|\s*\/\/).*/gm, '');
    // A script, which may hold neither a static import nor await at its top; old Nodes take the file for one.
    expect(() => new Script(source)).not.toThrow();
    expect(source).not.toMatch(/\?\.|\?\?|async|await|catch \{|^import /m);
  });
});

describeWith('root', 'as the first process of a container', () => {
  test('a blocked command is ended by the second signal', async () => {
    const pipe = join(mkdtempSync(join(home, 'pipe-')), 'input.csv');
    execFileSync('mkfifo', [pipe]);
    const words = ['-p', '-f', '--kill-child', process.execPath, program, 'users', 'import', pipe];
    const around = spawn('unshare', words, {
      env: cleanEnv({ TWILIO_ORG_ACCESS_TOKEN: 'canary-token' }) as NodeJS.ProcessEnv,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = text(around.stderr);
    const writer = await vi.waitFor(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK), 120_000);
    onTestFinished(() => closeSync(writer));
    const [first = ''] = readFileSync(`/proc/${around.pid}/task/${around.pid}/children`, 'utf8').split(' ');
    process.kill(Number(first), 'SIGTERM');
    process.kill(Number(first), 'SIGINT');
    const [code, signal] = await ended(around);
    // By itself, as the other program that it has become; or by a crash, where Node can't do that.
    expect(code === 130 || signal === 'SIGSEGV' || signal === 'SIGABRT').toBe(true);
    expect(await said).not.toContain('stack trace');
  });
});
