import { checkGuards } from '../../changes/guards/check.ts';
import { combinedRefusal, GuardError, type GuardFlags } from '../../changes/guards/policy.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { BulkFlags } from '../bulk-flags.ts';
import type { Context } from '../context.ts';
import { confirmSelf } from './confirm-self.ts';

/** The safety options that a command sets itself, besides its flags. */
export interface SafetyOptions {
  /** Refusals of its own. */
  refusals?: readonly GuardError[];
  allowances?: GuardFlags['allowances'];
  advice?: GuardFlags['advice'];
  /** Advice for a refusal of removals that `allow_removals` of a file may allow. */
  allowedBy?: string | undefined;
}

/**
 * Refuses a plan for all reasons at once, and names the one command that would run it nevertheless.
 *
 * @throws guard
 */
export async function refuseUnsafe(
  ctx: Context,
  { removals, addressChanges }: Pick<Plan, 'removals' | 'addressChanges'>,
  flags: BulkFlags,
  { refusals = [], allowances, advice, allowedBy }: SafetyOptions = {},
): Promise<void> {
  try {
    await checkGuards(ctx, removals, { ...flags, allowances, advice }, addressChanges).catch(
      (error: unknown) => {
        throw error instanceof GuardError ? combinedRefusal([...refusals, error]) : error;
      },
    );
    const refusal = combinedRefusal(refusals);
    if (refusal !== undefined) throw refusal;
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    const own = await refusalOfSelf(ctx, removals, flags);
    const orElse = error.isOfLimit && allowedBy !== undefined ? `. ${allowedBy}` : '';
    if (own === undefined && error.lines.length === 1)
      throw orElse === '' ? error : new GuardError(error.lines, `${error.hint}${orElse}`, error.flags);
    const allowed = [
      ...(error.flags ?? ['--override-guards']),
      ...(own === undefined ? [] : ['--including-myself']),
    ];
    const lines = own === undefined ? error.lines : [...error.lines, own.message];
    const command = withFlags(ctx.commandLine, allowed);
    throw new GuardError(lines, `To allow all of it: ${command}${orElse}`, allowed);
  }
}

/** The refusal to remove one's own access where it can't be asked about. */
async function refusalOfSelf(
  ctx: Context,
  removals: Plan['removals'],
  flags: BulkFlags,
): Promise<AppError | undefined> {
  if (ctx.prompts.interactive) return undefined;
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
