import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { scopeNames } from '../../cli/output/scope-names.ts';
import { userView, userViewWith } from '../../cli/output/views.ts';
import { askUser } from '../../cli/questions/asks.ts';
import { namingUsers, showingRoles } from '../../cli/scope-conditions.ts';
import { userPage } from '../../login/console/pages.ts';
import { parseUserReference } from '../../organization/references.ts';
import { isNotListable } from '../../twilio/errors.ts';
import { shownRoleAssignments } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import { describeHeldRole } from './shared/held-roles.ts';

export const getCommand = defineCommand({
  name: 'users get',
  summary: 'Show a user; a table shows their roles as well',
  args: { user: { summary: 'SID, e-mail address or external:ID', ask: askUser() } },
  scopes: { ...namingUsers, 'role-assignments/list': [showingRoles], 'roles/list': [showingRoles] },
  effect: 'reads',
  examples: [
    'twilio-org users get ada@example.com',
    'twilio-org users get external:4711 -o json --fields id,active',
  ],
  run: (ctx, { user }) => get(ctx, user),
});

async function get(ctx: Context, named: string): Promise<void> {
  ctx.out.checkFields(userView);
  const reference = parseUserReference(named);
  const { users } = await ctx.organization();
  const user = await users.get(reference);
  if (!ctx.out.format.forPeople || ctx.flags.fields !== undefined) return ctx.out.item(userView, user);
  const { url } = userPage(user.userName);
  await ctx.out.item(userViewWith({ roles: await rolesOf(ctx, user), page: url }), user);
}

/** The user's roles in words; undefined, with a note, where the login may not read them. */
async function rolesOf(ctx: Context, { id }: User): Promise<string[] | undefined> {
  const { send, url } = await ctx.api();
  const scopes = await scopeNames(ctx);
  const roles: string[] = [];
  try {
    const names = await roleNames(ctx);
    for await (const found of shownRoleAssignments(send, url, { identity: id })) {
      roles.push(describeHeldRole(found, names, scopes.nameOf));
    }
  } catch (error) {
    if (!isNotListable(error)) throw error;
    ctx.messages.note(`Without roles: ${error.hint ?? error.message}`);
    return undefined;
  }
  return roles.length > 0 ? roles.toSorted() : ['none'];
}

/** Names of roles by SID. None are known where the login may not list roles. */
async function roleNames(ctx: Context): Promise<(sid: string) => string | undefined> {
  try {
    const organization = await ctx.organization();
    return (await organization.roles.index()).label;
  } catch (error) {
    if (!isNotListable(error)) throw error;
    ctx.messages.note(`Without the names of roles: ${error.hint ?? error.message}`);
    return () => undefined;
  }
}
