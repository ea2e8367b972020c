import { planFromItems } from '../../changes/plan/plan.ts';
import { refuseHeldOtherwise } from '../../changes/planners/held-otherwise.ts';
import { planRoleReplacement } from '../../changes/planners/replace-role.ts';
import { refuseImpossibleGrants } from '../../changes/planners/role-requests.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { askHeldRole, askRole } from '../../cli/questions/asks.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { alwaysNeeded, byRoleName, keepingAdmins, namingUsersToRemove } from '../../cli/scope-conditions.ts';
import { parseRoleReference, parseUserReference } from '../../organization/references.ts';
import { requireUsers } from '../../organization/users.ts';
import { usageError } from '../../platform/core/errors.ts';
import { ignoreFailure } from '../../platform/core/side-by-side.ts';
import { pluralize, shellQuote } from '../../platform/core/text.ts';
import { maxRolesPerUser } from '../../twilio/role-assignments.ts';
import {
  assignmentFlags,
  neededAssignmentFlags,
  resolveScopes,
  validateAssignmentFlags,
} from './shared/assignment-flags.ts';

const flags = defineFlags({
  user: neededAssignmentFlags.user,
  from: {
    value: 'role',
    summary: 'role to replace: SID or name',
    required: true,
    ask: askHeldRole('Which role should be replaced?'),
  },
  to: {
    value: 'role',
    summary: 'new role: SID or name',
    required: true,
    ask: askRole('Which role should they get instead?', 'Admin'),
  },
  scope: neededAssignmentFlags.scope,
  resourceType: { value: 'type', summary: 'type of the resource that the role is limited to' },
  resourceId: assignmentFlags.resourceId,
  allowGap: {
    summary: `remove the old role first where the limit of ${maxRolesPerUser} roles requires it`,
  },
  ...bulkFlags,
});

export const replaceCommand = defineCommand({
  name: 'role-assignments replace',
  summary: 'Replace a role of users with another role',
  flags,
  scopes: {
    'role-assignments/create': [alwaysNeeded],
    'role-assignments/delete': [alwaysNeeded],
    ...namingUsersToRemove,
    'role-assignments/list': [alwaysNeeded],
    'roles/list': [byRoleName, keepingAdmins],
  },
  effect: 'removes',
  examples: [
    'twilio-org role-assignments replace --user ada@example.com --from Developer --to Admin --scope org',
    'twilio-org role-assignments replace --user external:4711 --from Support --to Billing --scope org --dry-run',
  ],
  run: (ctx, { flags }) => replace(ctx, flags),
});

/** Gives the new role before it removes the old one, so that users keep access in between. */
async function replace(ctx: Context, options: BulkFlags & FlagsOf<typeof flags>): Promise<void> {
  const { user, resourceType, resourceId } = options;
  await validateAssignmentFlags(ctx, options);
  const [from, to] = [parseRoleReference(options.from), parseRoleReference(options.to)];
  const references = user.map(parseUserReference);
  ctx.requireConfirmable();
  const scopes = await resolveScopes(ctx, options);
  const organization = await ctx.organization();
  organization.roles.begin();
  const named = organization.users.named(references, { sure: true });
  ignoreFailure(named);
  const [first, ...others] = references;
  // A SID needs no look-up before it.
  if (first !== undefined && 'id' in first && others.length === 0)
    ignoreFailure(organization.assignments.of([first.id]));
  const [fromSid, toSid] = [await organization.roles.sidOf(from), await organization.roles.sidOf(to)];
  if (fromSid === toSid) throw usageError('--from and --to are the same role', 'Name another role with --to');
  const users = requireUsers(await named, references);
  const assignments = await organization.assignments.of(
    // In all scopes, because the limit counts them all.
    users.map(({ id }) => id),
  );
  const resource =
    resourceType === undefined ? {} : { resource_type: resourceType, resource_id: resourceId ?? null };
  refuseHeldOtherwise(
    users.flatMap(({ id, userName }) =>
      scopes.map((scope) => ({
        wanted: { role_sid: fromSid, scope: scope.sid, identity: id, ...resource },
        user: userName,
        role: from,
        scope: scope.name,
      })),
    ),
    ({ wanted }) => assignments.of(wanted.identity),
    ({ user, scope }) =>
      `twilio-org role-assignments replace --user ${shellQuote(user)} --from ${shellQuote(from)} --to ${shellQuote(to)} --scope ${shellQuote(scope)}`,
    'replace',
  );
  const items = planRoleReplacement(users, assignments, {
    from: fromSid,
    to: toSid,
    scopes,
    resource,
    allowGap: options.allowGap,
  });
  const additions = items.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === 'create-assignment' ? step.grant : [])),
  );
  refuseImpossibleGrants(additions, (sid) => organization.roles.seen(sid), (await ctx.scopes()).accounts);
  const plan = planFromItems(await newPlanHeader(ctx, ['id', 'userName'], 'replaced'), items);
  await reviewAndRun(ctx, plan, options, {
    title: `${from} becomes ${to} for ${pluralize(users.length, 'user')}`,
  });
}
