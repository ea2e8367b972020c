import { planFromItems } from '../../changes/plan/plan.ts';
import { planOffboarding } from '../../changes/planners/offboard-users.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { askUserWho } from '../../cli/questions/asks.ts';
import { refuseImpossibleCopies } from '../../cli/review/impossible-copies.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { alwaysNeeded, byEmail, keepingAdmins } from '../../cli/scope-conditions.ts';
import { usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { reportView, withOffboardingReport } from '../../reports/offboarding.ts';
import { dueFlags } from './shared/due.ts';
import { findUsers, isEmpty } from './shared/find-users.ts';
import { listFlags, throwIfSkipped, usersArg, usersOrFile } from './shared/listed-users.ts';

const flags = defineFlags({
  copyRolesTo: { value: 'user', summary: 'give their roles to this user first' },
  reason: { value: 'text', summary: 'reason to write into the report' },
  ...listFlags,
  ...dueFlags,
  ...bulkFlags,
});

export const offboardCommand = defineCommand({
  name: 'users offboard',
  summary: 'Remove all roles of users and deactivate them, with a report',
  args: { user: { ...usersArg, ask: askUserWho(true) } },
  oneOf: usersOrFile,
  flags,
  scopes: {
    'managed-users/read': [alwaysNeeded],
    'managed-users/list': [byEmail, keepingAdmins],
    'managed-users/update': ['where users are active'],
    'role-assignments/list': [alwaysNeeded],
    'role-assignments/create': ['with --copy-roles-to'],
    'role-assignments/delete': ['where users have roles'],
    'roles/list': [alwaysNeeded],
  },
  effect: 'removes',
  examples: [
    'twilio-org users offboard ada@example.com --dry-run',
    'twilio-org users offboard --file contractors.csv --due today --skip-unknown --yes',
    'twilio-org users offboard ada@example.com --copy-roles-to grace@example.com --reason "Left the company" --yes -o json',
  ],
  run: (ctx, { user, flags }) => offboard(ctx, user, flags),
});

async function offboard(
  ctx: Context,
  names: string[],
  options: BulkFlags & FlagsOf<typeof flags>,
): Promise<void> {
  ctx.out.checkFields(reportView);
  const found = await findUsers(ctx, names, options, {
    removes: true,
    also: options.copyRolesTo,
    needsRoles: true,
  });
  if (await isEmpty(ctx, found, reportView)) return;
  const { users, also: heir } = found;
  if (heir !== undefined && users.some(({ id }) => id === heir.id))
    throw usageError('--copy-roles-to names a user who is being offboarded', 'Name a user who stays');
  const everybody = heir === undefined ? users : [...users, heir];
  const { assignments } = await ctx.organization();
  const before = await assignments.of(everybody.map(({ id }) => id));
  const items = planOffboarding(users, heir, before);
  await refuseImpossibleCopies(ctx, items);
  const plan = planFromItems(
    {
      ...(await newPlanHeader(ctx, ['id', 'userName'], 'deactivated')),
      offboarding: { reason: options.reason ?? null, copied_to: heir?.userName ?? null },
    },
    items,
  );
  await adviseServiceAccount(ctx);
  await withOffboardingReport(ctx, plan, (reported) =>
    reviewAndRun(ctx, plan, options, {
      title: `${pluralize(users.length, 'user')} ${users.length === 1 ? 'loses' : 'lose'} all roles and can no longer sign in`,
      ...reported,
    }),
  );
  throwIfSkipped(found);
}

/** Prints Twilio's advice for apps that a person approves. Client credentials need no approval. */
async function adviseServiceAccount(ctx: Context): Promise<void> {
  const { source, profile } = await ctx.settings();
  const grant = source === 'profile' ? profile?.grant : undefined;
  if (grant === 'client-credentials' || source === 'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET')
    return;
  ctx.messages.note(
    'The OAuth app may lose its access with the person who approved it. Twilio advises to approve apps as a service account',
  );
}
