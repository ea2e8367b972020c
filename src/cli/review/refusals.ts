import { checkGuards } from '../../changes/guards/check.ts';
import { GuardError } from '../../changes/guards/policy.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { BulkFlags } from '../bulk-flags.ts';
import type { Context } from '../context.ts';
import { confirmSelf } from './confirm-self.ts';

/**
 * Refuses a plan for all reasons at once, and names the one command that would run it nevertheless.
 *
 * @throws guard
 */
export async function refuseUnsafe(
  ctx: Context,
  { removals, addressChanges }: Pick<Plan, 'removals' | 'addressChanges'>,
  flags: BulkFlags,
): Promise<void> {
  try {
    await checkGuards(ctx, removals, flags, addressChanges);
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    const own = await refusalOfSelf(ctx, removals, flags);
    if (own === undefined && error.lines.length === 1) throw error;
    const allowed = [
      ...(error.flags ?? ['--override-guards']),
      ...(own === undefined ? [] : ['--including-myself']),
    ];
    const lines = own === undefined ? error.lines : [...error.lines, own.message];
    throw new GuardError(lines, `To allow all of it: ${withFlags(ctx.commandLine, allowed)}`, allowed);
  }
}

/** The refusal to remove one's own access where it can't be asked about. */
async function refusalOfSelf(
  ctx: Context,
  removals: Plan['removals'],
  flags: BulkFlags,
): Promise<AppError | undefined> {
  const isOnlyPlanned = ctx.flags.dryRun || ctx.flags.planOut !== undefined;
  if (ctx.prompts.interactive || isOnlyPlanned) return undefined;
  try {
    await confirmSelf(ctx, removals, flags);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'usage') return error;
    if (!(error instanceof AppError)) throw error;
  }
  return undefined;
}

/** The command with these flags in place of others of the same name. Of two values for one flag, the larger one counts. */
export function withFlags(command: string, flags: readonly string[]): string {
  const values = new Map<string, string | undefined>();
  for (const flag of flags) {
    const [name = '', value] = flag.split(' ');
    const earlier = values.get(name);
    values.set(name, earlier !== undefined && Number(earlier) > Number(value) ? earlier : value);
  }
  let rest = command;
  for (const [name, value] of values) {
    rest = rest.replace(new RegExp(` ${name}${value === undefined ? '' : '(?:=| )\\S+'}(?= |$)`, 'g'), '');
  }
  const added = [...values].map(([name, value]) => (value === undefined ? name : `${name} ${value}`));
  // Behind `--` a flag would be an argument.
  const [head, ...tail] = rest.split(/(?= -- )/);
  return [[head, ...added].join(' '), ...tail].join('');
}
