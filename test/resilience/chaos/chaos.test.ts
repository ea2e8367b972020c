import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/sandbox/state/random.ts';
import { between } from '../../support/between.ts';
import { home, sandboxed, start, type World } from '../../support/cli.ts';
import { ageLocks } from '../../support/profiles.ts';
import { type Job, makeJobs, meant } from './jobs.ts';

/** `npm run chaos` is the long form. */
const long = process.env.TWILIO_ORG_CHAOS === 'long';
const writes = long ? 2000 : 150;
const seed = Number(process.env.TWILIO_ORG_CHAOS_SEED ?? 20261);
const processes = 4;

const figures = { started: 0, killed: 0, resumed: 0, exits: {} as Record<string, number> };

test(`${writes} changes by ${processes} processes, on a bad way and some of them killed, happen exactly once each`, {
  timeout: 1_800_000,
}, async () => {
  const world = await sandboxed({
    users: writes * 3,
    fail: 0.1,
    latency: 5,
    rateLimit: 60,
    allowDuplicates: true,
    seed,
  });
  const jobs = makeJobs(world.sandbox, writes, seed);
  const intents = jobs.flatMap((job) => job.intents);
  const started = Date.now();
  const queue = [...jobs.entries()];
  const folders: string[] = [];
  await Promise.all(
    Array.from({ length: processes }, async () => {
      const worker = await createWorker(world, folders);
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await worker(...next);
    }),
  );
  const wrong = intents.filter((intent) => intent.happened() !== 1 || !intent.holds());
  const refused = world.sandbox.requests.filter(({ status }) => status === 429).length;
  const failed = world.sandbox.requests.filter(({ status }) => status >= 500).length;
  process.stderr.write(
    `chaos: seed ${seed}, ${intents.length} changes in ${jobs.length} commands by ${figures.started} processes, ` +
      `${figures.killed} of them killed, ${figures.resumed} resumed; ${world.sandbox.requests.length} requests, ` +
      `${failed} failed, ${refused} refused for their rate; exit codes ${JSON.stringify(figures.exits)}; ` +
      `${Math.round((Date.now() - started) / 100) / 10} s\n`,
  );
  expect(wrong.map(({ key, happened }) => `${key}: ${happened()} times`)).toEqual([]);
  const begun = folders.flatMap(begunItems);
  const unrecorded = intents.filter(({ key }) => !begun.some((item) => item.includes(key)));
  expect(unrecorded.map(({ key }) => key)).toEqual([]);
  expect(figures.killed).toBeGreaterThan(0);
});

/** The items of all journals in a configuration folder of which something was begun, as they stand there. */
function begunItems(configDir: string): string[] {
  const folder = join(configDir, 'runs');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => {
      const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
      const items = lines.filter((line) => line.startsWith('{"type":"item"'));
      const begun = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'intent');
      return begun.map(({ item }) => items[item] ?? '');
    });
}

/**
 * Runs one job after the other until each is done, on a way of its own that breaks and kills as the seed says. What
 * befalls a job follows from its number and the try, not from how fast the others are.
 */
async function createWorker(
  world: World,
  folders: string[],
): Promise<(index: number, job: Job) => Promise<void>> {
  let random = seededRandom(seed);
  let onWrite: (() => 'break before' | 'break after' | undefined) | undefined;
  let onRead: (() => 'break before' | undefined) | undefined;
  const url = await between(world.sandbox.apiUrl, ({ method }) => {
    if (method === 'GET') return onRead?.();
    return onWrite?.() ?? (random() < 0.03 ? (random() < 0.5 ? 'break before' : 'break after') : undefined);
  });
  const configDir = mkdtempSync(join(home, 'chaos-'));
  folders.push(configDir);
  const env = { ...world.env, TWILIO_ORG_API_URL: url, TWILIO_ORG_CONFIG_DIR: configDir };

  let said = '';

  /** One process, to its end; killed with SIGKILL at its `killAt`th write, or read, if that comes. */
  async function once(
    args: string[],
    killAt: number,
    amid: 'reads' | 'writes',
  ): Promise<{ exitCode: number | undefined; rows: Row[] }> {
    figures.started += 1;
    let seen = 0;
    let read = 0;
    const subprocess = start([...args, '-o', 'jsonl'], { env });
    onWrite = () => {
      seen += 1;
      if (amid === 'reads' || seen !== killAt) return undefined;
      subprocess.kill('SIGKILL');
      return random() < 0.5 ? 'break before' : 'break after';
    };
    onRead = () => {
      read += 1;
      if (amid === 'writes' || read !== killAt) return undefined;
      subprocess.kill('SIGKILL');
      return 'break before';
    };
    const { exitCode, stdout, stderr } = await subprocess;
    said = stderr;
    onWrite = undefined;
    onRead = undefined;
    const label = exitCode === undefined ? 'killed' : String(exitCode);
    figures.exits[label] = (figures.exits[label] ?? 0) + 1;
    return { exitCode, rows: exitCode === undefined ? [] : parsed(stdout) };
  }

  /** The runs that are kept, by name. */
  const runs = (): string[] => {
    const folder = join(configDir, 'runs');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  };

  /** The run of the job, if it has begun one and there is something left of it to do. */
  async function unfinished(before: readonly string[]): Promise<string | undefined> {
    // A command with nothing left to do begins no run, so the last run may belong to an earlier job.
    if (runs().length === before.length) return undefined;
    const fields = 'run,failed,not_tried';
    const { stdout } = await start(['runs', 'list', '--limit', '1', '--fields', fields], { env });
    const [run, failed, notTried] = stdout.trim().split('\t');
    return failed === '0' && notTried === '0' ? undefined : run || undefined;
  }

  return async (index, job) => {
    const before = runs();
    for (let tries = 1; tries <= 10; tries++) {
      random = seededRandom(seed + 1000 * index + tries);
      // The longer it goes on, the less it is killed.
      const killAt = random() < 0.5 / tries ? 1 + Math.floor(random() * job.intents.length) : 0;
      const amid = random() < 0.2 ? 'reads' : 'writes';
      const again = tries > 1 && (job.resumedOnly || random() < 0.5);
      const run = again ? await unfinished(before) : undefined;
      if (run !== undefined) {
        figures.resumed += 1;
        await ageLocks(join(configDir, 'runs'));
      }
      const { exitCode, rows } = await once(
        run === undefined ? job.args : ['runs', 'resume', run, ...meant],
        killAt,
        amid,
      );
      if (exitCode === undefined) {
        figures.killed += 1;
        continue;
      }
      isTrue(job, exitCode, rows);
      if (exitCode === 0) return;
    }
    throw new Error(`Not done after ten tries: ${job.args.join(' ')}\n${said}`);
  };
}

interface Row {
  id?: string;
  sid?: string;
  outcome?: string;
}

function parsed(stdout: string): Row[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Compares the exit code and the printed rows with the state of the sandbox. */
function isTrue({ args, intents }: Job, exitCode: number, rows: Row[]): void {
  const held = intents.filter((intent) => intent.holds()).length;
  const said = `${args.slice(0, 3).join(' ')}… with exit code ${exitCode}`;
  if (exitCode === 0) expect(`${said}: ${held} hold`).toBe(`${said}: ${intents.length} hold`);
  else expect([3, 8, 11]).toContain(exitCode);
  // Exit code 8 for a single change means that it was not made.
  if (exitCode === 8 && intents.length === 1) expect(`${said}: ${held} hold`).toBe(`${said}: 0 hold`);
  for (const { id, sid, outcome = '' } of rows) {
    const intent = intents.find(({ key }) => key === id || key === sid);
    if (intent === undefined || ['failed', 'unknown', 'not tried'].includes(outcome)) continue;
    expect(`${said}: ${intent.key} ${outcome} ${intent.holds()}`).toBe(
      `${said}: ${intent.key} ${outcome} true`,
    );
  }
}
