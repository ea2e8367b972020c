/**
 * Numbers from samples, and verdicts about them. All functions are pure.
 *
 * @typedef {{ middle: number, low: number, high: number, count: number }} Estimate a median with its 99 % interval
 * @typedef {{ atMost: number } | { atLeast: number }} Aim
 * @typedef {'yes' | 'no' | 'unsure'} Verdict
 */

const resamples = 1000;
/** The fraction of the resampled medians that is left out at each end. */
const tail = 0.005;

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * The median with a bootstrap interval. The same samples give the same interval.
 *
 * @param {number[]} values at least one
 * @returns {Estimate}
 */
export function estimate(values) {
  const random = generator();
  const medians = Array.from({ length: resamples }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)])),
  ).sort((a, b) => a - b);
  const left = Math.floor(resamples * tail);
  return {
    middle: median(values),
    low: medians[left],
    high: medians[resamples - 1 - left],
    count: values.length,
  };
}

/**
 * `yes` when the whole interval meets the aim, `no` when none of it does.
 *
 * @param {Estimate} estimate
 * @param {Aim} aim
 * @returns {Verdict}
 */
export function judge({ low, high }, aim) {
  const meets = (value) => ('atMost' in aim ? value <= aim.atMost : value >= aim.atLeast);
  if (meets(low) && meets(high)) return 'yes';
  return meets(low) || meets(high) ? 'unsure' : 'no';
}

/** The verdict about several things that all have to hold. */
export function worst(verdicts) {
  return ['no', 'unsure', 'yes'].find((verdict) => verdicts.includes(verdict)) ?? 'unsure';
}

/**
 * The power of the size that a cost grows with, by least squares on logarithms: 1 is proportional, 2 quadratic.
 *
 * @param {[size: number, cost: number][]} points of at least two sizes
 */
export function growthExponent(points) {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)]);
  const mean = (index) => logs.reduce((sum, pair) => sum + pair[index], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

/** Mulberry32 with a fixed seed. */
function generator(seed = 1) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
