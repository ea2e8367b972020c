const dayMs = 86_400_000;

/** A day in UTC, or a single moment; milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

/** The texts that {@link spanOf} takes, for the advice of an error. */
export const acceptedTimes =
  'Give a day (2026-03-14), a time (2026-03-14T09:15Z), a number of days or weeks ago (7d, 2w), today, or yesterday. Days are UTC';

/** The time that a text names; undefined for another text. */
export function spanOf(written: string, now: number): Span | undefined {
  const text = written.trim().toLowerCase();
  return agoOf(text, now) ?? dateOf(text) ?? momentOf(text);
}

/** True for a whole day. */
export function isDay({ from, to }: Span): boolean {
  return to - from === dayMs - 1;
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
