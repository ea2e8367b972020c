import { pluralize } from './text.ts';

const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A time in words, such as `2 days ago` or `in 5 minutes`; undefined for a text that is no time. */
export function relativeTime(time: string, now: number): string | undefined {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return undefined;
  const distance = Math.abs(at - now);
  const [unit, ms] = units.find(([, ms]) => distance >= ms) ?? [];
  if (unit === undefined) return at > now ? 'in less than a minute' : 'just now';
  const words = pluralize(Math.floor(distance / ms), unit);
  return at > now ? `in ${words}` : `${words} ago`;
}

/** The exact time in UTC with its distance, such as `2026-11-24 09:30 UTC (2 days ago)`; another text as it is. */
export function exactTime(time: string, now: number): string {
  const words = relativeTime(time, now);
  if (words === undefined) return time;
  return `${minuteOf(new Date(time).toISOString())} UTC (${words})`;
}

/** `2026-11-24 09:30`. @param time in ISO 8601 */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
