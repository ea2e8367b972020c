import { defineCommand } from '../../cli/command.ts';
import { listLimit, selectionFlags, sidsFlag } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import type { Flags } from '../../cli/flags.ts';
import { printList, withSids } from '../../cli/output/list-output.ts';
import { readSelection } from '../../cli/output/selection.ts';
import { isRoles, userRolesView, userView } from '../../cli/output/views.ts';
import { alwaysNeeded, listingRoles } from '../../cli/scope-conditions.ts';
import { hasAllWords } from '../../platform/core/comparable-text.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { isSid } from '../../twilio/sids.ts';
import { listUsers, type User } from '../../twilio/users.ts';
import { byState, stateFlags } from './shared/by-state.ts';

const flags = defineFlags({
  userName: {
    value: 'email',
    summary: 'only the user with this user name, which is the e-mail address',
    parse: (text) => text.trim(),
  },
  externalId: { value: 'id', summary: 'only the user with this external id' },
  search: {
    value: 'text',
    summary:
      'only users with all these words in the names, the e-mail address or the external id, in any order and case, or with this SID',
  },
  ...stateFlags,
  roles: { summary: 'show the roles of each user as well' },
  ...selectionFlags,
  sids: sidsFlag,
  limit: listLimit,
});

type Options = FlagsOf<typeof flags>;

export const listCommand = defineCommand({
  name: 'users list',
  summary: 'List the users of the organization',
  flags,
  scopes: {
    'managed-users/list': [alwaysNeeded],
    'role-assignments/list': [listingRoles],
    'roles/list': [listingRoles],
  },
  effect: 'reads',
  examples: [
    'twilio-org users list --search lovelace',
    'twilio-org users list --inactive -o csv --fields id,userName,meta.lastModified',
    "twilio-org users list --filter 'active = false and meta.lastModified < 2025-01-01' --sort meta.lastModified",
    "twilio-org users list --roles --filter 'roles.role_name = Admin'",
  ],
  run: (ctx, { flags }) => list(ctx, flags),
});

async function list(ctx: Context, options: Options & Flags): Promise<void> {
  ctx.out.checkFields(userRolesView());
  const selection = await readSelection(userRolesView(), options, ctx.scopes);
  const looked = [...(ctx.flags.fields ?? []), ...(selection?.fields ?? [])];
  const { limit, sids } = options;
  const common = { limit, noun: 'users', selection };
  if (options.roles || looked.some(isRoles)) {
    // Few listings show roles.
    const { readHeldRoles } = await import('./shared/held-roles.ts');
    const held = await readHeldRoles(ctx, () => matchingUsers(ctx, options), isSingle(options));
    const { users, view, shown } = held;
    return printList(ctx, withSids(view, sids), users, { ...common, shown });
  }
  await printList(ctx, withSids(userView, sids), await matchingUsers(ctx, options), common);
}

async function matchingUsers(ctx: Context, options: Options): Promise<readonly User[]> {
  const { send } = await ctx.api();
  const users = await listUsers(send, options);
  return byState(
    ctx,
    users.filter((user) => matches(user, options)),
    options,
  );
}

/** True where Twilio is asked for a single user. */
function isSingle({ userName, externalId }: Options): boolean {
  return userName !== undefined || externalId !== undefined;
}

/** The filtering that Twilio leaves to do: it takes one of its two filters at a time. */
function matches(user: User, { externalId, search }: Options): boolean {
  if (externalId !== undefined && user.externalId !== externalId) return false;
  if (search === undefined) return true;
  // A part of a SID says nothing, and would match by chance.
  if (isSid('US', search.trim())) return equalsIgnoreCase(user.id, search.trim());
  const { givenName, familyName } = user.name ?? {};
  return hasAllWords([user.userName, user.displayName, givenName, familyName, user.externalId], search);
}
