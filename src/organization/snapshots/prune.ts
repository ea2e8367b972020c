import { rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from '../../platform/fs/atomic-write.ts';
import { fsErrorHandler } from '../../platform/fs/errors.ts';
import { manifestFile } from './manifest.ts';
import { timeOfId } from './store.ts';

/** The time for which snapshots are kept. */
export interface Retention {
  /** Every snapshot of this many days, today included. */
  days: number;
  /** The last snapshot of each month, this month included. */
  months: number;
}

const dayMs = 86_400_000;

/** Parses `90d,24m`, in either order; undefined for another text. A part that is left out is 0. */
export function parseRetention(text: string): Retention | undefined {
  const parts = text.split(',').map((part) => /^\s*(\d{1,5})([dm])\s*$/.exec(part));
  const found = parts.flatMap((part) => (part === null ? [] : [[part[2], Number(part[1])] as const]));
  const byUnit = new Map(found);
  if (found.length !== parts.length || byUnit.size !== parts.length) return undefined;
  return { days: byUnit.get('d') ?? 0, months: byUnit.get('m') ?? 0 };
}

/** The snapshots that are not kept, the earliest first. The last one is always kept. Days and months are UTC. */
export function prunable(ids: readonly string[], { days, months }: Retention, now: number): string[] {
  const since = (Math.floor(now / dayMs) - days + 1) * dayMs;
  const firstMonth = monthOf(now) - months + 1;
  const sorted = ids.toSorted();
  const lastOfMonth = new Map(sorted.map((id) => [monthOf(timeOfId(id)), id]));
  return sorted.filter((id, index) => {
    const at = timeOfId(id);
    const month = monthOf(at);
    const isOfMonth = month >= firstMonth && lastOfMonth.get(month) === id;
    return index < sorted.length - 1 && at < since && !isOfMonth;
  });
}

function monthOf(at: number): number {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Removes a snapshot, its manifest first: what is left by a kill is no snapshot. */
export async function removeSnapshot(dir: string): Promise<void> {
  const failed = fsErrorHandler('remove', dir);
  await unlink(path.join(dir, manifestFile)).catch(failed);
  await syncDirectory(dir);
  await rm(dir, { recursive: true, force: true }).catch(failed);
}
