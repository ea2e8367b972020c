import type { Command } from 'commander';
import { type NewRoleAssignment, type RoleAssignment, sameGrant } from '../../api/role-assignments.ts';
import { mostRoles, readDirectory, readHoldings } from '../../bulk/directory.ts';
import { asRead, holdsOnly, type Item, planOf, type Step } from '../../bulk/plan.ts';
import { type BulkFlags, propose, withBulkFlags } from '../../bulk/propose.ts';
import { type Cli, repeatable } from '../../command.ts';
import type { Context } from '../../context.ts';
import { AppError, usageError } from '../../errors.ts';
import { counted } from '../../words.ts';
import { planHead } from '../changes.ts';
import {
  askedRole,
  askedScope,
  askedUser,
  checkRole,
  knownUsers,
  roleSid,
  userReference,
} from '../resolve.ts';
import { checkGrantFlags, type GrantFlags } from './grant.ts';

interface Options extends BulkFlags, Omit<GrantFlags, 'user' | 'role'> {
  user?: string[];
  from?: string;
  to?: string;
  allowGap?: boolean;
}

export function replaceCommand(cli: Cli): Command {
  const command = withBulkFlags(
    cli
      .command('replace', 'Give users another role in the place of one they have')
      .addOption(repeatable('--user <user>', 'SID, e-mail address or external:ID'))
      .option('--from <role>', 'the role that they have: SID or name')
      .option('--to <role>', 'the role that they get: SID or name')
      .option('--scope <scope>', 'SID of the organization or an account, or org')
      .option('--resource-type <type>', 'type of the one resource it is about')
      .option('--resource-id <id>', 'id of that resource')
      .option('--allow-gap', `take away first where the limit of ${mostRoles} roles leaves no other way`),
  ).action(cli.action(replace));
  return cli.examples(command, [
    'twilio-org role-assignments replace --user ada@example.com --from Developer --to Admin --scope org',
    'twilio-org role-assignments replace --user external:4711 --from Support --to Billing --scope org --dry-run',
  ]);
}

/** The new role comes before the old one goes, so that nobody is without access in between. */
async function replace(ctx: Context, options: Options): Promise<void> {
  const { user = [], ...named } = options;
  const { resourceType, resourceId } = named;
  const references = user.map(userReference);
  await checkGrantFlags(ctx, named);
  for (const role of [named.from, named.to]) if (role !== undefined) checkRole(role);
  ctx.mustBeConfirmable();
  if (references.length === 0) references.push(await askedUser(ctx, undefined, '--user'));
  const from = await askedRole(ctx, named.from, '--from', 'Which role do they have?');
  const to = await askedRole(ctx, named.to, '--to', 'Which role do they get?');
  const scope = await askedScope(ctx, named.scope);
  const api = await ctx.api();
  const [old, fresh] = [await roleSid(api, from), await roleSid(api, to)];
  if (old === fresh)
    throw usageError('--from and --to are the same role', 'Name the role that comes in its place');
  const users = knownUsers(await readDirectory(api, references), references);
  const holdings = await readHoldings(
    api,
    users.map(({ id }) => id),
    // All that they hold, because the limit is over all scopes.
    [],
  );
  const items = users.map((user): Item => {
    const resource =
      resourceType === undefined ? {} : { resource_type: resourceType, resource_id: resourceId ?? null };
    const place = { scope, identity: user.id, ...resource };
    const held = holdings.of(user.id);
    const row = { id: user.id, userName: user.userName };
    return {
      row,
      rests: [asRead(user), holdsOnly(user.id, held)],
      ...stepsFor(held, { ...place, role_sid: old }, { ...place, role_sid: fresh }, options, user.userName),
    };
  });
  const plan = planOf(await planHead(ctx, ['id', 'userName'], 'replaced'), items);
  await propose(ctx, plan, options, {
    title: `${from} becomes ${to} for ${counted(users.length, 'user')}`,
  });
}

function stepsFor(
  held: readonly RoleAssignment[],
  old: NewRoleAssignment,
  fresh: NewRoleAssignment,
  { allowGap }: Options,
  userName: string,
): Pick<Item, 'steps' | 'note' | 'sid'> {
  const before = held.filter((assignment) => sameGrant(assignment, old));
  const after = held.find((assignment) => sameGrant(assignment, fresh));
  if (before.length === 0) {
    return after === undefined
      ? { steps: [], note: 'The user has neither role there: nothing to replace' }
      : { steps: [], sid: after.sid, note: 'The user has the new role already' };
  }
  const taking = before.map((assignment): Step => ({ do: 'delete-assignment', assignment }));
  if (after !== undefined) return { steps: taking, sid: after.sid };
  const giving: Step = { do: 'create-assignment', grant: fresh };
  if (held.length < mostRoles) return { steps: [giving, ...taking] };
  if (allowGap) return { steps: [...taking, giving] };
  throw new AppError(
    'conflict',
    `${userName} holds ${mostRoles} roles, which is the most that Twilio allows: nothing was changed`,
    {
      hint: 'Pass --allow-gap to take the old role away first; the user is without both for a moment',
    },
  );
}
