import { type Command, Option } from 'commander';
import { planFromItems } from '../../changes/plan/plan.ts';
import { planAccessCopy } from '../../changes/planners/copy-access.ts';
import { addBulkFlags, type BulkFlags } from '../../cli/bulk-flags.ts';
import type { Context } from '../../cli/context.ts';
import { type CommandBuilder, repeatable } from '../../cli/parser.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { parseUserReference } from '../../organization/references.ts';
import { requireUsers } from '../../organization/users.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';

interface Options extends BulkFlags {
  from?: string;
  to?: string[];
  mode?: 'add' | 'mirror';
}

export function copyCommand(cli: CommandBuilder): Command {
  const command = addBulkFlags(
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
  const [source, ...targets] = [options.from, ...options.to].map(parseUserReference);
  if (source === undefined) return;
  if (mirror) ctx.requireConfirmable();
  const organization = await ctx.organization();
  const named = [source, ...targets];
  const [model, ...users] = requireUsers(await organization.users.named(named), named);
  if (model === undefined || users.length === 0)
    throw usageError('--from and --to are the same user', 'Name somebody else with --to');
  const holdings = await organization.assignments.of([model, ...users].map(({ id }) => id));
  if (mirror && holdings.of(model.id).length === 0 && !options.overrideGuards) {
    throw new AppError(
      'guard',
      `${model.userName} holds no roles, and a mirror of nothing takes everything away: nothing was changed`,
      { hint: 'If it is meant, pass --override-guards' },
    );
  }
  const items = users.map((user) => planAccessCopy(user, model.id, holdings, mirror));
  const plan = planFromItems(await newPlanHeader(ctx, ['id', 'userName'], 'changed'), items);
  const get = users.length === 1 ? 'gets' : 'get';
  await reviewAndRun(ctx, plan, options, {
    title: `${pluralize(users.length, 'user')} ${get} ${mirror ? 'exactly' : 'in addition'} the roles of ${model.userName}`,
  });
}
