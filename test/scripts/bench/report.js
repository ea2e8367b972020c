import { worst } from './statistics.js';

const units = { seconds: ' s', megabytes: ' MB', packages: '', trips: '', extra: '' };
const words = {
  cpu: 'CPU time',
  time: 'time',
  memory: 'peak memory',
  exponent: 'exponent',
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
 */
export function markdown(results) {
  const lines = new Map();
  for (const result of results) {
    const { group, metric, against, aim, node } = result;
    const key = [group, metric, against, aimOf(aim, metric), node].join('|');
    lines.set(key, [...(lines.get(key) ?? []), result]);
  }
  const rows = [...lines.values()].map((group) => {
    const [{ group: title, what, metric, against, aim, node }] = group;
    const values = group.map(({ value }) => value.middle).sort((a, b) => a - b);
    const range = [...new Set([number(values[0], metric), number(values.at(-1), metric)])].join(' to ');
    const verdict = aimOf(aim, metric) === '' ? '' : worst(group.map((result) => result.verdict));
    const name = `${group.length === 1 ? what : title}${node === undefined ? '' : `, Node ${node}`}`;
    return `| ${[name, words[metric], against, aimOf(aim, metric), range, verdict].join(' | ')} |`;
  });
  return ['| measure | of | against | aim | measured | met |', '|---|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}
