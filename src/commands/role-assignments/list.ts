import type { Command } from 'commander';
import { listRoleAssignments, type RoleAssignment } from '../../api/role-assignments.ts';
import { listRoles } from '../../api/roles.ts';
import { listUsers } from '../../api/users.ts';
import { type Cli, wholeNumber } from '../../command.ts';
import type { Api, Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { printList } from '../listing.ts';
import { checkRole, roleSid, scopeSid, userReference, userSid } from '../resolve.ts';
import { assignmentView, namedAssignmentView } from '../views.ts';
import type { GrantFlags } from './grant.ts';

interface Options extends GrantFlags {
  names?: boolean;
  limit?: number;
  fields?: string[];
}

export function listCommand(cli: Cli): Command {
  const command = cli
    .command('list', 'List who has which role where')
    .option('--user <user>', 'only of this user: SID, e-mail address or external:ID')
    .option('--role <role>', 'only of this role: SID or name')
    .option('--scope <scope>', 'only in this scope: SID of the organization or an account, or org')
    .option('--resource-type <type>', 'only for this type of resource')
    .option('--resource-id <id>', 'only for this resource')
    .option('--names', 'with the names of users and roles; on a terminal they are there anyway')
    .option('--limit <n>', 'at most this many', wholeNumber)
    .action(cli.action(list));
  return cli.examples(command, [
    'twilio-org role-assignments list --user ada@example.com',
    'twilio-org role-assignments list --scope org --role Admin --names -o csv',
  ]);
}

async function list(ctx: Context, options: Options): Promise<void> {
  const asked = options.names === true || options.fields?.some(isName) === true;
  const named = asked || ctx.out.format === 'table';
  const view = named ? namedAssignmentView : assignmentView;
  // The names can be had by asking for them as fields, so they are known either way.
  ctx.out.checkFields(namedAssignmentView);
  const user = options.user === undefined ? undefined : userReference(options.user);
  const role = options.role === undefined ? undefined : checkRole(options.role);
  const scope = options.scope === undefined ? undefined : scopeSid(options.scope, await ctx.settings());
  const api = await ctx.api();
  const identity = user === undefined ? undefined : await userSid(api, user);
  const roleWanted = role === undefined ? undefined : await roleSid(api, role);
  const names = named ? await readNames(ctx, api, asked) : undefined;
  const { resourceType, resourceId, limit } = options;
  const found = listRoleAssignments(api.send, api.url, { identity, scope, resourceType, resourceId });
  const rows = names === undefined && roleWanted === undefined ? found : withNames(found, roleWanted, names);
  await printList(ctx, names === undefined ? assignmentView : view, rows, {
    limit,
    noun: 'role assignments',
  });
}

function isName(field: string): boolean {
  return field === 'user_name' || field === 'role_name';
}

interface Names {
  users: Map<string, string>;
  roles: Map<string, string>;
}

/** Names nobody asked for are left out, with a note, when the login may not read them. */
async function readNames(ctx: Context, api: Api, asked: boolean): Promise<Names | undefined> {
  try {
    const users = await listUsers(api.send);
    const roles = new Map<string, string>();
    for await (const role of listRoles(api.send, api.url)) roles.set(role.sid, role.friendly_name);
    return { users: new Map(users.map((user) => [user.id, user.userName])), roles };
  } catch (error) {
    if (asked || !(error instanceof AppError) || error.kind !== 'forbidden') throw error;
    ctx.messages.note(`Without names: ${error.hint ?? error.message}`);
    return undefined;
  }
}

async function* withNames(
  found: AsyncIterable<RoleAssignment>,
  role: string | undefined,
  names: Names | undefined,
): AsyncGenerator<RoleAssignment> {
  for await (const assignment of found) {
    if (role !== undefined && assignment.role_sid !== role) continue;
    if (names === undefined) yield assignment;
    else {
      const user_name = names.users.get(assignment.identity) ?? null;
      yield {
        ...assignment,
        user_name,
        role_name: names.roles.get(assignment.role_sid) ?? null,
      } as RoleAssignment;
    }
  }
}
