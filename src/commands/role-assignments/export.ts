import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { excelFlag, exportOutput } from '../../cli/output/list-output.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { parseUserReference, resolveScope } from '../../organization/references.ts';
import { ignoreFailure, readAhead } from '../../platform/core/side-by-side.ts';
import type { View } from '../../platform/terminal/output.ts';
import { isEmail } from '../../twilio/email.ts';
import { type RoleAssignment, roleAssignmentPages } from '../../twilio/role-assignments.ts';

/** The columns that import reads. */
const columns = ['user', 'role', 'scope', 'resource_type', 'resource_id'];
const view: View = { fields: columns, columns };

const flags = defineFlags({
  user: { value: 'user', summary: 'only for this user: SID, e-mail address or external:ID' },
  scope: { value: 'scope', summary: 'only in this scope: SID or name of an account, or org' },
  ...excelFlag,
});

export const exportCommand = defineCommand({
  name: 'role-assignments export',
  summary: 'Export role assignments in the format that import reads (CSV by default)',
  flags,
  scopes: {
    'role-assignments/list': [alwaysNeeded],
    'managed-users/list': [alwaysNeeded],
    'roles/list': [alwaysNeeded],
  },
  effect: 'reads',
  examples: [
    'twilio-org role-assignments export > roles.csv',
    'twilio-org role-assignments export --scope org -o jsonl',
  ],
  run: (ctx, { flags }) => run(ctx, flags),
});

/** Users by e-mail address and roles by name, so that people can read it; by SID where that would not be clear. */
async function run(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  const out = exportOutput(ctx, options);
  out.checkFields(view);
  const user = options.user === undefined ? undefined : parseUserReference(options.user);
  const scope = options.scope === undefined ? undefined : resolveScope(options.scope, await ctx.scopes());
  const api = await ctx.api();
  const organization = await ctx.organization();
  organization.roles.begin();
  const users = organization.users.list();
  ignoreFailure(users);
  const identity = user === undefined ? undefined : await organization.users.sidAmongAll(user);
  const assignments = readAhead(roleAssignmentPages(api.send, api.url, { identity, scope }));
  // A user name that is no e-mail address would not be understood by import.
  const named = (await users).filter(({ userName }) => isEmail(userName) === true);
  const names = new Map(named.map(({ id, userName }) => [id, userName]));
  const roles = await organization.roles.index();
  function row({ identity, role_sid, scope, resource_type, resource_id }: RoleAssignment) {
    const [user, role] = [names.get(identity) ?? identity, roles.displayName(role_sid)];
    return resource_type ? { user, role, scope, resource_type, resource_id } : { user, role, scope };
  }
  async function* pages() {
    for await (const page of assignments) yield page.map(row);
  }
  await out.list(view, { pages: pages() });
}
