import { createRateLimiter } from '../platform/http/rate-limiter.ts';
import type { Context } from './context.ts';
import { defineFlags, type FlagsOf } from './flag-spec.ts';
import { parsePositiveInt } from './flag-values.ts';
import type { Flags } from './flags.ts';
import { guardFlags } from './guard-flags.ts';

export const throttleFlags = defineFlags({
  concurrency: {
    value: 'n',
    summary: 'make this many changes at the same time',
    parse: parsePositiveInt,
    default: '8',
  },
  rate: {
    value: 'n',
    summary: 'send at most this many requests per second',
    parse: parsePositiveInt,
    default: 'adjusts to what Twilio accepts',
  },
});

/** The flags of a bulk command, without its guards. */
export const planFlags = defineFlags({
  ...throttleFlags,
  planOut: { value: 'file', summary: 'save the plan for `runs apply` instead of running it' },
});

/** The flags that all bulk commands share. */
export const bulkFlags = defineFlags({ ...guardFlags, ...planFlags });

/** The values of {@link bulkFlags}, as the review of a plan takes them. */
export interface BulkFlags extends Flags, FlagsOf<typeof bulkFlags> {}

/** The concurrency of a run. Without --rate, its requests share a rate limiter that adjusts itself from here on. */
export function throttleOptions(
  ctx: Context,
  flags: Pick<BulkFlags, 'concurrency'>,
): { concurrency: number } {
  ctx.http.rateLimiter ??= createRateLimiter(undefined, ctx.http);
  return { concurrency: flags.concurrency ?? 8 };
}
