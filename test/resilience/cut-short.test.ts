import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { replacePrivateFile } from '../../src/platform/fs/atomic-write.ts';
import { ensurePrivateDir } from '../../src/platform/fs/private-files.ts';
import { formatNames } from '../../src/platform/terminal/formats/index.ts';
import { cleanEnv, type Env, home, program, sandboxed, writes } from '../support/cli.ts';
import { describeWith } from '../support/requires.ts';
import { answering, json } from '../support/server.ts';

const people = Array.from({ length: 120 }, (_, index) => ({
  id: `US${String(index).padStart(32, '0')}`,
  userName: `somebody-with-a-long-name-${index}@department.example.com`,
  active: true,
}));

async function withPeople(): Promise<Env> {
  const { url } = await answering(json({ Resources: people }));
  return cleanEnv({ TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' });
}

function folder(): string {
  const made = mkdtempSync(join(home, 'cut-short-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Runs a line of bash in which `twilio-org` is the program. */
async function shell(line: string, env: Env, cwd: string) {
  const command = `twilio-org() { "${process.execPath}" "${program}" "$@"; }; ${line}`;
  const options = { env, extendEnv: false, reject: false, stdin: 'ignore', cwd } as const;
  const { stdout, stderr, exitCode } = await execa('bash', ['-c', command], options);
  return { stdout, stderr, exitCode };
}

describeWith('bash', 'where no file may be larger than 1,024 bytes (ulimit -f)', () => {
  test.each([
    ...formatNames.map((format) => `users list -o ${format}`),
    'users export',
    'completion bash',
    '--help',
    'users list --help',
    'users',
    'api GET /scim/v2/Users',
  ])('truncated stdout exits with 1: %s', async (command) => {
    const here = folder();
    const env = await withPeople();
    // Some results are short.
    writeFileSync(join(here, 'out'), 'x'.repeat(700));
    const { stderr, exitCode } = await shell(`ulimit -f 1; twilio-org ${command} >> out`, env, here);
    expect({ exitCode, stderr, size: statSync(join(here, 'out')).size }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('the system allows no larger file (ulimit -f)'),
      size: 1024,
    });
  });

  test.each([
    'users create --email ada@example.com',
    'users create --email ada@example.com -o json',
    'api POST /scim/v2/Users --input body.json',
    'users import in.csv --yes -o jsonl',
  ])('a change with a truncated result is not advised to be repeated: %s', async (command) => {
    const here = folder();
    const { sandbox, env } = await sandboxed();
    const user = { userName: 'ada@example.com', emails: [{ value: 'ada@example.com', primary: true }] };
    writeFileSync(join(here, 'body.json'), JSON.stringify(user));
    writeFileSync(join(here, 'in.csv'), 'email\nada@example.com\n');
    const { stderr, exitCode } = await shell(`twilio-org ${command} > /dev/full`, cleanEnv(env), here);
    expect(writes(sandbox)).toEqual(['POST /scim/v2/Users']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /could not be written.*(?:\n|"hint":")Changes were sent before that: .* twilio-org runs show last/s,
    );
    expect(stderr).not.toContain('run the same command again');
  });

  test('truncated messages exit with 1, although the result is whole', async () => {
    const here = folder();
    const line = 'set -o pipefail; ulimit -f 1; twilio-org users list --debug 2> err | wc -l';
    const { stdout, exitCode } = await shell(line, await withPeople(), here);
    expect({ exitCode, rows: stdout.trim(), size: statSync(join(here, 'err')).size }).toEqual({
      exitCode: 1,
      rows: String(people.length),
      size: 1024,
    });
  });

  test('a truncated error keeps its own exit code', async () => {
    const here = folder();
    const name = 'x'.repeat(2000);
    const { exitCode } = await shell(
      `ulimit -f 1; twilio-org users list --fields ${name} 2> err`,
      await withPeople(),
      here,
    );
    expect(exitCode).toBe(2);
  });

  test('a config.json that cannot be written whole exits with 1, and stays unchanged', async () => {
    const here = folder();
    const profile = { grant: 'client-credentials', client_id: 'OQ1', store: 'file' };
    const origins = { api_url: 'https://iam.twilio.com', oauth_url: 'https://oauth.twilio.com' };
    const names = Array.from({ length: 20 }, (_, index) => [`p${index}`, { ...profile, ...origins }]);
    const before = JSON.stringify({ profiles: Object.fromEntries(names) });
    writeFileSync(join(here, 'config.json'), before, { mode: 0o600 });
    const env = cleanEnv({ TWILIO_ORG_CONFIG_DIR: here });
    const { stderr, exitCode } = await shell('ulimit -f 1; twilio-org auth switch p3', env, here);
    expect(stderr).toMatch(/^error: Cannot write .*config\.json/);
    expect({ exitCode, text: readFileSync(join(here, 'config.json'), 'utf8') }).toEqual({
      exitCode: 1,
      text: before,
    });
    expect(readdirSync(here)).toEqual(['config.json']);
  });

  test.each(['--plan-out plan', '--results results.csv', '--dry-run > out'])(
    'a truncated file of a run is a failure: %s',
    async (flag) => {
      const here = folder();
      const { url } = await answering(json({ Resources: [] }));
      const env = cleanEnv({
        TWILIO_ORG_API_URL: url,
        TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
        TWILIO_ORG_CONFIG_DIR: here,
      });
      const rows = Array.from({ length: 40 }, (_, index) => `somebody-${index}@example.com`);
      writeFileSync(join(here, 'in.csv'), `email\n${rows.join('\n')}\n`);
      const { exitCode } = await shell(`ulimit -f 1; twilio-org users import in.csv ${flag}`, env, here);
      expect(exitCode).toBe(1);
    },
  );
});

describeWith('root', 'on a disk of 8 kB', () => {
  /** Free bytes are whole pages, so one that holds `filled` of the two pages has room for the rest. */
  async function smallDisk(filled = 0): Promise<string> {
    const disk = folder();
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=8k,mode=0700', 'tmpfs', disk]);
    onTestFinished(async () => void (await execa('umount', [disk])));
    if (filled > 0) writeFileSync(join(disk, 'filler'), 'x'.repeat(filled));
    return disk;
  }

  test.each([...formatNames.map((format) => `users list -o ${format}`), 'completion zsh'])(
    'stdout that was cut short is exit code 1: %s',
    async (command) => {
      const disk = await smallDisk();
      const { stderr, exitCode } = await shell(`twilio-org ${command} > out`, await withPeople(), disk);
      expect({ exitCode, stderr, size: statSync(join(disk, 'out')).size }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining('could not be written: the disk is full'),
        size: 8192,
      });
    },
  );

  test.each(['auth token', '--version', 'users list --limit 1'])(
    'a short result on the full disk exits with 1: %s',
    async (command) => {
      const disk = await smallDisk(8192);
      const { stderr, exitCode } = await shell(`twilio-org ${command} > out`, await withPeople(), disk);
      expect(stderr).toMatch(/^error: .*the disk is full\n.*$/m);
      expect(exitCode).toBe(1);
    },
  );

  test('a replaced file is the old one or the new one', async () => {
    const disk = await smallDisk();
    const file = join(disk, 'kept.json');
    await replacePrivateFile(file, 'old');
    await expect(replacePrivateFile(file, 'x'.repeat(6000))).rejects.toThrow('the disk is full');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(disk)).toEqual(['kept.json']);
  });
});

describeWith('root', 'run by root in the home of another user, as sudo does', () => {
  test('new directories and files belong to that user', async () => {
    const theirs = folder();
    chownSync(theirs, 1234, 1234);
    await ensurePrivateDir(join(theirs, '.config', 'twilio-org'));
    await replacePrivateFile(join(theirs, '.config', 'twilio-org', 'config.json'), '{}');
    await ensurePrivateDir(join(theirs, '.config', 'twilio-org', 'runs'));
    for (const name of readdirSync(theirs, { recursive: true, encoding: 'utf8' })) {
      expect({ name, uid: statSync(join(theirs, name)).uid }).toEqual({ name, uid: 1234 });
    }
    expect(readdirSync(theirs, { recursive: true })).toHaveLength(4);
  });
});
