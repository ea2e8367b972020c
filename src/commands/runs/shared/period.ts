import { usageError } from '../../../platform/core/errors.ts';

const dayMs = 86_400_000;
const accepted =
  'Give a day (2026-03-14), a time (2026-03-14T09:15Z), a number of days or weeks ago (7d, 2w), today, or yesterday. Days are UTC';

/** A day in UTC, or a single moment. */
interface Span {
  from: number;
  to: number;
}

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
  const first = since === undefined ? undefined : spanOf(since, '--since', now);
  const last = until === undefined ? undefined : spanOf(until, '--until', now);
  const { from } = first ?? { from: Number.NEGATIVE_INFINITY };
  const { to } = last ?? { to: Number.POSITIVE_INFINITY };
  if (from > to) throw usageError(`--since ${since} is after --until ${until}`, 'Exchange the two');
  const words = [...(first ? [`from ${wordsOf(first)}`] : []), ...(last ? [`to ${wordsOf(last)}`] : [])];
  return { includes: (at) => words.length === 0 || (at >= from && at <= to), text: words.join(' ') };
}

function wordsOf({ from, to }: Span): string {
  const text = new Date(from).toISOString();
  return to - from === dayMs - 1 ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}

/** The first millisecond that is not older than `--older-than` says. */
export function limitOf(olderThan: string, now: number): number {
  return spanOf(olderThan, '--older-than', now).from;
}

function spanOf(written: string, flag: string, now: number): Span {
  const text = written.trim().toLowerCase();
  const span = agoOf(text, now) ?? dateOf(text) ?? momentOf(text);
  if (span === undefined) throw usageError(`${flag} "${written}" is not a time`, accepted);
  return span;
}

function agoOf(text: string, now: number): Span | undefined {
  if (text === 'today') return dayAt(now);
  if (text === 'yesterday') return dayAt(now - dayMs);
  const [, count, unit] = /^(\d{1,5})([dw])$/.exec(text) ?? [];
  if (count === undefined) return undefined;
  return dayAt(now - Number(count) * (unit === 'w' ? 7 : 1) * dayMs);
}

function dateOf(text: string): Span | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = Date.parse(text);
  return isThatDay(at, text) ? dayAt(at) : undefined;
}

/** A time without a zone is UTC, like every other time here. */
function momentOf(text: string): Span | undefined {
  const [, day = '', time = '', zone = 'z'] =
    /^(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  if (!isThatDay(Date.parse(day), day)) return undefined;
  const at = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(at)) return undefined;
  // A named minute or second counts whole as well.
  const length = time.length === 5 ? 60_000 : time.length === 8 ? 1000 : 1;
  return { from: at, to: at + length - 1 };
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isThatDay(at: number, text: string): boolean {
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function dayAt(at: number): Span {
  const from = Math.floor(at / dayMs) * dayMs;
  return { from, to: from + dayMs - 1 };
}
