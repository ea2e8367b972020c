import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { productionDependencies } from './dependencies.js';
import { compare, memory, time } from './measure.js';

/** `npm run bench`: measures the program against bare scripts in one run, and ends with 1 when an aim is missed. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const program = path.join(root, 'bin/twilio-org.js');
const bareUsers = path.join(root, 'test/bench/bare-users.js');
const nothing = ['-e', '0'];
const latency = 20;
const pages = 100;

const folder = await mkdtemp(path.join(tmpdir(), 'twilio-org-bench-'));
const environment = {
  PATH: process.env.PATH,
  SystemRoot: process.env.SystemRoot,
  TWILIO_ORG_CONFIG_DIR: folder,
};
const servers = [];
let missed = false;

try {
  await bench();
} finally {
  for (const server of servers) {
    server.kill();
    await server;
  }
  await rm(folder, { recursive: true, force: true });
}
if (missed) process.exitCode = 1;

async function bench() {
  print('', 'ours', 'bare', 'ratio', 'aim', 'ok?');
  for (const flag of ['--version', '--help']) {
    const start = { ours: [program, flag], bare: nothing, rounds: 25 };
    await row(`${flag}: time`, { ...start, measure: time, aim: 1.3 });
    await row(`${flag}: peak memory`, { ...start, measure: memory, rounds: 9, aim: 1.25 });
  }
  await hundredUsers();
  await hundredThousandUsers();
  await manyPages();
  dependencies();
}

async function hundredUsers() {
  const { ours, bare } = users('json');
  const env = await sandboxed('--users', '100');
  await row('100 users as json: time', { ours, bare, env, rounds: 15, measure: time, aim: 1.5 });
}

/** The sandbox would take longer to answer than the client to print, so its answer is kept and replayed. */
async function hundredThousandUsers() {
  const { ours, bare } = users('jsonl');
  const sandbox = await sandboxed('--users', '100000');
  const headers = { authorization: `Bearer ${sandbox.TWILIO_ORG_ACCESS_TOKEN}` };
  const answer = await fetch(`${sandbox.TWILIO_ORG_API_URL}/scim/v2/Users`, { headers });
  const file = path.join(folder, 'users.json');
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  servers.pop().kill();
  const { api_url } = await serve([path.join(root, 'test/bench/replay.js'), file]);
  const env = { ...sandbox, TWILIO_ORG_API_URL: api_url };
  await row('100,000 users as jsonl: time', { ours, bare, env, rounds: 9, measure: time, aim: 1.5 });
  await row('100,000 users as jsonl: peak memory', { ours, bare, env, rounds: 5, measure: memory, aim: 1.3 });
}

/** Against what the network alone takes: one answer after the other, because each names the next. */
async function manyPages() {
  const assignments = String(pages * 100);
  const env = await sandboxed('--users', '1000', '--assignments', assignments, '--latency', String(latency));
  const ours = [program, 'role-assignments', 'list', '-o', 'json'];
  await row(`10,000 assignments, ${pages} pages at ${latency} ms: time`, {
    ours,
    env,
    rounds: 9,
    measure: (args, env) => (args === undefined ? pages * latency : time(args, env)),
    aim: 1.2,
  });
}

function users(format) {
  return { ours: [program, 'users', 'list', '-o', format], bare: [bareUsers, format] };
}

async function row(what, { ours, bare, env = environment, rounds, measure, aim }) {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    // Neither side is always first.
    if (round % 2 === 0) {
      const mine = await measure(ours, env);
      pairs.push([mine, await measure(bare, env)]);
    } else {
      const other = await measure(bare, env);
      pairs.push([await measure(ours, env), other]);
    }
  }
  const result = compare(pairs);
  const unit = measure === memory ? 'MB' : 'ms';
  const verdict = result.ratio <= aim ? 'yes' : result.atLeast <= aim ? 'noise' : 'no';
  missed ||= verdict === 'no';
  const [mine, other] = [result.ours, result.bare].map((value) => `${value.toFixed(0)} ${unit}`);
  print(what, mine, other, result.ratio.toFixed(2), aim.toFixed(2), verdict);
}

function dependencies() {
  const { count, size } = productionDependencies(root);
  for (const [what, value, aim] of [
    ['packages installed with the program', count, 70],
    ['their size', size, 20],
  ]) {
    const unit = value === size ? ' MB' : '';
    missed ||= value > aim;
    print(what, `${value.toFixed(0)}${unit}`, '', '', `${aim}${unit}`, value <= aim ? 'yes' : 'no');
  }
}

function print(what, ...columns) {
  process.stdout.write(`${what.padEnd(48)}${columns.map((column) => column.padStart(9)).join('')}\n`);
}

/** A sandbox in a process of its own; gives the environment that points the program at it, with a token. */
async function sandboxed(...flags) {
  const { api_url, oauth_url, apps } = await serve([program, 'sandbox', ...flags, '-o', 'json']);
  const { client_id, client_secret } = apps.client_credentials;
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  const { access_token } = await (await fetch(`${oauth_url}/v2/token`, { method: 'POST', body })).json();
  return { ...environment, TWILIO_ORG_API_URL: api_url, TWILIO_ORG_ACCESS_TOKEN: access_token };
}

/** Starts a server; gives the JSON on the first line that it prints. */
async function serve(args) {
  const server = execa(process.execPath, args, {
    env: environment,
    extendEnv: false,
    stdin: 'ignore',
    stderr: 'inherit',
    buffer: false,
    reject: false,
  });
  servers.push(server);
  for await (const line of createInterface({ input: server.stdout })) return JSON.parse(line);
  throw new Error(`node ${args.join(' ')} ended without a word`);
}
