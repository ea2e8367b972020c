import type { Command } from 'commander';
import type { Change } from '../../../changes/plan/change.ts';
import { type Item, planFromItems } from '../../../changes/plan/plan.ts';
import { userUnchanged } from '../../../changes/plan/preconditions.ts';
import { promptForUser } from '../../../cli/ask.ts';
import { addPlanFlags, type BulkFlags } from '../../../cli/bulk-flags.ts';
import type { Context } from '../../../cli/context.ts';
import { addGuardFlags } from '../../../cli/guard-flags.ts';
import type { CommandBuilder } from '../../../cli/parser.ts';
import { addSelfFlag } from '../../../cli/review/confirm-self.ts';
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
  const affected = users.filter((user) => user.active !== active);
  await reviewAndRun(ctx, plan, flags, {
    title: `${pluralize(affected.length, 'user')} will be deactivated and can no longer sign in:`,
    details: affected.map((user) => `  ${user.userName} (${user.id})`),
    asksFor: 'removals',
    nothingToDo: `${active ? 'Active' : 'Not active'} already: nothing to do`,
    isBulk: false,
    view,
  });
}

/** All look-ups come before the first change; a user named twice counts once. */
async function readUsers(ctx: Context, references: readonly UserReference[]): Promise<User[]> {
  const organization = await ctx.organization();
  const users = new Map<string, User>();
  for (const reference of references) {
    const user = changeable(await organization.users.get(reference));
    users.set(user.id, user);
  }
  return [...users.values()];
}
