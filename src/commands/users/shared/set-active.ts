import type { Command } from 'commander';
import { checkGuards } from '../../../changes/guards/check.ts';
import type { Change } from '../../../changes/plan/change.ts';
import { type Item, planFromItems } from '../../../changes/plan/plan.ts';
import { userUnchanged } from '../../../changes/plan/preconditions.ts';
import { executePlan } from '../../../changes/runs/execute.ts';
import { promptForUser } from '../../../cli/ask.ts';
import { addPlanFlags, type BulkFlags, throttleOptions } from '../../../cli/bulk-flags.ts';
import type { CommandBuilder } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import { addGuardFlags } from '../../../cli/guard-flags.ts';
import { addSelfFlag, confirmSelf } from '../../../cli/review/confirm-self.ts';
import { printPlanDryRun } from '../../../cli/review/dry-run.ts';
import { newPlanHeader } from '../../../cli/review/plan-head.ts';
import { savePlan } from '../../../cli/review/review.ts';
import { fetchUser } from '../../../organization/lookup.ts';
import { parseUserReference, type UserReference } from '../../../organization/references.ts';
import { pluralize } from '../../../platform/core/text.ts';
import type { View } from '../../../platform/terminal/output.ts';
import { changeable, type User } from '../../../twilio/users.ts';

const view: View = {
  fields: ['id', 'userName', 'outcome', 'reason'],
  columns: ['id', 'userName', 'outcome', 'reason'],
};

export function stateCommand(
  cli: CommandBuilder,
  verb: string,
  description: string,
  active: boolean,
  step: (user: User) => Change,
): Command {
  const command = cli
    .command(verb, description)
    .argument('[user...]', 'SIDs, e-mail addresses or external:IDs')
    .action(
      cli.action((ctx, names: string[], flags: BulkFlags) => setState(ctx, names, active, step, flags)),
    );
  if (!active) addSelfFlag(addGuardFlags(command));
  addPlanFlags(command);
  return cli.examples(command, [
    `twilio-org users ${verb} ada@example.com`,
    `twilio-org users ${verb} ada@example.com external:4711 --yes -o json`,
  ]);
}

async function setState(
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
  const shown = await printPlanDryRun(ctx, plan);
  await checkGuards(ctx, plan.removals, flags);
  if (flags.planOut !== undefined) return savePlan(ctx, plan, flags.planOut);
  if (shown) return;
  const affected = users.filter((user) => user.active !== active);
  if (affected.length === 0) {
    ctx.messages.note(`${active ? 'Active' : 'Not active'} already: nothing to do`);
  } else if (!active) {
    await ctx.confirm(
      `${pluralize(affected.length, 'user')} will be deactivated and can no longer sign in:`,
      ...affected.map((user) => `  ${user.userName} (${user.id})`),
    );
  }
  await confirmSelf(ctx, plan.removals, flags);
  await executePlan(ctx, plan, { view, ...throttleOptions(ctx, flags) });
}

/** All look-ups come before the first change; a user named twice counts once. */
async function readUsers(ctx: Context, references: readonly UserReference[]): Promise<User[]> {
  const api = await ctx.api();
  const users = new Map<string, User>();
  for (const reference of references) {
    const user = changeable(await fetchUser(api, reference));
    users.set(user.id, user);
  }
  return [...users.values()];
}
