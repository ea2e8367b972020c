import type { Command } from 'commander';
import { type Item, planOf } from '../../changes/plan/plan.ts';
import { asRead, holdsOnly } from '../../changes/plan/preconditions.ts';
import { joined, stepsFor } from '../../changes/planners/replace-role.ts';
import { askedRole, askedUser } from '../../cli/ask.ts';
import { type BulkFlags, withBulkFlags } from '../../cli/bulk-flags.ts';
import { type Cli, repeatable } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { planHead } from '../../cli/review/plan-head.ts';
import { propose } from '../../cli/review/review.ts';
import { readHoldings } from '../../organization/assignments.ts';
import { roleSid } from '../../organization/lookup.ts';
import { checkRole, userReference } from '../../organization/references.ts';
import { knownUsers, readDirectory } from '../../organization/users.ts';
import { usageError } from '../../platform/core/errors.ts';
import { counted } from '../../platform/core/text.ts';
import { mostRoles } from '../../twilio/role-assignments.ts';
import { checkGrantFlags, type GrantFlags, scopesOf } from './shared/grant-flags.ts';

export interface Options extends BulkFlags, Omit<GrantFlags, 'role'> {
  from?: string;
  to?: string;
  allowGap?: boolean;
}

export function replaceCommand(cli: Cli): Command {
  const command = withBulkFlags(
    cli
      .command('replace', 'Give users another role in the place of one they have')
      .addOption(repeatable('--user <user>', 'SID, e-mail address or external:ID'))
      .option('--from <role>', 'the role that they have: SID or name')
      .option('--to <role>', 'the role that they get: SID or name')
      .addOption(repeatable('--scope <scope>', 'SID of the organization or an account, or org'))
      .option('--resource-type <type>', 'type of the one resource it is about')
      .option('--resource-id <id>', 'id of that resource')
      .option('--allow-gap', `take away first where the limit of ${mostRoles} roles leaves no other way`),
  ).action(cli.action(replace));
  return cli.examples(command, [
    'twilio-org role-assignments replace --user ada@example.com --from Developer --to Admin --scope org',
    'twilio-org role-assignments replace --user external:4711 --from Support --to Billing --scope org --dry-run',
  ]);
}

/** The new role comes before the old one goes, so that nobody is without access in between. */
async function replace(ctx: Context, options: Options): Promise<void> {
  const { user = [], from: oldRole, to: newRole, resourceType, resourceId } = options;
  await checkGrantFlags(ctx, options);
  for (const role of [oldRole, newRole]) if (role !== undefined) checkRole(role);
  const references = user.map(userReference);
  ctx.mustBeConfirmable();
  if (references.length === 0) references.push(await askedUser(ctx, undefined, '--user'));
  const from = await askedRole(ctx, oldRole, '--from', 'Which role do they have?');
  const to = await askedRole(ctx, newRole, '--to', 'Which role do they get?');
  const scopes = await scopesOf(ctx, options);
  const api = await ctx.api();
  const [old, fresh] = [await roleSid(api, from), await roleSid(api, to)];
  if (old === fresh)
    throw usageError('--from and --to are the same role', 'Name the role that comes in its place');
  const users = knownUsers(await readDirectory(api, references), references);
  const holdings = await readHoldings(
    api,
    users.map(({ id }) => id),
    // All that they hold, because the limit is over all scopes.
    [],
  );
  const resource =
    resourceType === undefined ? {} : { resource_type: resourceType, resource_id: resourceId ?? null };
  const items = users.map((user): Item => {
    const { id, userName } = user;
    const held = holdings.of(id);
    const parts = scopes.map(({ sid, name }) => {
      const place = { scope: sid, identity: id, ...resource };
      const [before, after] = [
        { ...place, role_sid: old },
        { ...place, role_sid: fresh },
      ];
      return { name, ...stepsFor(held, before, after, options, userName) };
    });
    return {
      row: { id, userName },
      rests: [asRead(user), holdsOnly(id, held)],
      ...joined(parts),
    };
  });
  const plan = planOf(await planHead(ctx, ['id', 'userName'], 'replaced'), items);
  await propose(ctx, plan, options, {
    title: `${from} becomes ${to} for ${counted(users.length, 'user')}`,
  });
}
