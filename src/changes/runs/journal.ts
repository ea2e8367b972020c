import { open } from 'node:fs/promises';
import { createAppender, removeCutLine } from '../../platform/fs/append.ts';
import { fsErrorHandler } from '../../platform/fs/errors.ts';
import type { ChangeResult } from '../plan/change.ts';
import { line } from './plan-file.ts';
import type { Outcome, Resumption } from './records.ts';

/** Where what happens is written down, each line on the disk before the promise resolves. */
export interface Journal {
  intent(item: number, step: number): Promise<void>;
  outcome(
    item: number,
    step: number,
    what: Pick<Outcome, 'status' | 'reason' | keyof ChangeResult>,
  ): Promise<void>;
  resumed(by: Omit<Resumption, 'type' | 'at'>): Promise<void>;
  /**
   * Throws when no more can be written: of what is sent then, nobody would know. To be called right before each request
   * leaves, also one that is sent again.
   */
  check(): void;
  close(): Promise<void>;
}

/** For a change that stands alone: there is nothing to resume. */
export const nullJournal: Journal = {
  intent: async () => undefined,
  outcome: async () => undefined,
  resumed: async () => undefined,
  check: () => undefined,
  close: async () => undefined,
};

/** Goes on with a journal that is there. @param stillHeld throws when the journal has become another process's */
export async function openJournal(file: string, now: () => number, stillHeld: () => void): Promise<Journal> {
  const handle = await open(file, 'a+', 0o600).catch(fsErrorHandler('write', file));
  await removeCutLine(handle).catch(fsErrorHandler('write', file));
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
