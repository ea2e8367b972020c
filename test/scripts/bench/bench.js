import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bulk } from './bulk.js';
import { productionDependencies } from './dependencies.js';
import { compare, measure } from './measure.js';
import { runs } from './runs.js';
import { end, program, startReplay, startSandbox } from './servers.js';

/** `npm run bench`: measures the program against bare scripts in one run, and ends with 1 when an aim is missed. */
const bareUsers = fileURLToPath(new URL('bare-users.js', import.meta.url));
const latency = 20;
const pages = 100;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stop.abort());

const folder = await mkdtemp(path.join(tmpdir(), 'twilio-org-bench-'));
const clean = { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, TWILIO_ORG_CONFIG_DIR: folder };
let missed = false;
try {
  await bench();
} catch (error) {
  missed = true;
  process.stderr.write(`${stop.signal.aborted ? 'Cancelled' : error.stack}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (missed) process.exitCode = 1;

async function bench() {
  print('', 'ours', 'bare', 'ratio', 'aim', 'ok?');
  for (const flag of ['--version', '--help']) {
    const ours = () => bestOfThree([program, flag]);
    const pairs = await inTurn(15, ours, () => bestOfThree(['-e', '0']));
    row(`${flag}: time`, pairs, 'time', 1.3);
    row(`${flag}: peak memory`, pairs, 'memory', 1.25);
  }
  await withServer(startSandbox(['--users', '100'], clean), async (env) => {
    row('100 users as json: time', await listUsers('json', 15, env), 'time', 1.5);
  });
  const all = startReplay(['--users', '100000'], '/scim/v2/Users', path.join(folder, 'users'), 0, clean);
  await withServer(all, async (env) => {
    const pairs = await listUsers('jsonl', 9, env);
    row('100,000 users as jsonl: time', pairs, 'time', 1.5);
    row('100,000 users as jsonl: peak memory', pairs, 'memory', 1.3);
  });
  await withServer(assignments(), async (env) => {
    const ours = () => run([program, 'role-assignments', 'list', '-o', 'json'], env);
    row(`10,000 assignments in ${pages} pages: time`, await inTurn(9, ours, waiting), 'time', 1.2);
  });
  for (const [what, ours, bare, ratio, aim, met] of await bulk(folder, clean)) {
    missed ||= !met;
    const numbers = [ours, bare, ratio, aim].map((value) => value.toFixed(2));
    print(what, ...numbers, met ? 'yes' : 'no');
  }
  const listing = await runs(folder, clean, stop.signal);
  missed ||= listing > 1000;
  print(
    '10,000 runs listed: CPU time',
    `${listing.toFixed(0)} ms`,
    '',
    '',
    '1000 ms',
    listing > 1000 ? 'no' : 'yes',
  );
  dependencies();
  const [load] = loadavg();
  if (missed && load > availableParallelism() + 1) {
    process.stdout.write(
      `The machine has other work as well (load ${load.toFixed(1)}): measure again without it.\n`,
    );
  }
}

function assignments() {
  const flags = ['--users', '1000', '--assignments', String(pages * 100)];
  const first = '/v2/Organizations/RoleAssignments?PageSize=100';
  return startReplay(flags, first, path.join(folder, 'assignments'), latency, clean);
}

/** One page after the other, because each names the next: the least that they can take. */
async function waiting() {
  const started = performance.now();
  for (let page = 0; page < pages; page++) await setTimeout(latency);
  return { time: performance.now() - started };
}

function listUsers(format, rounds, env) {
  const ours = () => run([program, 'users', 'list', '-o', format], env);
  return inTurn(rounds, ours, () => run([bareUsers, format], env));
}

/** Measures both again and again, neither always first. */
async function inTurn(rounds, ours, bare) {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) pairs.push([await ours(), await bare()]);
    else pairs.push([await bare(), await ours()].reverse());
  }
  return pairs;
}

/** Other work of the machine can double such short times. It only ever adds to them, so the shortest counts. */
async function bestOfThree(args) {
  const runs = [await run(args), await run(args), await run(args)];
  return runs.reduce((best, other) => (other.time < best.time ? other : best));
}

function run(args, env = clean) {
  return measure(args, env, stop.signal);
}

async function withServer(starting, work) {
  const { server, env } = await starting;
  try {
    await work(env);
  } finally {
    await end(server);
  }
}

function row(what, pairs, kind, aim) {
  const { ours, bare, ratio, atLeast } = compare(pairs.map((pair) => pair.map((measured) => measured[kind])));
  const shown = [ours, bare].map((value) => `${value.toFixed(0)} ${kind === 'time' ? 'ms' : 'MB'}`);
  // Missed is what no chance explains.
  const verdict = ratio <= aim ? 'yes' : atLeast <= aim ? 'unsure' : 'no';
  missed ||= verdict === 'no';
  print(what, ...shown, ratio.toFixed(2), aim.toFixed(2), verdict);
}

function dependencies() {
  const { count, size } = productionDependencies(fileURLToPath(new URL('../../..', import.meta.url)));
  const fits = (value, aim) => {
    missed ||= value > aim;
    return value <= aim ? 'yes' : 'no';
  };
  print('packages it depends on, installed', String(count), '', '', '70', fits(count, 70));
  print('their size', `${size.toFixed(0)} MB`, '', '', '20 MB', fits(size, 20));
}

function print(what, ...columns) {
  process.stdout.write(`${what.padEnd(40)}${columns.map((column) => column.padStart(9)).join('')}\n`);
}
