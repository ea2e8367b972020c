import { alternatives } from './alternatives.js';
import { installation } from './installation.js';
import { lists } from './lists.js';
import { logins } from './logins.js';
import { rateLimits } from './rate-limits.js';
import { requests } from './requests.js';
import { runs } from './runs.js';
import { starts } from './starts.js';

/**
 * A row of the report. A row with `pair` compares processes that run in turn: each of its aims is about the ratio of the
 * program to the other. A row with `sample` measures in its own way: its aims are about the members of the result.
 *
 * @typedef {object} Row
 * @property {string} name for `--only`
 * @property {string} group the line of the table in docs/performance.md that it belongs to
 * @property {string} what
 * @property {string} against
 * @property {Record<string, Partial<{ atMost: number, atLeast: number }>>} aims by metric; an empty one is only reported
 * @property {boolean} quick true for a row of `--quick`
 * @property {boolean} [eachNode] true for a row that is measured on each Node of `--node`
 * @property {boolean} [byClock] true where other work of the machine changes the result
 * @property {number} [rounds] the least number of pairs
 * @property {number} [repeat] the number of samples, 1 by default
 * @property {(session: import('../session.js').Session) => string | undefined} [needs] the reason why it can't be measured here
 * @property {(session: import('../session.js').Session) => Promise<{
 *   ours: (program: string) => import('../measure.js').Command,
 *   bare: (program: string) => import('../measure.js').Command,
 * }>} [pair]
 * @property {(session: import('../session.js').Session, program: string) => Promise<Record<string, number | string>>} [sample]
 */

/** @type {readonly Row[]} */
export const rows = [
  ...starts,
  ...logins,
  ...lists,
  ...requests,
  ...runs,
  ...rateLimits,
  ...installation,
  ...alternatives,
];
