import type { Command } from 'commander';
import type { GuardFlags } from '../changes/guards/policy.ts';
import { createPace } from '../platform/http/rate-limiter.ts';
import type { Context } from './context.ts';
import { atLeastOne } from './flag-values.ts';
import type { Flags } from './flags.ts';
import { withGuardFlags } from './guard-flags.ts';
import type { SelfFlags } from './review/confirm-self.ts';

/** The flags of every command that takes lists. */
export interface BulkFlags extends Flags, GuardFlags, SelfFlags {
  concurrency?: number;
}

export function withFlowFlags(command: Command): Command {
  return command
    .option('--concurrency <n>', 'how many changes are under way at the same time (8)', atLeastOne)
    .option('--rate <n>', 'send at most this many requests a second (as many as Twilio takes)', atLeastOne);
}

/** Those of them that are not guards. */
export function withPlanFlags(command: Command): Command {
  return withFlowFlags(command).option(
    '--plan-out <file>',
    'save the plan for `runs apply` instead of carrying it out',
  );
}

export function withBulkFlags(command: Command): Command {
  return withPlanFlags(withGuardFlags(command));
}

/** How the changes of a run flow: their concurrency, and a pace for all requests from here on if --rate has set none. */
export function flowOf(ctx: Context, flags: Pick<BulkFlags, 'concurrency'>): { concurrency: number } {
  ctx.http.pace ??= createPace(undefined, ctx.http);
  return { concurrency: flags.concurrency ?? 8 };
}
