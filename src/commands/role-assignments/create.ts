import type { Command } from 'commander';
import { type NewRoleAssignment, type RoleAssignment, sameGrant } from '../../api/role-assignments.ts';
import { creatingAssignment } from '../../api/writes.ts';
import type { Cli } from '../../command.ts';
import type { Api, Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { onlyShown } from '../changes.ts';
import { assignmentView } from '../views.ts';
import { assignmentsOf, type GrantFlags, readGrant, withGrantFlags } from './grant.ts';

export function createCommand(cli: Cli): Command {
  const command = withGrantFlags(cli.command('create', 'Give a user a role in a scope')).action(
    cli.action(create),
  );
  return cli.examples(command, [
    'twilio-org role-assignments create --user ada@example.com --role Developer --scope org',
    'twilio-org role-assignments create --user ada@example.com --role Billing --scope org --dry-run',
  ]);
}

async function create(ctx: Context, flags: GrantFlags): Promise<void> {
  ctx.out.checkFields(assignmentView);
  const grant = await readGrant(ctx, flags);
  const api = await ctx.api();
  const existing = await existingOf(ctx, api, grant);
  if (existing !== undefined) {
    ctx.messages.note(`The user has this role already (${existing.sid}): nothing to do`);
    return ctx.out.item(assignmentView, existing);
  }
  const write = creatingAssignment(grant);
  if (await onlyShown(ctx, api, [write.request])) return;
  await ctx.out.item(assignmentView, await api.write(write));
}

/** A login that may create but not list can still create; then Twilio itself has to notice what exists. */
async function existingOf(
  ctx: Context,
  api: Api,
  grant: NewRoleAssignment,
): Promise<RoleAssignment | undefined> {
  try {
    const assignments = await assignmentsOf(api, { identity: grant.identity, scope: grant.scope });
    return assignments.find((assignment) => sameGrant(assignment, grant));
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'forbidden') throw error;
    ctx.messages.note(
      'Whether the user has this role already could not be looked up (scope role-assignments/list)',
    );
    return undefined;
  }
}
