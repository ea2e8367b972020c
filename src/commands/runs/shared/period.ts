import { usageError } from '../../../platform/core/errors.ts';
import { acceptedTimes, isDay, type Span, spanOf } from '../../../platform/core/time-span.ts';

export interface Period {
  includes(at: number): boolean;
  /** The period in words, such as `from 2026-03-01 to 2026-03-31`. */
  text: string;
}

/**
 * The period of `--since` and `--until`. Both days count whole.
 *
 * @throws usage for a text that is not a time, or a start after the end
 */
export function periodOf(since: string | undefined, until: string | undefined, now: number): Period {
  const first = since === undefined ? undefined : requireSpan(since, '--since', now);
  const last = until === undefined ? undefined : requireSpan(until, '--until', now);
  const { from } = first ?? { from: Number.NEGATIVE_INFINITY };
  const { to } = last ?? { to: Number.POSITIVE_INFINITY };
  if (from > to) throw usageError(`--since ${since} is after --until ${until}`, 'Exchange the two');
  const words = [...(first ? [`from ${wordsOf(first)}`] : []), ...(last ? [`to ${wordsOf(last)}`] : [])];
  return { includes: (at) => words.length === 0 || (at >= from && at <= to), text: words.join(' ') };
}

function wordsOf(span: Span): string {
  const text = new Date(span.from).toISOString();
  return isDay(span) ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}

/** The first millisecond that is not older than `--older-than` says. */
export function limitOf(olderThan: string, now: number): number {
  return requireSpan(olderThan, '--older-than', now).from;
}

function requireSpan(written: string, flag: string, now: number): Span {
  const span = spanOf(written, now);
  if (span === undefined) throw usageError(`${flag} "${written}" is not a time`, acceptedTimes);
  return span;
}
