import { planFromItems } from '../../changes/plan/plan.ts';
import { planAccessCopy } from '../../changes/planners/copy-access.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { askUser } from '../../cli/questions/asks.ts';
import { refuseImpossibleCopies } from '../../cli/review/impossible-copies.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { alwaysNeeded, keepingAdmins, namingUsersToRemove } from '../../cli/scope-conditions.ts';
import { parseUserReference } from '../../organization/references.ts';
import { requireUsers } from '../../organization/users.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';

const flags = defineFlags({
  from: {
    value: 'user',
    summary: 'copy the roles of this user: SID, e-mail address or external:ID',
    required: true,
    ask: askUser('Which user has the roles to copy?'),
  },
  to: {
    value: 'user',
    summary: 'give the roles to this user',
    repeats: true,
    required: true,
    ask: askUser('Which user should get the roles?', 'grace@example.com'),
  },
  mode: {
    value: 'mode',
    summary: 'add the missing roles only, or also remove the roles that the other user does not have',
    choices: ['add', 'mirror'],
    default: 'add',
  },
  ...bulkFlags,
});

export const copyCommand = defineCommand({
  name: 'access copy',
  summary: 'Give users the roles of another user, with their scopes and resources',
  flags,
  scopes: {
    'role-assignments/create': ['where roles are missing'],
    'role-assignments/delete': ['with --mode mirror'],
    ...namingUsersToRemove,
    'role-assignments/list': [alwaysNeeded],
    'roles/list': ['to show and keep names of roles', keepingAdmins],
  },
  effect: 'removes',
  examples: [
    'twilio-org access copy --from ada@example.com --to grace@example.com --dry-run',
    'twilio-org access copy --from ada@example.com --to grace@example.com --mode mirror',
  ],
  run: (ctx, { flags }) => copy(ctx, flags),
});

async function copy(ctx: Context, options: BulkFlags & FlagsOf<typeof flags>): Promise<void> {
  const mirror = options.mode === 'mirror';
  const [source, ...targets] = [options.from, ...options.to].map(parseUserReference);
  if (source === undefined) return;
  if (mirror) ctx.requireConfirmable();
  const organization = await ctx.organization();
  organization.roles.begin();
  const named = [source, ...targets];
  const [model, ...users] = requireUsers(await organization.users.named(named, { sure: true }), named);
  if (model === undefined || users.length === 0)
    throw usageError('--from and --to are the same user', 'Name another user with --to');
  const assignments = await organization.assignments.of([model, ...users].map(({ id }) => id));
  if (mirror && assignments.of(model.id).length === 0 && !options.overrideGuards) {
    throw new AppError(
      'guard',
      `${model.userName} has no roles, so a mirror would remove every role. Nothing was changed`,
      { hint: 'If that is intended, add --override-guards' },
    );
  }
  const items = users.map((user) => planAccessCopy(user, model.id, assignments, mirror));
  await refuseImpossibleCopies(ctx, items);
  const plan = planFromItems(await newPlanHeader(ctx, ['id', 'userName'], 'changed'), items);
  const get = users.length === 1 ? 'gets' : 'get';
  const title = mirror ? `${get} exactly the roles of` : `also ${get} the roles of`;
  await reviewAndRun(ctx, plan, options, {
    title: `${pluralize(users.length, 'user')} ${title} ${model.userName}`,
  });
}
