import type { Command } from 'commander';
import { type Item, planFromItems } from '../../changes/plan/plan.ts';
import { holdsExactly, userUnchanged } from '../../changes/plan/preconditions.ts';
import { joinReplacements, planReplacement } from '../../changes/planners/replace-role.ts';
import { promptForRole, promptForUser } from '../../cli/ask.ts';
import { addBulkFlags, type BulkFlags } from '../../cli/bulk-flags.ts';
import type { Context } from '../../cli/context.ts';
import { type CommandBuilder, repeatable } from '../../cli/parser.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { parseRoleReference, parseUserReference } from '../../organization/references.ts';
import { requireUsers } from '../../organization/users.ts';
import { usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { maxRolesPerUser } from '../../twilio/role-assignments.ts';
import { type AssignmentFlags, resolveScopes, validateAssignmentFlags } from './shared/assignment-flags.ts';

export interface Options extends BulkFlags, Omit<AssignmentFlags, 'role'> {
  from?: string;
  to?: string;
  allowGap?: boolean;
}

export function replaceCommand(cli: CommandBuilder): Command {
  const command = addBulkFlags(
    cli
      .command('replace', 'Give users another role in the place of one they have')
      .addOption(repeatable('--user <user>', 'SID, e-mail address or external:ID'))
      .option('--from <role>', 'the role that they have: SID or name')
      .option('--to <role>', 'the role that they get: SID or name')
      .addOption(repeatable('--scope <scope>', 'SID of the organization or an account, or org'))
      .option('--resource-type <type>', 'type of the one resource it is about')
      .option('--resource-id <id>', 'id of that resource')
      .option(
        '--allow-gap',
        `take away first where the limit of ${maxRolesPerUser} roles leaves no other way`,
      ),
  ).action(cli.action(replace));
  return cli.examples(command, [
    'twilio-org role-assignments replace --user ada@example.com --from Developer --to Admin --scope org',
    'twilio-org role-assignments replace --user external:4711 --from Support --to Billing --scope org --dry-run',
  ]);
}

/** The new role comes before the old one goes, so that nobody is without access in between. */
async function replace(ctx: Context, options: Options): Promise<void> {
  const { user = [], from: oldRole, to: newRole, resourceType, resourceId } = options;
  await validateAssignmentFlags(ctx, options);
  for (const role of [oldRole, newRole]) if (role !== undefined) parseRoleReference(role);
  const references = user.map(parseUserReference);
  ctx.requireConfirmable();
  if (references.length === 0) references.push(await promptForUser(ctx, undefined, '--user'));
  const from = await promptForRole(ctx, oldRole, '--from', 'Which role do they have?');
  const to = await promptForRole(ctx, newRole, '--to', 'Which role do they get?');
  const scopes = await resolveScopes(ctx, options);
  const organization = await ctx.organization();
  const [old, fresh] = [await organization.roles.sidOf(from), await organization.roles.sidOf(to)];
  if (old === fresh)
    throw usageError('--from and --to are the same role', 'Name the role that comes in its place');
  const users = requireUsers(await organization.users.named(references), references);
  const holdings = await organization.assignments.of(
    // In all scopes, because the limit counts them all.
    users.map(({ id }) => id),
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
      return { name, ...planReplacement(held, before, after, options, userName) };
    });
    return {
      row: { id, userName },
      rests: [userUnchanged(user), holdsExactly(id, held)],
      ...joinReplacements(parts),
    };
  });
  const plan = planFromItems(await newPlanHeader(ctx, ['id', 'userName'], 'replaced'), items);
  await reviewAndRun(ctx, plan, options, {
    title: `${from} becomes ${to} for ${pluralize(users.length, 'user')}`,
  });
}
