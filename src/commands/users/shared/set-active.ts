import type { Command } from 'commander';
import { checkGuards } from '../../../changes/guards/check.ts';
import type { Step } from '../../../changes/plan/change.ts';
import { type Item, planOf } from '../../../changes/plan/plan.ts';
import { asRead } from '../../../changes/plan/preconditions.ts';
import { carryOut } from '../../../changes/runs/execute.ts';
import { askedUser } from '../../../cli/ask.ts';
import { type BulkFlags, flowOf, withPlanFlags } from '../../../cli/bulk-flags.ts';
import type { Cli } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import { withGuardFlags } from '../../../cli/guard-flags.ts';
import { confirmSelf, withSelfFlag } from '../../../cli/review/confirm-self.ts';
import { planOnlyShown } from '../../../cli/review/dry-run.ts';
import { planHead } from '../../../cli/review/plan-head.ts';
import { savePlan } from '../../../cli/review/review.ts';
import { readUser } from '../../../organization/lookup.ts';
import { type UserReference, userReference } from '../../../organization/references.ts';
import { counted } from '../../../platform/core/text.ts';
import type { View } from '../../../platform/terminal/output.ts';
import { changeable, type User } from '../../../twilio/users.ts';

const view: View = {
  fields: ['id', 'userName', 'outcome', 'reason'],
  columns: ['id', 'userName', 'outcome', 'reason'],
};

export function stateCommand(
  cli: Cli,
  verb: string,
  description: string,
  active: boolean,
  step: (user: User) => Step,
): Command {
  const command = cli
    .command(verb, description)
    .argument('[user...]', 'SIDs, e-mail addresses or external:IDs')
    .action(
      cli.action((ctx, names: string[], flags: BulkFlags) => setState(ctx, names, active, step, flags)),
    );
  if (!active) withSelfFlag(withGuardFlags(command));
  withPlanFlags(command);
  return cli.examples(command, [
    `twilio-org users ${verb} ada@example.com`,
    `twilio-org users ${verb} ada@example.com external:4711 --yes -o json`,
  ]);
}

async function setState(
  ctx: Context,
  names: string[],
  active: boolean,
  step: (user: User) => Step,
  flags: BulkFlags,
): Promise<void> {
  ctx.out.checkFields(view);
  const references = names.map(userReference);
  if (!active) ctx.mustBeConfirmable();
  if (references.length === 0) references.push(await askedUser(ctx, undefined, 'USER'));
  const users = await readUsers(ctx, references);
  const items = users.map(
    (user): Item => ({
      row: { id: user.id, userName: user.userName },
      steps: user.active === active ? [] : [step(user)],
      rests: [asRead(user)],
    }),
  );
  const done = active ? 'activated' : 'deactivated';
  const plan = planOf(await planHead(ctx, ['id', 'userName'], done), items);
  const shown = await planOnlyShown(ctx, plan);
  await checkGuards(ctx, plan.removals, flags);
  if (flags.planOut !== undefined) return savePlan(ctx, plan, flags.planOut);
  if (shown) return;
  const affected = users.filter((user) => user.active !== active);
  if (affected.length === 0) {
    ctx.messages.note(`${active ? 'Active' : 'Not active'} already: nothing to do`);
  } else if (!active) {
    await ctx.confirm(
      `${counted(affected.length, 'user')} will be deactivated and can no longer sign in:`,
      ...affected.map((user) => `  ${user.userName} (${user.id})`),
    );
  }
  await confirmSelf(ctx, plan.removals, flags);
  await carryOut(ctx, plan, { view, ...flowOf(ctx, flags) });
}

/** All look-ups come before the first change; a user named twice counts once. */
async function readUsers(ctx: Context, references: readonly UserReference[]): Promise<User[]> {
  const api = await ctx.api();
  const users = new Map<string, User>();
  for (const reference of references) {
    const user = changeable(await readUser(api, reference));
    users.set(user.id, user);
  }
  return [...users.values()];
}
