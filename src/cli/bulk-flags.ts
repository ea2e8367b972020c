import type { Command } from 'commander';
import type { GuardFlags } from '../changes/guards/policy.ts';
import { createRateLimiter } from '../platform/http/rate-limiter.ts';
import type { Context } from './context.ts';
import { parsePositiveInt } from './flag-values.ts';
import type { Flags } from './flags.ts';
import { addGuardFlags } from './guard-flags.ts';
import type { SelfFlags } from './review/confirm-self.ts';

/** The flags of every command that takes lists. */
export interface BulkFlags extends Flags, GuardFlags, SelfFlags {
  concurrency?: number;
}

export function addThrottleFlags(command: Command): Command {
  return command
    .option('--concurrency <n>', 'how many changes are under way at the same time (8)', parsePositiveInt)
    .option(
      '--rate <n>',
      'send at most this many requests a second (as many as Twilio takes)',
      parsePositiveInt,
    );
}

/** Those of them that are not guards. */
export function addPlanFlags(command: Command): Command {
  return addThrottleFlags(command).option(
    '--plan-out <file>',
    'save the plan for `runs apply` instead of carrying it out',
  );
}

export function addBulkFlags(command: Command): Command {
  return addPlanFlags(addGuardFlags(command));
}

/** How the changes of a run flow: their concurrency, and a pace for all requests from here on if --rate has set none. */
export function throttleOptions(
  ctx: Context,
  flags: Pick<BulkFlags, 'concurrency'>,
): { concurrency: number } {
  ctx.http.pace ??= createRateLimiter(undefined, ctx.http);
  return { concurrency: flags.concurrency ?? 8 };
}
