import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import chalk from 'chalk';
import { execa } from 'execa';

/** `npm run demo`: from login to logout, against a sandbox. Needs nothing but Node and leaves nothing behind. */
const program = fileURLToPath(new URL('../../bin/twilio-org.js', import.meta.url));
const scriptedBrowser = fileURLToPath(new URL('../support/browser.js', import.meta.url));
const usualPort = 8477;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stop.abort());

const folder = await mkdtemp(path.join(tmpdir(), 'twilio-org-demo-'));
// Leaves out the settings that a person has made for their own use.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => name === 'TWILIO_ORG_TEST_ANSWER' || !/^(TWILIO_ORG_.*|BROWSER)$/i.test(name),
  ),
);

try {
  await demo();
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : 1;
  process.stderr.write(`\n${stop.signal.aborted ? 'The demo was cancelled.' : `error: ${error.message}`}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
say('The sandbox has ended and the temporary folder is gone.');

async function demo() {
  const port = await freePort();
  const redirect = port === usualPort ? [] : ['--redirect-uri', `http://127.0.0.1:${port}/callback`];
  const args = ['sandbox', '--users', '20', ...redirect, '-o', 'json'];
  say('twilio-org from login to logout. Nothing leaves this machine, and nothing stays.');
  say('The sandbox stands in for Twilio. It says where it is and which app may log in.');
  show(args, '> sandbox.json &');
  const sandbox = start(args, { stdin: 'ignore', stdout: ['pipe', { file: inFolder('sandbox.json') }] });
  try {
    await work(await firstLine(sandbox), redirect);
  } finally {
    sandbox.kill();
    await sandbox;
  }
}

async function work({ api_url, oauth_url, organization_sid, apps }, redirect) {
  const { client_id, client_secret } = apps.authorization_code;
  await writeFile(inFolder('client-secret.txt'), client_secret, { mode: 0o600 });
  await copyFile(scriptedBrowser, inFolder('browser.mjs'));
  say('These point the program at it, and at an encrypted file instead of a keychain.');
  set('TWILIO_ORG_API_URL', api_url);
  set('TWILIO_ORG_OAUTH_URL', oauth_url);
  set('TWILIO_ORG_ORGANIZATION_SID', organization_sid);
  set('TWILIO_ORG_CONFIG_DIR', folder);
  set('TWILIO_ORG_STORE', 'file');
  set('TWILIO_ORG_STORE_PASSPHRASE', randomBytes(24).toString('base64'), '…a random one…');
  // By a name without a folder: in BROWSER, a space ends a word.
  set('BROWSER', 'node browser.mjs', '"node browser.mjs"');
  if (!process.stdout.isTTY) {
    say('On a terminal it would print tables by itself.');
    set('TWILIO_ORG_OUTPUT', 'table');
  }

  say('Log in. You would click "Approve access" in a browser; here a script does it.');
  const login = ['auth', 'login', '--client-id', client_id, '--client-secret-stdin', ...redirect];
  await run(login, 'client-secret.txt');
  say('Who is there?');
  await run(['users', 'list', '--limit', '6']);
  say('Which roles can be given?');
  await run(['roles', 'list', '--limit', '6']);
  say('Who has which role where?');
  await run(['role-assignments', 'list', '--limit', '6']);
  say('Ada is new.');
  const ada = 'ada@example.com';
  await run(['users', 'create', '--email', ada, '--given-name', 'Ada', '--family-name', 'Lovelace']);
  say('She becomes a developer in the whole organization.');
  const grant = ['--user', ada, '--role', 'Developer', '--scope', 'org'];
  await run(['role-assignments', 'create', ...grant]);
  say('It shows where one would look for it.');
  await run(['role-assignments', 'list', '--user', ada]);
  say('Ada leaves, and her role is taken back. Without --yes, it would ask first.');
  await run(['role-assignments', 'delete', ...grant, '--yes', '--fields', 'sid,outcome']);
  say('She can no longer sign in.');
  await run(['users', 'deactivate', ada, '--yes']);
  say('She is still there, but not active.');
  await run(['users', 'list', '--user-name', ada]);
  say('Log out.');
  await run(['auth', 'logout']);
}

function say(sentence) {
  process.stdout.write(`\n${sentence}\n`);
}

/** Shows a command as a person would type it, in lines of a terminal that is 80 columns wide. */
function show(args, redirection = '') {
  const words = `${['twilio-org', ...args].join(' ')} ${redirection}`.trim();
  const parts = words.length > 76 ? words.split(/ (?=--|<)/) : [words];
  const lines = parts.reduce(
    ([first, ...rest], part) =>
      `${first} ${part}`.length > 74 ? [part, first, ...rest] : [`${first} ${part}`.trim(), ...rest],
    [''],
  );
  process.stdout.write(`${chalk.bold(`$ ${lines.reverse().join(' \\\n    ')}`)}\n`);
}

function set(name, value, shown = value) {
  environment[name] = value;
  process.stdout.write(`${chalk.bold(`$ export ${name}=${shown}`)}\n`);
}

/** Runs the program to its end, on the terminal if there is one. Throws when it fails. */
async function run(args, inputFile) {
  show(args, inputFile === undefined ? '' : `< ${inputFile}`);
  const stdin = inputFile === undefined ? 'ignore' : { file: inFolder(inputFile) };
  const { exitCode } = await start(args, { stdin, stdout: 'inherit' });
  stop.signal.throwIfAborted();
  if (exitCode !== 0) throw new Error(`this step failed: twilio-org ${args.join(' ')}`);
}

function start(args, stdio) {
  return execa(process.execPath, [program, ...args], {
    ...stdio,
    stderr: 'inherit',
    cwd: folder,
    env: environment,
    extendEnv: false,
    buffer: false,
    reject: false,
    cancelSignal: stop.signal,
  });
}

async function firstLine(sandbox) {
  for await (const line of createInterface({ input: sandbox.stdout })) return JSON.parse(line);
  stop.signal.throwIfAborted();
  throw new Error('this step failed: twilio-org sandbox');
}

/** The usual port of the callback, or any other that is free. */
async function freePort() {
  const listen = (port) =>
    new Promise((resolve, reject) => {
      const server = createServer().once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
      });
    });
  return listen(usualPort).catch(() => listen(0));
}

function inFolder(name) {
  return path.join(folder, name);
}
