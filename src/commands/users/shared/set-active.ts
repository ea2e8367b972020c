import type { Change } from '../../../changes/plan/change.ts';
import { type Item, planFromItems } from '../../../changes/plan/plan.ts';
import { userUnchanged } from '../../../changes/plan/preconditions.ts';
import type { BulkFlags } from '../../../cli/bulk-flags.ts';
import type { Context } from '../../../cli/context.ts';
import { newPlanHeader } from '../../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../../cli/review/review.ts';
import { isForPerson } from '../../../cli/review/sentences.ts';
import { pluralize } from '../../../platform/core/text.ts';
import type { View } from '../../../platform/terminal/output.ts';
import type { User } from '../../../twilio/users.ts';
import type { DueFlags } from './due.ts';
import { findUsers, isEmpty } from './find-users.ts';
import { type ListFlags, throwIfSkipped } from './listed-users.ts';

const view: View = {
  fields: ['id', 'userName', 'outcome', 'reason'],
  columns: ['id', 'userName', 'outcome', 'reason'],
};

export async function setActive(
  ctx: Context,
  names: string[],
  active: boolean,
  step: (user: User) => Change,
  flags: BulkFlags & ListFlags & DueFlags,
): Promise<void> {
  ctx.out.checkFields(view);
  const found = await findUsers(ctx, names, flags, { removes: !active });
  if (await isEmpty(ctx, found, view)) return;
  const { users } = found;
  const already = `Already ${active ? 'active' : 'inactive'}`;
  // Other readers see that from the outcome alone.
  const note = isForPerson(ctx) ? { note: already } : {};
  const items = users.map(
    (user): Item => ({
      row: { id: user.id, userName: user.userName },
      ...(user.active === active ? { steps: [], ...note } : { steps: [step(user)] }),
      rests: [userUnchanged(user)],
    }),
  );
  const done = active ? 'activated' : 'deactivated';
  const plan = planFromItems(await newPlanHeader(ctx, ['id', 'userName'], done), items);
  const affected = users.filter((user) => user.active !== active);
  await reviewAndRun(ctx, plan, flags, {
    title: `${pluralize(affected.length, 'user')} will be deactivated and can no longer sign in`,
    asksFor: 'removals',
    hasSaidNotes: affected.length === 0,
    nothingToDo: `${already}; nothing to change`,
    isBulk: false,
    view,
  });
  throwIfSkipped(found);
}
