import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { buildRevision } from './against.js';
import { commandLines, inputFiles, wordsOf } from './command-lines.js';
import { program } from './servers.js';

/**
 * Runs each command line with this program and with a revision, each in an organization of its own, and prints the
 * differences. Returns the exit code: 1 when there are any.
 */
export async function compareOutputs(session, revision, print) {
  const before = buildRevision(revision, session.directory);
  let differences = 0;
  try {
    if (before.note) print(`${before.note}\n`);
    const [ours, theirs] = await Promise.all([openSide(session, program), openSide(session, before.program)]);
    for (const line of commandLines) {
      const [now, then] = await Promise.all([ours(line), theirs(line)]);
      const changed = Object.keys(now).filter((part) => now[part] !== then[part]);
      if (changed.length === 0) continue;
      differences += 1;
      print(`\ntwilio-org ${line}\n`);
      for (const part of changed) print(`  ${part}:\n${difference(then[part], now[part])}`);
    }
  } finally {
    await session.closeOpened();
    before.close();
  }
  print(`\n${commandLines.length} command lines, ${differences} with another output than ${revision}.\n`);
  return differences > 0 ? 1 : 0;
}

/** Runs lines with a program, in a sandbox and directories of its own. */
async function openSide(session, file) {
  const sandbox = await session.loggedSandbox([]);
  const { env } = sandbox;
  const people = await namesOf(sandbox);
  const cwd = env.TWILIO_ORG_CONFIG_DIR;
  for (const [name, content] of Object.entries(inputFiles(people)))
    await writeFile(path.join(cwd, name), content);
  return async (line) => {
    const argv = [file, ...wordsOf(line, people)];
    const child = spawn(session.node, argv, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: session.signal,
    });
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ]);
    const plain = (output) => withoutChance(output, { [cwd]: 'CONFIG', [env.TWILIO_ORG_API_URL]: 'API' });
    return { 'exit code': String(code), stdout: plain(stdout), stderr: plain(stderr) };
  };
}

async function namesOf({ env: { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: token } }) {
  const headers = { authorization: `Bearer ${token}` };
  const { Resources } = await (await fetch(`${url}/scim/v2/Users`, { headers })).json();
  const [, ada, ben, cleo] = Resources.filter(({ active }) => active);
  const off = Resources.find(({ active }) => !active);
  return { ADA: ada.userName, SID: ada.id, BEN: ben.userName, CLEO: cleo.userName, OFF: off.userName };
}

/**
 * Leaves out what differs from run to run: names of runs, times, durations, and SIDs that the sandbox made up.
 *
 * @param {string} output
 * @param {Record<string, string>} places by their text
 */
export function withoutChance(output, places = {}) {
  let plain = output;
  for (const [place, name] of Object.entries(places)) plain = plain.replaceAll(place, name);
  return plain
    .replace(/\b\d{8}-\d{9}-[0-9a-f]{4}\b/g, 'RUN')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?/g, 'TIME')
    .replace(/\b(US|IY|RQ)[0-9a-f]{32}\b/g, '$1…')
    .replace(/\b\d+(\.\d+)? ?(ms|s|seconds?)\b/g, 'DURATION')
    .replace(/PageToken=[\w%.-]+/g, 'PageToken=…');
}

/** The first lines that differ. */
function difference(then, now) {
  const [old, fresh] = [then.split('\n'), now.split('\n')];
  const first = old.findIndex((line, index) => line !== fresh[index]);
  const from = first === -1 ? old.length : first;
  const shown = (lines, sign) =>
    lines
      .slice(from, from + 4)
      .map((line) => `    ${sign} ${line}\n`)
      .join('');
  return shown(old, '-') + shown(fresh, '+');
}
