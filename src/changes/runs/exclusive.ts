import type { Context } from '../../cli/context.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { makeRunFolder } from './run-store.ts';

/** Whoever worked on a run until now may still be writing, or was killed and has left the lock behind. */
export async function alone(
  ctx: Context,
  file: string,
  work: (stillHeld: () => void) => Promise<void>,
): Promise<void> {
  // What changes nothing is in nobody's way.
  if (ctx.flags.dryRun) return work(() => undefined);
  await makeRunFolder(ctx.configDir);
  const waits = () => ctx.messages.note('Another process has worked on this run until now: waiting for it');
  const whileHeld = async (stillHeld: () => void): Promise<void> => {
    const { mayLeave } = ctx.http;
    // An undo has a journal of its own, and with it another lock.
    ctx.http.mayLeave = stillHeld;
    await work(stillHeld).finally(() => {
      ctx.http.mayLeave = mayLeave;
    });
  };
  return withLock(file, whileHeld, { waits, signal: ctx.runtime.signal });
}
