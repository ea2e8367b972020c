import { dayIn } from '../../platform/core/calendar.ts';
import type { DeclaredEntry, DeclaredFile } from './model.ts';

/** The state of an entry on a day: `begins` on its first day, `later` before it, `ended` after its last one. */
export type EntryState = 'wanted' | 'begins' | 'later' | 'ended';

/** True for an entry whose access is to exist today. */
export function isWanted(state: EntryState): boolean {
  return state === 'wanted' || state === 'begins';
}

/** Tells the state of the entries of a file now, in the file's time zone; in UTC where it names none. */
export function entryStates(file: DeclaredFile, now: number): (entry: DeclaredEntry) => EntryState {
  const today = dayIn(zoneOf(file), now);
  return ({ from, until }) => {
    if (until !== undefined && today > until.value) return 'ended';
    if (from === undefined || today > from.value) return 'wanted';
    return today === from.value ? 'begins' : 'later';
  };
}

/** True until the end of the day in the file's time zone. */
export function isStill(day: string, file: DeclaredFile, now: number): boolean {
  return dayIn(zoneOf(file), now) <= day;
}

export function zoneOf({ timezone }: DeclaredFile): string {
  return timezone?.value ?? 'UTC';
}
