import type { Command } from 'commander';
import { asRead, holdsOnly, type Item, planOf, type Step } from '../../changes/plan/plan.ts';
import { type Cli, repeatable } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { planHead } from '../../cli/review/dry-run.ts';
import { type BulkFlags, propose, withBulkFlags } from '../../cli/review/review.ts';
import { mostRoles, readDirectory, readHoldings } from '../../organization/assignments.ts';
import {
  askedRole,
  askedUser,
  checkRole,
  knownUsers,
  roleSid,
  userReference,
} from '../../organization/references.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { counted } from '../../platform/core/text.ts';
import { type NewRoleAssignment, type RoleAssignment, sameGrant } from '../../twilio/role-assignments.ts';
import { checkGrantFlags, type GrantFlags, scopesOf } from './shared/grant-flags.ts';

interface Options extends BulkFlags, Omit<GrantFlags, 'role'> {
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
      .addOption(repeatable('--scope <scope>', 'SID of the organization or an account, or org'))
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
  const { user = [], from: oldRole, to: newRole, resourceType, resourceId } = options;
  await checkGrantFlags(ctx, options);
  for (const role of [oldRole, newRole]) if (role !== undefined) checkRole(role);
  const references = user.map(userReference);
  ctx.mustBeConfirmable();
  if (references.length === 0) references.push(await askedUser(ctx, undefined, '--user'));
  const from = await askedRole(ctx, oldRole, '--from', 'Which role do they have?');
  const to = await askedRole(ctx, newRole, '--to', 'Which role do they get?');
  const scopes = await scopesOf(ctx, options);
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
  const resource =
    resourceType === undefined ? {} : { resource_type: resourceType, resource_id: resourceId ?? null };
  const items = users.map((user): Item => {
    const { id, userName } = user;
    const held = holdings.of(id);
    const parts = scopes.map(({ sid, name }) => {
      const place = { scope: sid, identity: id, ...resource };
      const [before, after] = [
        { ...place, role_sid: old },
        { ...place, role_sid: fresh },
      ];
      return { name, ...stepsFor(held, before, after, options, userName) };
    });
    return {
      row: { id, userName },
      rests: [asRead(user), holdsOnly(id, held)],
      ...joined(parts),
    };
  });
  const plan = planOf(await planHead(ctx, ['id', 'userName'], 'replaced'), items);
  await propose(ctx, plan, options, {
    title: `${from} becomes ${to} for ${counted(users.length, 'user')}`,
  });
}

type Part = Pick<Item, 'steps' | 'note' | 'sid'>;

/** The replacements in several scopes as one: what goes wrong in one of them leaves the others alone. */
function joined(parts: readonly (Part & { name: string })[]): Part & Pick<Item, 'independent' | 'needs'> {
  const [first] = parts;
  if (first === undefined) return { steps: [] };
  if (parts.length === 1) {
    const { name: _, ...only } = first;
    return only;
  }
  const steps: Step[] = [];
  const needs: Record<number, number> = {};
  for (const part of parts) {
    const start = steps.length;
    const givesFirst = part.steps[0]?.do === 'create-assignment';
    for (const [index, step] of part.steps.entries()) {
      if (step.do !== part.steps[0]?.do) needs[start + index] = givesFirst ? start : start + index - 1;
      steps.push(step);
    }
  }
  const notes = parts.flatMap(({ name, note }) => (note === undefined ? [] : `${name}: ${note}`));
  const note = notes.length === 0 ? {} : { note: notes.join('; ') };
  return { steps, independent: true, needs, ...note };
}

function stepsFor(
  held: readonly RoleAssignment[],
  old: NewRoleAssignment,
  fresh: NewRoleAssignment,
  { allowGap }: Options,
  userName: string,
): Part {
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
