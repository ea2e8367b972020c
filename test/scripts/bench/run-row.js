import { estimate, judge } from './statistics.js';

/**
 * @typedef {object} Result of one metric of one row
 * @property {string} row
 * @property {string} group
 * @property {string} what
 * @property {string} against
 * @property {string} metric
 * @property {string} [node] the version, where it is another than that of the bench
 * @property {import('./statistics.js').Estimate} value
 * @property {Partial<{ atMost: number, atLeast: number }>} aim
 * @property {'yes' | 'no' | 'unsure' | ''} verdict
 * @property {string} note
 */

const memoryPairs = 5;
/** Rows near their aim are measured longer, up to this many times. */
const maxPatience = 3;
const quickMemoryPairs = 2;

/**
 * Measures a row, and judges it.
 *
 * @param {import('./rows/index.js').Row} row
 * @param {import('./session.js').Session} session
 * @param {string} program
 * @returns {Promise<Result[]>}
 */
export async function runRow(row, session, program) {
  if (row.pair) {
    const { ours, bare } = await row.pair(session);
    return pairResults(
      row,
      session,
      () => ours(program),
      () => bare(program),
      row.aims,
    );
  }
  const samples = [];
  for (let count = 0; count < (session.quick ? 1 : (row.repeat ?? 1)); count++) {
    samples.push(await sampleOf(row, session, program));
  }
  return Object.entries(row.aims).map(([metric, aim]) =>
    result(
      row,
      metric,
      samples.map((sample) => sample[metric]),
      aim,
      samples[0].how ?? '',
    ),
  );
}

export async function sampleOf(row, session, program) {
  try {
    return await row.sample(session, program);
  } finally {
    await session.closeOpened();
  }
}

/** The ratios of two commands that run in turn, neither always first. */
export async function pairResults(row, session, ours, bare, aims) {
  const results = [];
  if ('cpu' in aims) {
    const pairs = [];
    const rounds = session.quick ? Math.ceil(row.rounds / 3) : row.rounds;
    let latest;
    do {
      for (let round = 0; round < rounds; round++)
        pairs.push(await inTurn(session, ours, bare, pairs.length));
      latest = ratioResult(row, 'cpu', pairs, aims.cpu);
    } while (latest.verdict === 'unsure' && pairs.length < rounds * (session.quick ? 1 : maxPatience));
    results.push(latest);
  }
  if ('memory' in aims) {
    const pairs = [];
    const rounds = session.quick ? quickMemoryPairs : memoryPairs;
    for (let round = 0; round < rounds; round++) pairs.push(await inTurn(session, ours, bare, round, true));
    results.push(ratioResult(row, 'memory', pairs, aims.memory));
  }
  return results;
}

async function inTurn(session, ours, bare, round, memory = false) {
  const measured = (command) => session.measure(command(), { memory });
  if (round % 2 === 0) return [await measured(ours), await measured(bare)];
  const second = await measured(bare);
  return [await measured(ours), second];
}

function ratioResult(row, metric, pairs, aim) {
  const [ours, bare] = [0, 1].map((side) => estimate(pairs.map((pair) => pair[side][metric])).middle);
  const unit = metric === 'memory' ? 'MB' : 'ms';
  const ratios = pairs.map(([one, other]) => one[metric] / other[metric]);
  return result(row, metric, ratios, aim, `${ours.toFixed(0)} and ${bare.toFixed(0)} ${unit}`);
}

function result({ name, group, what, against }, metric, values, aim, note) {
  const value = estimate(values);
  const verdict = 'atMost' in aim || 'atLeast' in aim ? judge(value, aim) : '';
  return { row: name, group, what, against, metric, value, aim, verdict, note };
}
