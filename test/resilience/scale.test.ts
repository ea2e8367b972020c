import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { canReadSnapshot, commandsOf } from '../../src/cli/command-info.ts';
import { programInfo } from '../../src/program.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Env, home, userAt } from '../support/cli.ts';
import { measuredRun } from '../support/usage.ts';

// Minutes of measurements of whole processes: CI makes them, and `npm run scale`.

const people = { users: 50_000, assignments: 100_000 };

const limits = { megabytesToTake: 160, megabytesOnDisk: 12, cpuSecondsOfQuestion: 2.5 };

/** CPU seconds of those that take more, so that they do not get worse: with a row for each user. */
const slower: Record<string, number> = {
  'access lint --rules RULES': 3.4,
  'access matrix': 3.1,
  'access matrix -o html': 3.9,
  'access matrix --rows roles': 3.1,
  'access matrix --columns roles --scope org -o csv': 2.9,
};

/** CPU seconds in which Node alone decompresses and parses both long lists, on the machine that the limit was set for. */
const usualReading = 0.75;

/** The speed of a busy machine changes between two measurements by as much. */
const roomForNoise = 1.2;

/** The calls of a command with the most to read; of any other command the one without arguments. */
const calls: Record<string, string[]> = {
  'users list': ['', '--roles', '--filter roles.role_name=Admin --sort displayName', '--search a'],
  'users get': ['MAIL'],
  'roles get': ['Developer'],
  'role-assignments list': ['', '--names', '--scope org --names', '--user MAIL --names'],
  'access diff': ['MAIL OTHER --all'],
  'access who': [
    '--role Developer',
    '--can /twilio/messaging/services/read',
    '--can /twilio/messaging/services/read --scope org',
  ],
  'access lint': ['', '--rules RULES'],
  'access matrix': ['', '-o html', '--rows roles', '--columns roles --scope org -o csv'],
  'access explain': ['MAIL', 'MAIL --can /twilio/messaging/services/read'],
};

/** Questions to snapshots that have no `--at`. */
const others = ['access since MAIL ROLE', 'snapshots verify last', 'snapshots diff BEFORE last'];

const questions = [
  ...commandsOf(await programInfo())
    // Commands that compare with files need a directory of them.
    .filter((command) => canReadSnapshot(command) && command.args.directory === undefined)
    .flatMap(({ name }) => (calls[name] ?? ['']).map((line) => `${name} ${line} --at last`)),
  ...others,
].map((line) => line.replace(/ +/g, ' '));

/** Newer versions of Node let garbage grow further, and a program can't limit it once it runs. */
const isNode20 = process.versions.node.startsWith('20.');

/** Comparisons with files that list the same people and assignments, but for some hundreds. They take 190 to 200 MB. */
const declared = {
  files: 500,
  cpuSeconds: 20,
  megabytes: isNode20 ? { many: 220, one: 220 } : { many: 420, one: 420 },
  charactersOfMarkdown: 60_000,
};

/** Rules that ask what each person may do. */
const rules = `
separate:
  - permissions: [/twilio/billing/*, /twilio/iam/*]
    same_scope: yes
own:
  - id: support-on-call
    can: /twilio/support/*
    only: ['*@oncall.example.com']
`;

const configDir = mkdtempSync(join(home, 'config-'));
const words: Record<string, string> = {};
let bytes = 0;
let megabytes = 0;
let snapshot = '';
/** The time that the same work takes here, compared with the usual; a busy or slow machine takes more. */
let slowness = 1;

beforeAll(async () => {
  const sandbox = await startSandbox(people);
  const held = sandbox.state.assignments.find(({ scope }) => scope === sandbox.organizationSid);
  words.USER = held?.identity ?? '';
  words.MAIL = sandbox.state.users.get(words.USER)?.userName ?? '';
  words.ROLE = held?.role_sid ?? '';
  for (const name of ['many', 'one'] as const)
    writeDeclared(sandbox, join(home, name), name === 'many' ? declared.files : 1);
  words.OTHER = userAt(sandbox, 2).id;
  words.RULES = join(home, 'rules.yaml');
  writeFileSync(words.RULES, rules);
  const env = {
    TWILIO_ORG_CONFIG_DIR: configDir,
    TWILIO_ORG_API_URL: sandbox.apiUrl,
    TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid,
    TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken(),
  };
  const before = join(home, 'before');
  const changed = sandbox.state.assignments.splice(0, 500);
  expect(await measuredRun(['snapshots', 'take', '--out', before], env)).toMatchObject({ exitCode: 0 });
  sandbox.state.assignments.unshift(...changed);
  words.BEFORE = join(before, readdirSync(before).find((name) => !name.endsWith('.lock')) ?? '');
  const taken = await measuredRun(['snapshots', 'take', '-o', 'json'], env);
  await sandbox.close();
  expect(taken).toMatchObject({ stderr: '', exitCode: 0 });
  expect(JSON.parse(taken.stdout)).toMatchObject({ users: 50_000, role_assignments: 100_000 });
  megabytes = taken.megabytes;
  const dir = join(configDir, 'snapshots', sandbox.organizationSid);
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const file = statSync(join(dir, name));
    if (file.isFile()) bytes += file.size;
  }
  report(`snapshots take: ${megabytes.toFixed(0)} MB, ${taken.cpuSeconds.toFixed(1)} s of CPU`);
  report(`on disk: ${(bytes / 1e6).toFixed(1)} MB`);
  const folder = readdirSync(dir).find((name) => !name.endsWith('.lock')) ?? '';
  snapshot = join(dir, folder);
  slowness = slownessNow();
}, 1_800_000);

/** Files that own each pair, and list all assignments but one in 400. Files without a pair have a group. */
function writeDeclared({ state, organizationSid }: Sandbox, directory: string, count: number): void {
  mkdirSync(directory);
  const pairs = new Map<string, string[]>();
  for (const { identity, role_sid, scope, resource_type, resource_id } of state.assignments) {
    const where = scope === organizationSid ? 'org' : scope;
    const pair = `role: ${role_sid}, where: ${where}`;
    const entries = pairs.get(pair) ?? [`  - { scope: ${where}, roles: [${role_sid}] }`];
    pairs.set(pair, entries);
    const resource = resource_type ? `, resource: "${resource_type}/${resource_id}"` : '';
    const who = state.users.get(identity)?.userName ?? identity;
    entries.push(`  - { who: "${who}", ${pair}${resource}, because: OPS-4711 }`);
  }
  const files = Array.from({ length: count }, () => ({ owns: [] as string[], access: [] as string[] }));
  for (const [index, [owned = '', ...entries]] of [...pairs.values()].entries()) {
    const file = files[index % count];
    file?.owns.push(owned);
    for (const [place, entry] of entries.entries()) if (place % 400 !== 7) file?.access.push(entry);
  }
  for (const [index, { owns, access }] of files.entries()) {
    const text =
      owns.length === 0
        ? `groups:\n  group-${index}: ["${words.MAIL}"]\n`
        : ['owns:', ...owns, 'access:', ...access, ''].join('\n');
    writeFileSync(join(directory, `${index}.yaml`), text);
  }
}

/** The least of three times in which Node alone reads the lists, compared with the usual, but at least 1. */
function slownessNow(): number {
  const reading = Math.min(...[1, 2, 3].map(() => bareReading(snapshot)));
  const found = roomForNoise * Math.max(1, reading / usualReading);
  report(
    `Node alone reads the lists in ${reading.toFixed(2)} s of CPU, so limits are times ${found.toFixed(2)}`,
  );
  return found;
}

/**
 * Runs the program, and again when it took too much: at most three times. What else runs on a core changes the CPU time of
 * a process by half and more, from one minute to the next, and how soon its garbage is collected.
 */
async function measuredWithin(
  limit: { cpuSeconds: number; megabytes?: number },
  args: readonly string[],
  env: Env,
): ReturnType<typeof measuredRun> {
  for (let left = 2; ; left -= 1) {
    const measured = await measuredRun(args, env);
    const { cpuSeconds, megabytes } = measured;
    const isWithin =
      cpuSeconds < limit.cpuSeconds * slowness && megabytes < (limit.megabytes ?? Number.POSITIVE_INFINITY);
    if (isWithin || left === 0) return measured;
    report(`${args.join(' ')}: ${cpuSeconds.toFixed(2)} s of CPU, ${megabytes.toFixed(0)} MB, and once more`);
    slowness = Math.max(slowness, slownessNow());
  }
}

/** CPU seconds of a process that only decompresses and parses both long lists. */
function bareReading(dir: string): number {
  const script = `
    const { readFileSync } = require('node:fs');
    const rows = ['users', 'role-assignments'].flatMap((name) =>
      require('node:zlib').gunzipSync(readFileSync(process.argv[1] + '/' + name + '.jsonl.gz')).toString()
        .split('\\n').filter(Boolean).map((line) => JSON.parse(line)));
    if (rows.length !== 150000) throw new Error(String(rows.length));
    const { user, system } = process.cpuUsage();
    console.log((user + system) / 1e6);`;
  return Number(execFileSync(process.execPath, ['-e', script, dir], { encoding: 'utf8' }));
}

function report(line: string): void {
  process.stderr.write(`scale: ${line}\n`);
}

test('a snapshot of 50,000 people and 100,000 role assignments takes little memory', () => {
  expect(megabytes).toBeLessThan(limits.megabytesToTake);
});

test('it takes little room on the disk', () => {
  expect(bytes / 1e6).toBeLessThan(limits.megabytesOnDisk);
});

test.each(questions)('%s takes little CPU time', async (line) => {
  const args = line.split(' ').map((word) => words[word] ?? word);
  const env = { TWILIO_ORG_CONFIG_DIR: configDir };
  const limit = slower[line.replace(' --at last', '')] ?? limits.cpuSecondsOfQuestion;
  const { exitCode, stderr, cpuSeconds, megabytes } = await measuredWithin({ cpuSeconds: limit }, args, env);
  report(`${line}: ${cpuSeconds.toFixed(2)} s of CPU, ${megabytes.toFixed(0)} MB`);
  expect({ stderr, isAnswered: [0, 12].includes(exitCode) }).toMatchObject({ isAnswered: true });
  expect(cpuSeconds).toBeLessThan(limit * slowness);
});

test.each(
  (['many', 'one'] as const).flatMap((files) => [
    { files, line: 'drift', format: 'json' },
    { files, line: 'plan', format: 'markdown' },
  ]),
)('access $line of $files files takes little CPU time and memory', async ({ files, line, format }) => {
  const args = ['access', line, join(home, files), '--at', 'last', '-q', '-o', format];
  const override = line === 'plan' ? ['--max-removals', '1000'] : [];
  const env = { TWILIO_ORG_CONFIG_DIR: configDir };
  const words = [...args, ...override];
  const limit = { cpuSeconds: declared.cpuSeconds, megabytes: declared.megabytes[files] };
  const { exitCode, stdout, cpuSeconds, megabytes } = await measuredWithin(limit, words, env);
  report(`access ${line}, ${files}: ${cpuSeconds.toFixed(2)} s of CPU, ${megabytes.toFixed(0)} MB`);
  expect(exitCode).toBe(0);
  if (format === 'json') expect(JSON.parse(stdout).length).toBeGreaterThan(200);
  else expect(stdout.length).toBeLessThanOrEqual(declared.charactersOfMarkdown);
  expect(cpuSeconds).toBeLessThan(limit.cpuSeconds * slowness);
  expect(megabytes).toBeLessThan(limit.megabytes);
});
