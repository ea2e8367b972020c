import type { Change } from '../../../changes/plan/change.ts';
import { type Item, planFromItems } from '../../../changes/plan/plan.ts';
import { userUnchanged } from '../../../changes/plan/preconditions.ts';
import { promptForUser } from '../../../cli/ask.ts';
import type { BulkFlags } from '../../../cli/bulk-flags.ts';
import type { Context } from '../../../cli/context.ts';
import { newPlanHeader } from '../../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../../cli/review/review.ts';
import { parseUserReference, type UserReference } from '../../../organization/references.ts';
import { pluralize } from '../../../platform/core/text.ts';
import type { View } from '../../../platform/terminal/output.ts';
import { changeable, type User } from '../../../twilio/users.ts';

const view: View = {
  fields: ['id', 'userName', 'outcome', 'reason'],
  columns: ['id', 'userName', 'outcome', 'reason'],
};

/** The argument of the verbs that set whether users may sign in. */
export const usersArg = {
  summary: 'SIDs, e-mail addresses or external:IDs',
  optional: true,
  variadic: true,
} as const;

export async function setActive(
  ctx: Context,
  names: string[],
  active: boolean,
  step: (user: User) => Change,
  flags: BulkFlags,
): Promise<void> {
  ctx.out.checkFields(view);
  const references = names.map(parseUserReference);
  if (!active) ctx.requireConfirmable();
  if (references.length === 0) references.push(await promptForUser(ctx, undefined, 'USER'));
  const users = await readUsers(ctx, references);
  const items = users.map(
    (user): Item => ({
      row: { id: user.id, userName: user.userName },
      steps: user.active === active ? [] : [step(user)],
      rests: [userUnchanged(user)],
    }),
  );
  const done = active ? 'activated' : 'deactivated';
  const plan = planFromItems(await newPlanHeader(ctx, ['id', 'userName'], done), items);
  const affected = users.filter((user) => user.active !== active);
  await reviewAndRun(ctx, plan, flags, {
    title: `${pluralize(affected.length, 'user')} will be deactivated and can no longer sign in:`,
    details: affected.map((user) => `  ${user.userName} (${user.id})`),
    asksFor: 'removals',
    nothingToDo: `Already ${active ? 'active' : 'inactive'}; nothing to change`,
    isBulk: false,
    view,
  });
}

/** Looks up all users before the first change. A user named twice counts once. */
async function readUsers(ctx: Context, references: readonly UserReference[]): Promise<User[]> {
  const organization = await ctx.organization();
  const users = new Map<string, User>();
  for (const reference of references) {
    const user = changeable(await organization.users.get(reference));
    users.set(user.id, user);
  }
  return [...users.values()];
}
