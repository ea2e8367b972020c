import type { Command } from 'commander';
import {
  listRoleAssignments,
  type NewRoleAssignment,
  type RoleAssignment,
} from '../../api/role-assignments.ts';
import type { Api, Context } from '../../context.ts';
import { usageError } from '../../errors.ts';
import {
  askedRole,
  askedScope,
  askedUser,
  checkRole,
  roleSid,
  scopeSid,
  userReference,
  userSid,
} from '../resolve.ts';

/** The flags that name one role of one user in one place. */
export interface GrantFlags {
  user?: string;
  role?: string;
  scope?: string;
  resourceType?: string;
  resourceId?: string;
}

export function withGrantFlags(command: Command): Command {
  return command
    .option('--user <user>', 'SID, e-mail address or external:ID')
    .option('--role <role>', 'SID or name')
    .option('--scope <scope>', 'SID of the organization or an account, or org')
    .option('--resource-type <type>', 'type of the one resource it is about, such as billing_group')
    .option('--resource-id <id>', 'id of that resource');
}

/** Checks what can be checked before anything is asked or sent. */
export async function checkGrantFlags(ctx: Context, flags: GrantFlags): Promise<void> {
  if (flags.user !== undefined) userReference(flags.user);
  if (flags.role !== undefined) checkRole(flags.role);
  if (flags.scope !== undefined) scopeSid(flags.scope, await ctx.settings());
  if ((flags.resourceType === undefined) !== (flags.resourceId === undefined)) {
    throw usageError(
      '--resource-type and --resource-id go together',
      'Pass both, or neither for the whole scope',
    );
  }
}

/** What the flags name, asking for what is missing. */
export async function readGrant(ctx: Context, flags: GrantFlags): Promise<NewRoleAssignment> {
  await checkGrantFlags(ctx, flags);
  const user = await askedUser(ctx, flags.user, '--user');
  const role = await askedRole(ctx, flags.role, '--role');
  const scope = await askedScope(ctx, flags.scope);
  const api = await ctx.api();
  const { resourceType, resourceId } = flags;
  return {
    role_sid: await roleSid(api, role),
    scope,
    identity: await userSid(api, user),
    ...(resourceType === undefined ? {} : { resource_type: resourceType, resource_id: resourceId ?? null }),
  };
}

/** The user's assignments in one scope. */
export async function assignmentsOf(
  api: Api,
  grant: { identity: string; scope?: string },
): Promise<RoleAssignment[]> {
  const found: RoleAssignment[] = [];
  for await (const assignment of listRoleAssignments(api.send, api.url, grant)) found.push(assignment);
  return found;
}
