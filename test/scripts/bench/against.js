import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pairResults, sampleOf } from './run-row.js';
import { program } from './servers.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** A change of less than this is noise. */
const tolerance = 0.05;

/**
 * Builds a revision in a worktree, with the dependencies of this one.
 *
 * @returns {{ program: string, close: () => void, note?: string }}
 */
export function buildRevision(revision, directory) {
  const worktree = path.join(directory, 'revision');
  const git = (...args) =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  git('worktree', 'add', '--quiet', '--detach', worktree, revision);
  const close = () => git('worktree', 'remove', '--force', worktree);
  try {
    symlinkSync(path.join(root, 'node_modules'), path.join(worktree, 'node_modules'), 'junction');
    execFileSync(process.execPath, [buildScript(worktree)], {
      cwd: worktree,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    close();
    throw new Error(`${revision} could not be built: ${error.message}`);
  }
  const locks = [root, worktree].map((one) => readFileSync(path.join(one, 'package-lock.json'), 'utf8'));
  const note =
    locks[0] === locks[1]
      ? undefined
      : `${revision} has another lock file; it is measured with the dependencies of this tree.`;
  return { program: path.join(worktree, 'bin/twilio-org.js'), close, ...(note && { note }) };
}

function buildScript(worktree) {
  return ['test/scripts/build.js', 'scripts/build.js']
    .map((name) => path.join(worktree, name))
    .find((file) => existsSync(file));
}

/** Measures both programs in turn. Returns the exit code: 1 when a row became worse. */
export async function measureAgainst(session, rows, { against: revision }, print) {
  const before = buildRevision(revision, session.directory);
  let worse = 0;
  try {
    if (before.note) print(`${before.note}\n`);
    print(`How many times as much as ${revision}:\n\n`);
    for (const row of rows.filter(({ needs }) => !needs?.(session))) {
      for (const { metric, ratio, low, high, note } of await compareRow(row, session, before.program)) {
        const isHigherBetter = 'atLeast' in row.aims[metric];
        const verdict = changeOf({ low, high }, isHigherBetter);
        worse += verdict === 'worse' ? 1 : 0;
        const spread = low === high ? '' : `${low.toFixed(2)}–${high.toFixed(2)}`;
        print(
          `${row.name.padEnd(36)} ${metric.padEnd(12)} ${ratio.toFixed(2).padStart(6)} ${spread.padStart(11)} ${verdict.padStart(7)}  ${note}\n`,
        );
      }
    }
  } finally {
    before.close();
  }
  print(`\n${worse} became worse.\n`);
  return worse > 0 ? 1 : 0;
}

/**
 * `worse` when the whole interval is beyond the tolerance, `better` likewise.
 *
 * @param {{ low: number, high: number }} ratio of the costs now and before
 */
export function changeOf({ low, high }, isHigherBetter = false) {
  const [least, most] = isHigherBetter ? [1 / high, 1 / low] : [low, high];
  // Not a number: the row failed.
  if (Number.isNaN(least) || least > 1 + tolerance) return 'worse';
  if (most < 1 - tolerance) return 'better';
  return least < 1 - tolerance || most > 1 + tolerance ? 'unsure' : 'same';
}

async function compareRow(row, session, before) {
  try {
    return await (row.pair ? comparePairs(row, session, before) : compareSamples(row, session, before));
  } catch (error) {
    session.signal.throwIfAborted();
    return [
      {
        metric: Object.keys(row.aims)[0],
        ratio: Number.NaN,
        low: Number.NaN,
        high: Number.NaN,
        note: `failed: ${error.message.slice(0, 300)}`,
      },
    ];
  } finally {
    await session.closeOpened();
  }
}

async function comparePairs(row, session, before) {
  const { ours } = await row.pair(session);
  const results = await pairResults(
    row,
    session,
    () => ours(program),
    () => ours(before),
    row.aims,
  );
  return results.map(({ metric, value, note }) => ({
    metric,
    ratio: value.middle,
    low: value.low,
    high: value.high,
    note,
  }));
}

async function compareSamples(row, session, before) {
  const [then, now] = [await sampleOf(row, session, before), await sampleOf(row, session, program)];
  return Object.keys(row.aims).map((metric) => {
    const ratio = now[metric] === then[metric] ? 1 : now[metric] / then[metric];
    const numbers = [now, then].map((sample) => Number(sample[metric].toFixed(3)));
    return { metric, ratio, low: ratio, high: ratio, note: numbers.join(' and ') };
  });
}
