import { defineCommand } from '../../cli/command.ts';
import { listLimit, sidsFlag } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { keepMemoryFlat } from '../../cli/heap.ts';
import { printList, withSids } from '../../cli/output/list-output.ts';
import { userView } from '../../cli/output/views.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
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
  sids: sidsFlag,
  limit: listLimit,
});

type Options = FlagsOf<typeof flags>;

export const listCommand = defineCommand({
  name: 'users list',
  summary: 'List the users of the organization',
  flags,
  scopes: { 'managed-users/list': [alwaysNeeded] },
  effect: 'reads',
  examples: [
    'twilio-org users list --search lovelace',
    'twilio-org users list --inactive -o csv --fields id,userName,meta.lastModified',
  ],
  run: (ctx, { flags }) => list(ctx, flags),
});

async function list(ctx: Context, options: Options): Promise<void> {
  ctx.out.checkFields(userView);
  await keepMemoryFlat();
  const api = await ctx.api();
  const users = await listUsers(api.send, options);
  const matching = byState(
    ctx,
    users.filter((user) => matches(user, options)),
    options,
  );
  await printList(ctx, withSids(userView, options.sids), matching, { limit: options.limit, noun: 'users' });
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
