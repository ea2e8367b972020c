import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList } from '../../cli/output/list-output.ts';
import { scopeNames } from '../../cli/output/scope-names.ts';
import { askUser } from '../../cli/questions/asks.ts';
import { alwaysNeeded, namingUsers } from '../../cli/scope-conditions.ts';
import { parseUserReference } from '../../organization/references.ts';
import { requireUsers } from '../../organization/users.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';
import type { Column } from '../../platform/terminal/view.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { grantColumns } from './shared/grant-columns.ts';

const columns = ['who', 'role_name', 'scope', 'resource_type', 'resource_id'];
const view: View = { fields: [...columns, 'role_sid', 'sids'], columns };

const flags = defineFlags({
  all: { summary: 'also show the roles that both users have' },
  exitCode: { summary: 'exit with 10 when there are differences' },
});

export const diffCommand = defineCommand({
  name: 'access diff',
  summary: 'Show the roles that only one of two users has',
  args: {
    user: { summary: 'SID, e-mail address or external:ID', ask: askUser() },
    other: { summary: 'user to compare with', ask: askUser('Compare with which user?', 'grace@example.com') },
  },
  flags,
  scopes: { 'role-assignments/list': [alwaysNeeded], 'roles/list': [alwaysNeeded], ...namingUsers },
  effect: 'reads',
  examples: [
    'twilio-org access diff ada@example.com grace@example.com',
    'twilio-org access diff ada@example.com external:4711 --all -o json',
  ],
  run: (ctx, { user, other, flags }) => diff(ctx, user, other, flags),
});

interface Row {
  who: string;
  role_name: string | null;
  role_sid: string;
  scope: string;
  resource_type: string | null;
  resource_id: string | null;
  sids: string[];
}

/** The view with words for people: scopes by name, and roles without one by SID. */
async function viewFor(ctx: Context): Promise<View> {
  if (!ctx.out.format.forPeople) return view;
  const scopes = await scopeNames(ctx);
  const list: Column<Row>[] = [{ heading: 'Who', value: 'who' }, ...grantColumns(scopes)];
  return { ...view, people: { list } };
}

async function diff(ctx: Context, one: string, other: string, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  const references = [one, other].map(parseUserReference);
  const organization = await ctx.organization();
  organization.roles.begin();
  const [left, right] = requireUsers(await organization.users.named(references, { sure: true }), references);
  if (left === undefined || right === undefined) {
    ctx.messages.note('Both names stand for the same user; no differences');
    return ctx.out.list(view, []).then(() => undefined);
  }
  const assignments = await organization.assignments.of([left.id, right.id]);
  const roles = await organization.roles.index();
  const row = (who: string, held: RoleAssignment, ...others: RoleAssignment[]): Row => ({
    who,
    role_name: roles.nameOf(held.role_sid) ?? null,
    role_sid: held.role_sid,
    scope: held.scope,
    resource_type: held.resource_type ?? null,
    resource_id: held.resource_id ?? null,
    sids: [held, ...others].map(({ sid }) => sid),
  });
  const only = (user: typeof left, without: typeof left) =>
    assignments
      .of(user.id)
      .filter((held) => assignments.find({ ...held, identity: without.id }) === undefined)
      .map((held) => row(user.userName, held));
  const different = [...only(left, right), ...only(right, left)];
  const shared = assignments.of(left.id).flatMap((held) => {
    const same = assignments.find({ ...held, identity: right.id });
    return same === undefined ? [] : [row('both', held, same)];
  });
  await printList(ctx, await viewFor(ctx), options.all ? [...different, ...shared] : different, {
    noun: 'differences',
  });
  if (different.length > 0 && options.exitCode) {
    throw new AppError(
      'differences',
      `${left.userName} and ${right.userName} differ in ${different.length} role assignments`,
    );
  }
}
