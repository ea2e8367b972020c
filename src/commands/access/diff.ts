import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import type { Flags } from '../../cli/flags.ts';
import { printList } from '../../cli/output/list-output.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { parseUserReference } from '../../organization/references.ts';
import { requireUsers } from '../../organization/users.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';

const columns = ['who', 'role_name', 'scope', 'resource_type', 'resource_id'];
const view: View = { fields: [...columns, 'role_sid', 'sids'], columns };

interface Options extends Flags {
  all?: boolean;
  exitCode?: boolean;
}

export function diffCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('diff', 'Show which roles two users do not share')
    .argument('<user>', 'SID, e-mail address or external:ID')
    .argument('<other>', 'the user to compare with')
    .option('--all', 'show the roles that both have as well')
    .option('--exit-code', 'end with 10 when there are differences')
    .action(cli.action(diff));
  return cli.examples(command, [
    'twilio-org access diff ada@example.com grace@example.com',
    'twilio-org access diff ada@example.com external:4711 --all -o json',
  ]);
}

async function diff(ctx: Context, one: string, other: string, options: Options): Promise<void> {
  ctx.out.checkFields(view);
  const references = [one, other].map(parseUserReference);
  const organization = await ctx.organization();
  const [left, right] = requireUsers(await organization.users.named(references), references);
  if (left === undefined || right === undefined) {
    ctx.messages.note('Both are the same user: no differences');
    return ctx.out.list(view, []).then(() => undefined);
  }
  const holdings = await organization.assignments.of([left.id, right.id]);
  const roles = await organization.roles.index();
  const row = (who: string, held: RoleAssignment, ...others: RoleAssignment[]) => ({
    who,
    role_name: roles.nameOf(held.role_sid) ?? null,
    role_sid: held.role_sid,
    scope: held.scope,
    resource_type: held.resource_type ?? null,
    resource_id: held.resource_id ?? null,
    sids: [held, ...others].map(({ sid }) => sid),
  });
  const only = (user: typeof left, without: typeof left) =>
    holdings
      .of(user.id)
      .filter((held) => holdings.find({ ...held, identity: without.id }) === undefined)
      .map((held) => row(user.userName, held));
  const different = [...only(left, right), ...only(right, left)];
  const shared = holdings.of(left.id).flatMap((held) => {
    const same = holdings.find({ ...held, identity: right.id });
    return same === undefined ? [] : [row('both', held, same)];
  });
  await printList(ctx, view, options.all ? [...different, ...shared] : different, { noun: 'differences' });
  if (different.length > 0 && options.exitCode) {
    throw new AppError(
      'differences',
      `${left.userName} and ${right.userName} differ in ${different.length} role assignments`,
    );
  }
}
