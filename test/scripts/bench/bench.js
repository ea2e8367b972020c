import { execFileSync } from 'node:child_process';
import { measureAgainst } from './against.js';
import { isMeasured, readResults, resultsSection, writePage, writeResults } from './kept-results.js';
import { chooseRows, parseOptions, usage } from './options.js';
import { compareOutputs } from './outputs.js';
import { machine, watchQuietness } from './quietness.js';
import { formatResult, header } from './report.js';
import { rows } from './rows/index.js';
import { runRow } from './run-row.js';
import { program } from './servers.js';
import { openSession } from './session.js';

/** `npm run bench`: measures each row of the aims. Ends with 1 when an aim is missed, or with --against when a row became worse. */
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stop.abort());

let options;
let choice;
try {
  options = parseOptions(process.argv.slice(2));
  choice = chooseRows(rows, options);
} catch (error) {
  process.stderr.write(`error: ${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
if (options?.help) print(usage);
else if (options?.list) for (const { name, what } of choice.chosen) print(`${name.padEnd(32)} ${what}\n`);
else if (choice) await bench();

async function bench() {
  const session = await openSession({ ...options, signal: stop.signal });
  try {
    if (options.outputs) process.exitCode = await compareOutputs(session, options.against, print);
    else if (options.against) process.exitCode = await measureAgainst(session, choice.chosen, options, print);
    else await measureAll(session);
    if (choice.leftOut.length > 0 && !options.outputs) print(leftOut());
  } catch (error) {
    process.exitCode = stop.signal.aborted ? 130 : 1;
    process.stderr.write(`${stop.signal.aborted ? 'Cancelled' : error.stack}\n`);
  } finally {
    await session.close();
  }
}

async function measureAll(session) {
  const quietness = await watchQuietness(session);
  const results = options.resume ? readResults(options.json) : [];
  const keep = () =>
    writeResults(options.json, { machine: machine(), warning: quietness.warning(), results });
  print(`${machine()}\n\n${header()}`);
  for (const result of results) print(formatResult(result));
  try {
    for (const node of [process.execPath, ...(options.node ?? [])]) {
      const isOther = node !== process.execPath;
      session.node = node;
      const version = isOther ? execFileSync(node, ['--version'], { encoding: 'utf8' }).trim() : undefined;
      for (const row of choice.chosen.filter(({ eachNode }) => eachNode || !isOther)) {
        if (isMeasured(results, row, version)) continue;
        const reason = row.needs?.(session);
        if (reason) print(`${row.name}: left out, because it ${reason}\n`);
        else results.push(...(await measureRow(row, session, quietness, version)));
        keep();
      }
    }
  } finally {
    // Also what was measured before Ctrl-C.
    finish(results, quietness);
  }
}

/** Prints each row when it is measured. One that fails is missed, and the others go on. */
async function measureRow(row, session, quietness, node) {
  try {
    const results = await runRow(row, session, program);
    const isBusy = quietness.isBusy(await quietness.now());
    for (const result of results) {
      if (node !== undefined) result.node = node;
      if (isBusy && row.byClock && result.verdict === 'no') {
        Object.assign(result, { verdict: 'unsure', note: 'the machine was busy' });
      }
      print(formatResult(result));
    }
    return results;
  } catch (error) {
    stop.signal.throwIfAborted();
    process.exitCode = 1;
    print(`${row.name}: failed: ${error.message}\n`);
    return [];
  } finally {
    await session.closeOpened();
  }
}

function finish(results, quietness) {
  const missed = results.filter(({ verdict }) => verdict === 'no');
  const unsure = results.filter(({ verdict }) => verdict === 'unsure');
  if (missed.length > 0) process.exitCode = 1;
  print(`\n${results.length} numbers: ${missed.length} miss their aim, ${unsure.length} are unsure.\n`);
  const warning = quietness.warning();
  if (warning) print(`${warning}\n`);
  const section = resultsSection({ machine: machine(), warning, results });
  if (options.markdown) print(`\n${section}`);
  if (options.page && !stop.signal.aborted) writePage(section);
}

/** The number of rows of each theme. */
function leftOut() {
  const themes = new Map();
  for (const { name } of choice.leftOut) {
    const [theme] = name.split('.');
    themes.set(theme, (themes.get(theme) ?? 0) + 1);
  }
  const counts = [...themes].map(([theme, count]) => `${count} of ${theme}`);
  return `\nLeft out by --quick: ${counts.join(', ')}. See npm run bench -- --list.\n`;
}

function print(text) {
  process.stdout.write(text);
}
