import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { markdown } from './report.js';
import { rows } from './rows/index.js';

/**
 * The numbers of a run in a file, and in docs/performance.md.
 *
 * @typedef {{ machine: string, warning?: string | undefined, results: import('./run-row.js').Result[] }} Report
 */

const page = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));
const [begin, end] = ['<!-- npm run bench -- --page writes from here -->', '<!-- to here -->'];

/**
 * Replaces the file at once: a run of an hour may end between any two rows.
 *
 * @param {string | undefined} file
 * @param {Report} report
 */
export function writeResults(file, report) {
  if (file === undefined) return;
  writeFileSync(`${file}.new`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** The results that a file has; none where it is missing. */
export function readResults(file) {
  if (!existsSync(file)) return [];
  // JSON has neither infinity nor NaN: both stand for a row that found no number.
  const number = (value) => value ?? Number.POSITIVE_INFINITY;
  return JSON.parse(readFileSync(file, 'utf8')).results.map(({ value, ...result }) => ({
    ...result,
    value: { ...value, middle: number(value.middle), low: number(value.low), high: number(value.high) },
  }));
}

export function isMeasured(results, { name, aims }, node) {
  return Object.keys(aims).every((metric) =>
    results.some((result) => result.row === name && result.metric === metric && result.node === node),
  );
}

/** The results as docs/performance.md has them. Rows that were not measured have a dash. */
export function resultsSection({ machine, warning, results }, date = new Date().toISOString().slice(0, 10)) {
  const about = `From one run on ${machine}, on ${date}.${warning ? ` ${warning}` : ''}`;
  return `${about}\nA dash stands for a row that was not measured.\n\n${markdown(results, rows)}`;
}

export function writePage(section, file = page) {
  const [before, rest = ''] = readFileSync(file, 'utf8').split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`${file} has no lines ${begin} and ${end}`);
  writeFileSync(file, `${before}${begin}\n\n${section}\n${end}${after}`);
}
