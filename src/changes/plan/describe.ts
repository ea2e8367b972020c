import type { Change } from './change.ts';
import { kindOf } from './change-kinds.ts';
import type { LabelFor } from './kinds/change-kind.ts';

/** A change in a few words, for plans and reports. */
export function describeChange(change: Change, label: LabelFor = (sid) => sid): string {
  return kindOf(change).describe(change, label);
}
