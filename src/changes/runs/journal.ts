import { open } from 'node:fs/promises';
import { createAppender, removeCutLine } from '../../platform/fs/append.ts';
import { fsErrorHandler } from '../../platform/fs/errors.ts';
import type { ChangeResult } from '../plan/change.ts';
import { line } from './plan-file.ts';
import type { Outcome, Resumption } from './records.ts';

/** The write-ahead log of a run. Each line is on the disk before its promise resolves. */
export interface Journal {
  intent(item: number, step: number): Promise<void>;
  outcome(
    item: number,
    step: number,
    what: Pick<Outcome, 'status' | 'reason' | keyof ChangeResult>,
  ): Promise<void>;
  resumed(by: Omit<Resumption, 'type' | 'at'>): Promise<void>;
  /**
   * Throws when the journal can no longer be written, because a request sent then would leave no trace. Called right before
   * each request leaves, retries included.
   */
  check(): void;
  close(): Promise<void>;
}

/** Records nothing: for a change that cannot be recorded, or a plan without changes. */
export const nullJournal: Journal = {
  intent: async () => undefined,
  outcome: async () => undefined,
  resumed: async () => undefined,
  check: () => undefined,
  close: async () => undefined,
};

/** Opens the journal of a run to append to it. @param stillHeld throws when another process holds its lock */
export async function openJournal(file: string, now: () => number, stillHeld: () => void): Promise<Journal> {
  const handle = await open(file, 'a+', 0o600).catch(fsErrorHandler('write', file));
  try {
    await removeCutLine(handle).catch(fsErrorHandler('write', file));
  } catch (error) {
    await handle.close();
    throw error;
  }
  const { append, check } = createAppender(handle, file, stillHeld);
  const at = () => new Date(now()).toISOString();
  return {
    intent: (item, step) => append(line({ type: 'intent', item, step, at: at() })),
    outcome: (item, step, what) => append(line({ type: 'outcome', item, step, ...what, at: at() })),
    resumed: (by) => append(line({ type: 'resumed', ...by, at: at() })),
    check,
    async close() {
      await handle.close();
    },
  };
}
