import type { Plan } from '../../../changes/plan/plan.ts';
import { type GivenBack, givenBackBy, offboardedAmong } from '../../../changes/runs/give-back.ts';
import type { BulkFlags } from '../../../cli/bulk-flags.ts';
import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import type { UserIndex } from '../../../organization/users.ts';
import { AppError, usageError } from '../../../platform/core/errors.ts';
import { pluralize } from '../../../platform/core/text.ts';

export const reactivateFlag = defineFlags({
  reactivate: { summary: 'give offboarded users their access back, without a question', isConsent: true },
});

export type ReactivateFlags = BulkFlags & FlagsOf<typeof reactivateFlag>;

/** The plan of an undo, and the users in it. */
export interface Undo {
  plan: Plan;
  directory: UserIndex;
  /** True when the run to undo is itself an offboarding. */
  ofOffboarding: boolean;
}

/**
 * Names the people who get access back. Offboarded people need a separate yes, because the yes to an undo may have meant another
 * run.
 */
export async function agreeToGiveBack(
  ctx: Context,
  { plan, directory, ofOffboarding }: Undo,
  flags: ReactivateFlags,
): Promise<void> {
  const people = await givenBackBy(plan, directory);
  if (people.length === 0) return;
  const onlyPlanned = flags.dryRun || flags.planOut !== undefined;
  const leavers = ofOffboarding || flags.reactivate ? people : await leaversOf(ctx, plan, people);
  const asks = leavers.length > 0 && !onlyPlanned && !flags.reactivate;
  const isAsked = !onlyPlanned && ctx.prompts.interactive && (asks || !flags.yes);
  // The subject of a question is shown under --quiet as well.
  const tell = isAsked ? ctx.messages.say : ctx.messages.note;
  tell(
    `${pluralize(people.length, 'user')} will get access back:`,
    ...people.slice(0, shownAtMost).map((person) => `  ${inWords(person)}`),
    ...(people.length > shownAtMost
      ? [`  and ${people.length - shownAtMost} more; --dry-run shows all`]
      : []),
  );
  if (onlyPlanned && leavers.length > 0 && !flags.reactivate) {
    ctx.messages.warn(
      `This gives access back to ${pluralize(leavers.length, 'offboarded user')}: ${namesOf(leavers)}`,
      'The change asks about it. Without a terminal it needs --reactivate',
    );
  }
  if (!asks) return;
  const names = namesOf(leavers);
  if (!ctx.prompts.interactive) {
    throw usageError(
      `This gives access back to ${pluralize(leavers.length, 'offboarded user')}: ${names}. Nothing was changed`,
      'If you want that, add --reactivate',
    );
  }
  const message = `Offboarded before: ${names}. Give them access again?`;
  if (await ctx.prompts.confirm({ message })) return;
  throw new AppError('cancelled', 'Nothing was changed');
}

async function leaversOf(ctx: Context, { head }: Plan, people: readonly GivenBack[]): Promise<GivenBack[]> {
  const ids = new Set(people.map(({ id }) => id));
  const offboarded = await offboardedAmong(ctx.configDir, head, ids, ctx.messages.warn);
  return people.filter(({ id }) => offboarded.has(id));
}

/** Users shown on a line of their own. */
const shownAtMost = 100;

/** Users named in one line. */
const maxNames = 5;

function namesOf(people: readonly GivenBack[]): string {
  const names = people.slice(0, maxNames).map(({ name }) => name);
  const more = people.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function inWords({ name, signsIn, roles }: GivenBack): string {
  const parts = [
    ...(signsIn ? ['can sign in again'] : []),
    ...(roles > 0 ? [`gets ${pluralize(roles, 'role')}`] : []),
  ];
  return `${name} ${parts.join(' and ')}`;
}
