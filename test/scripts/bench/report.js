import { worst } from './statistics.js';

const units = { seconds: ' s', megabytes: ' MB', packages: '', trips: '', extra: '' };
const words = {
  cpu: 'CPU time',
  time: 'time',
  memory: 'peak memory',
  exponent: 'exponent',
  memoryExponent: 'exponent of peak memory',
  trips: 'round trips in a row',
  extra: 'more requests',
  rate: 'rate',
  refused: 'refused',
  seconds: 'time',
  undo: 'peak memory of `runs undo`',
  show: 'peak memory of `runs show`',
  unfairness: 'unfairness',
  packages: 'packages',
  megabytes: 'size',
};

export function header() {
  return line('row', 'metric', 'measured', 'spread', 'aim', 'ok?', '');
}

/** @param {import('./run-row.js').Result} result */
export function formatResult({ row, node, metric, value, aim, verdict, note }) {
  const name = node === undefined ? row : `${row} (${node})`;
  const spread = value.count > 1 ? `${number(value.low, metric)}–${number(value.high, metric)}` : '';
  return line(name, metric, number(value.middle, metric), spread, aimOf(aim, metric), verdict, note);
}

function line(row, metric, measured, spread, aim, verdict, note) {
  const columns = [
    row.padEnd(36),
    metric.padEnd(10),
    measured.padStart(9),
    spread.padStart(13),
    aim.padStart(8),
    verdict.padStart(7),
    note,
  ];
  return `${columns.join(' ').trimEnd()}\n`;
}

export function aimOf(aim, metric) {
  if ('atMost' in aim) return `≤ ${number(aim.atMost, metric)}`;
  return 'atLeast' in aim ? `≥ ${number(aim.atLeast, metric)}` : '';
}

function number(value, metric) {
  if (metric === 'refused') return `${(value * 100).toFixed(1)} %`;
  const unit = units[metric];
  if (unit === undefined) return value.toFixed(2);
  return `${Number.isInteger(value) ? value : value.toFixed(1)}${unit}`;
}

/**
 * The table of docs/performance.md: one line for each group, metric, aim and Node, with the range of its rows.
 *
 * @param {import('./run-row.js').Result[]} results
 * @param {readonly import('./rows/index.js').Row[]} rows all, in the order of the table
 */
export function markdown(results, rows) {
  const lines = new Map();
  const lineOf = ({ group, metric, against, aim, node }) => {
    const key = [group, metric, against, aimOf(aim, metric), node].join('|');
    if (!lines.has(key)) lines.set(key, { rows: new Set(), results: [], metric, against, aim, group, node });
    return lines.get(key);
  };
  for (const { name, aims, ...row } of rows)
    for (const [metric, aim] of Object.entries(aims)) lineOf({ ...row, metric, aim }).rows.add(row.what);
  for (const result of results) {
    const line = lineOf(result);
    line.rows.add(result.what);
    line.results.push(result);
  }
  const table = [...lines.values()].map(({ rows, results, metric, against, aim, group, node }) => {
    const title = rows.size === 1 ? [...rows][0] : group;
    const name = `${title}${node === undefined ? '' : `, Node ${node}`}`;
    const isAim = aimOf(aim, metric) !== '';
    const verdict = results.length > 0 && isAim ? worst(results.map((result) => result.verdict)) : '';
    const cells = [name, words[metric], against, aimOf(aim, metric), rangeOf(results, metric, rows.size)];
    return `| ${[...cells, verdict || (isAim ? '–' : '')].join(' | ')} |`;
  });
  return [
    '| measure | of | against | aim | measured | met |',
    '|---|---|---|---|---|---|',
    ...table,
    '',
  ].join('\n');
}

/** `1.11 to 1.53`, with the number of rows where some of them were not measured. */
function rangeOf(results, metric, count) {
  if (results.length === 0) return '–';
  const values = results.map(({ value }) => value.middle).sort((a, b) => a - b);
  const range = [...new Set([number(values[0], metric), number(values.at(-1), metric)])].join(' to ');
  return results.length < count ? `${range} (${results.length} of ${count})` : range;
}
