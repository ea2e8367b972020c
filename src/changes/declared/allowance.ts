import { pluralize } from '../../platform/core/text.ts';
import { isStill } from './days.ts';
import type { DeclaredFile } from './model.ts';

/** More removals than the guards allow, for a time and with a reason: `allow_removals` of a file. */
export interface Allowance {
  /** The place in the file, such as `access/support.yaml:4`. */
  place: string;
  count: number;
  /** Removals of what the file owns. */
  removals: number;
}

/** The allowances of today, and a sentence about each: those that have ended are void. */
export function allowancesOf(
  files: readonly DeclaredFile[],
  removalsBy: ReadonlyMap<DeclaredFile, number>,
  now: number,
): { allowances: Allowance[]; notes: string[]; warnings: string[] } {
  const allowances: Allowance[] = [];
  const notes: string[] = [];
  const warnings: string[] = [];
  for (const file of files) {
    if (file.allowRemovals === undefined) continue;
    const { count, until, because, line } = file.allowRemovals;
    const place = `${file.path}:${line}`;
    if (!isStill(until.value, file, now)) {
      warnings.push(`${place}: allow_removals ended on ${until.value} and has no effect. Remove it`);
      continue;
    }
    allowances.push({ place, count, removals: removalsBy.get(file) ?? 0 });
    notes.push(`${place} allows ${pluralize(count, 'removal')} until ${until.value}: ${because.value}`);
  }
  return { allowances, notes, warnings };
}
