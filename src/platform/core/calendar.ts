/** True for a day of the calendar in the form YYYY-MM-DD. Such texts can be compared as they are. */
export function isCalendarDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // JavaScript rolls 30 February over into March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The name of an IANA time zone in its usual spelling; undefined where there is none. */
export function timeZoneNamed(text: string): string | undefined {
  // Offsets such as +02:00 are accepted by some versions of Node only, and ignore summer time.
  if (!/^[A-Za-z]/.test(text)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** The day in a time zone, as YYYY-MM-DD. */
export function dayIn(timeZone: string, now: number): string {
  // The data of time zones take a while to load.
  if (timeZone === 'UTC') return new Date(now).toISOString().slice(0, 'YYYY-MM-DD'.length);
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}
