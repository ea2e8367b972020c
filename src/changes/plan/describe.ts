import type { Change } from './change.ts';
import { kindOf } from './change-kinds.ts';
import type { ChangeDetail, LabelFor } from './kinds/change-kind.ts';

/** A change in a few words, for plans and reports. */
export function describeChange(change: Change, label: LabelFor = (sid) => sid): string {
  return kindOf(change).describe(change, label);
}

/** The parts of a change in a person's words. */
export function detailsOf(change: Change, label: LabelFor): ChangeDetail[] {
  return kindOf(change).details(change, label);
}

/** A part of a change in one line, without its sign. */
export function detailText({ what, from, to }: ChangeDetail): string {
  return `${what}: ${[from, to].filter((value) => value !== undefined).join(' → ')}`;
}
