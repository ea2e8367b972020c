import { type Command, Option } from 'commander';
import { asRead, holdsOnly, type Item, planOf, type Step } from '../../changes/plan/plan.ts';
import { type Cli, repeatable } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { planHead } from '../../cli/review/dry-run.ts';
import { type BulkFlags, propose, withBulkFlags } from '../../cli/review/review.ts';
import { type Holdings, mostRoles, readDirectory, readHoldings } from '../../organization/assignments.ts';
import { knownUsers, userReference } from '../../organization/references.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { counted } from '../../platform/core/text.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';

interface Options extends BulkFlags {
  from?: string;
  to?: string[];
  mode?: 'add' | 'mirror';
}

export function copyCommand(cli: Cli): Command {
  const command = withBulkFlags(
    cli
      .command('copy', 'Give users the roles of another, with scopes and resources')
      .option('--from <user>', 'whose roles: SID, e-mail address or external:ID')
      .addOption(repeatable('--to <user>', 'who gets them'))
      .addOption(
        new Option(
          '--mode <mode>',
          'only add what is missing, or take away as well what the other has not (add)',
        ).choices(['add', 'mirror']),
      ),
  ).action(cli.action(copy));
  return cli.examples(command, [
    'twilio-org access copy --from ada@example.com --to grace@example.com --dry-run',
    'twilio-org access copy --from ada@example.com --to grace@example.com --mode mirror',
  ]);
}

async function copy(ctx: Context, options: Options): Promise<void> {
  const mirror = options.mode === 'mirror';
  if (options.from === undefined)
    throw usageError('--from is needed', 'Name the user whose roles are copied');
  if (options.to === undefined) throw usageError('--to is needed', 'Name at least one user who gets them');
  const [source, ...targets] = [options.from, ...options.to].map(userReference);
  if (source === undefined) return;
  if (mirror) ctx.mustBeConfirmable();
  const api = await ctx.api();
  const directory = await readDirectory(api, [source, ...targets]);
  const [model, ...users] = knownUsers(directory, [source, ...targets]);
  if (model === undefined || users.length === 0)
    throw usageError('--from and --to are the same user', 'Name somebody else with --to');
  const holdings = await readHoldings(
    api,
    [model, ...users].map(({ id }) => id),
    [],
  );
  if (mirror && holdings.of(model.id).length === 0 && !options.overrideGuards) {
    throw new AppError(
      'guard',
      `${model.userName} holds no roles, and a mirror of nothing takes everything away: nothing was changed`,
      { hint: 'If it is meant, pass --override-guards' },
    );
  }
  const items = users.map((user) => itemFor(user, model.id, holdings, mirror));
  const plan = planOf(await planHead(ctx, ['id', 'userName'], 'changed'), items);
  const get = users.length === 1 ? 'gets' : 'get';
  await propose(ctx, plan, options, {
    title: `${counted(users.length, 'user')} ${get} ${mirror ? 'exactly' : 'in addition'} the roles of ${model.userName}`,
  });
}

/** What is given comes before what is taken away. */
function itemFor(user: User, model: string, holdings: Holdings, mirror: boolean): Item {
  // Twilio may let somebody have the same twice.
  const wanted = holdings.of(model).filter((one) => holdings.find(one) === one);
  const held = holdings.of(user.id);
  const giving = wanted.flatMap((one): Step[] => {
    const { sid: _, ...grant } = { ...one, identity: user.id };
    return holdings.find(grant) === undefined ? [{ do: 'create-assignment', grant: grantOf(grant) }] : [];
  });
  const kept = wanted.flatMap((one) => holdings.find({ ...one, identity: user.id }) ?? []);
  const extra = mirror ? held.filter((assignment) => !kept.includes(assignment)) : [];
  if (held.length + giving.length > mostRoles) {
    throw new AppError(
      'conflict',
      `${user.userName} would hold ${held.length + giving.length} roles, and Twilio allows ${mostRoles}: nothing was changed`,
      { hint: 'Take some away first: twilio-org role-assignments delete' },
    );
  }
  const taking = extra.map((assignment): Step => ({ do: 'delete-assignment', assignment }));
  const rests = [
    asRead(user),
    holdsOnly(model, holdings.of(model)),
    ...(mirror
      ? [holdsOnly(user.id, held)]
      : kept.map(({ sid, scope }) => ({ assignment: sid, identity: user.id, scope }))),
  ];
  return {
    row: { id: user.id, userName: user.userName },
    sid: user.id,
    steps: [...giving, ...taking],
    rests,
  };
}

function grantOf({ role_sid, scope, identity, resource_type, resource_id }: Omit<RoleAssignment, 'sid'>) {
  return {
    role_sid,
    scope,
    identity,
    ...(resource_type ? { resource_type, resource_id: resource_id ?? null } : {}),
  };
}
