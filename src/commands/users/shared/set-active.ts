import type { Command } from 'commander';
import { checkGuards, withGuardFlags } from '../../../changes/guards/check.ts';
import { asRead, type Item, planOf, type Step } from '../../../changes/plan/plan.ts';
import { carryOut } from '../../../changes/runs/execute.ts';
import type { Cli } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import { confirmSelf, withSelfFlag } from '../../../cli/review/confirm-self.ts';
import { planHead, planOnlyShown } from '../../../cli/review/dry-run.ts';
import { type BulkFlags, flowOf, savePlan, withPlanFlags } from '../../../cli/review/review.ts';
import { askedUser, readUser, type UserReference, userReference } from '../../../organization/references.ts';
import { counted } from '../../../platform/core/text.ts';
import type { View } from '../../../platform/terminal/output.ts';
import { changeable, type User } from '../../../twilio/users.ts';

/** Three verbs that set whether users may sign in. */
export function activateCommand(cli: Cli): Command {
  return stateCommand(cli, 'activate', 'Let users sign in again', true, (user) => ({
    do: 'update-user',
    user,
    fields: { active: true },
  }));
}

export function deactivateCommand(cli: Cli): Command {
  return stateCommand(
    cli,
    'deactivate',
    'Stop users from signing in; everything about them stays',
    false,
    (user) => ({ do: 'update-user', user, fields: { active: false } }),
  );
}

/** Twilio's DELETE deactivates and deletes nothing; the verb has SCIM's name and says what really happens. */
export function deleteCommand(cli: Cli): Command {
  return stateCommand(
    cli,
    'delete',
    "Deactivate users with SCIM's DELETE: Twilio deletes nobody",
    false,
    (user) => ({ do: 'delete-user', user }),
  );
}

const view: View = {
  fields: ['id', 'userName', 'outcome', 'reason'],
  columns: ['id', 'userName', 'outcome', 'reason'],
};

function stateCommand(
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
