import { userInfo } from 'node:os';
import type { Item, Plan, PlanHeader } from '../changes/plan/plan.ts';
import { type ItemResult, isFailed } from '../changes/runs/outcomes.ts';
import type { Context } from '../cli/context.ts';
import type { ReviewOptions } from '../cli/review/review.ts';
import type { AssignmentIndex } from '../organization/assignments.ts';
import type { Organization } from '../organization/organization.ts';
import type { RoleIndex } from '../organization/roles.ts';
import type { UserIndex } from '../organization/users.ts';
import { actorOf } from '../organization/workspace/actor.ts';
import { AppError } from '../platform/core/errors.ts';
import { together } from '../platform/core/side-by-side.ts';
import type { View } from '../platform/terminal/output.ts';
import type { RoleAssignment } from '../twilio/role-assignments.ts';
import { statusInWords } from '../twilio/user-fields.ts';

const columns = ['userName', 'outcome', 'roles_removed', 'active', 'roles_left', 'problem', 'reason'];

export const reportView: View = {
  fields: [
    ...columns,
    'id',
    'at',
    'by',
    'actor',
    'client_id',
    'run',
    'organization_sid',
    'api_url',
    'before',
    'after',
    'removed',
    'copied_to',
    'not_checked',
  ],
  columns,
  people: {
    list: [
      { heading: 'E-mail', value: 'userName' },
      { heading: 'Outcome', value: 'outcome', look: (text) => (/^deactivated/.test(text) ? 'green' : 'red') },
      { heading: 'Status', value: ({ active }: { active: boolean | null }) => statusInWords(active) },
      { heading: 'Roles removed', value: 'roles_removed' },
      { heading: 'Roles left', value: 'roles_left' },
      { heading: 'Problem', value: 'problem', look: () => 'red' },
      { heading: 'Reason', value: 'reason' },
      { heading: 'SID', value: 'id', isId: true },
    ],
  },
};

/** Access that the Organization API does not show, so that people must check it elsewhere. */
const uncheckedAccess = [
  'API keys and Auth Tokens that the user knows',
  'OAuth apps that the user approved',
  'logins of the user that are not managed by the organization',
  'access that was given inside an account',
];

/** A user of the plan, with the result. */
interface Leaver {
  item: Item;
  result: ItemResult;
}

/**
 * Runs the work of a plan. For an offboarding (new, saved or resumed), a report replaces the rows. The plan holds the state before; the
 * state after is read again.
 */
export async function withOffboardingReport(
  ctx: Context,
  { head }: Pick<Plan, 'head'>,
  work: (options: Pick<ReviewOptions, 'view' | 'onResult' | 'onRun'>) => Promise<unknown>,
): Promise<void> {
  if (head.offboarding === undefined) {
    await work({});
    return;
  }
  const roles = await (await ctx.organization()).roles.index();
  const leavers: Leaver[] = [];
  let failure: unknown;
  let run: string | undefined;
  try {
    await work({
      view: 'none',
      onResult: (item, result) => void leavers.push({ item, result }),
      onRun(id) {
        run = id;
      },
    });
  } catch (error) {
    failure = error;
  }
  // Without a single result there is nothing to report.
  if (leavers.length === 0) {
    if (failure !== undefined) throw failure;
    return;
  }
  let remaining: string[] = [];
  try {
    remaining = await report(ctx, leavers, roles, head, run);
  } catch (error) {
    if (!(failure instanceof AppError && error instanceof AppError)) throw failure ?? error;
    // The failure of the run, which follows, says how to resume.
    ctx.messages.warn(error.message);
  }
  if (failure !== undefined) throw failure;
  if (remaining.length > 0) {
    throw new AppError('partial', `${remaining.join(', ')}: some access remains`, {
      hint: 'Somebody may have changed it since. Check it, then run the same command again',
    });
  }
}

/** Reads the users again and prints the report for an auditor. Returns the users who still have access. */
async function report(
  ctx: Context,
  leavers: readonly Leaver[],
  roles: RoleIndex,
  head: PlanHeader,
  run: string | undefined,
): Promise<string[]> {
  const now = await rereadAccess(
    await ctx.organization(),
    leavers.map(({ item }) => String(item.row.id)),
  );
  const { clientId } = await ctx.identity();
  const actor = actorOf(ctx.runtime.env, userInfo);
  const remaining: string[] = [];
  const toRow = ({ sid, role_sid, scope, resource_type, resource_id }: Partial<RoleAssignment>) => ({
    sid,
    role_sid,
    role_name: roles.nameOf(role_sid ?? '') ?? null,
    scope,
    resource_type: resource_type ?? null,
    resource_id: resource_id ?? null,
  });
  const rows = leavers.map(({ item, result: { outcome, reason: problem, own = [] } }) => {
    const [id, userName] = [String(item.row.id), String(item.row.userName)];
    const before = stateBefore(item);
    const found = now.users?.find({ id });
    const held = now.assignments?.of(id);
    // An empty list would say that there are none.
    const removed =
      held &&
      before.roles.filter(
        ({ sid }) =>
          own.some((step) => step.do === 'delete-assignment' && step.assignment.sid === sid) &&
          !held.some((other) => other.sid === sid),
      );
    const hasAccess = found?.active !== false || held === undefined || held.length > 0;
    if (hasAccess) remaining.push(userName);
    const isIncomplete = isFailed({ outcome }) || outcome === 'not tried';
    const isOwn = own.some((step) => step.do === 'update-user');
    const doneLabel = isOwn ? 'deactivated' : 'deactivated already';
    return {
      userName,
      id,
      outcome: isIncomplete ? outcome : hasAccess ? 'failed' : doneLabel,
      roles_removed: removed?.length ?? null,
      active: found?.active ?? null,
      roles_left: held?.length ?? null,
      ...(hasAccess || isIncomplete
        ? {
            problem:
              problem ??
              now.error?.message ??
              (isIncomplete ? 'The run ended before this user' : 'Some access remains when read again'),
          }
        : {}),
      reason: head.offboarding?.reason ?? null,
      at: new Date(ctx.runtime.now()).toISOString(),
      by: head.profile,
      actor,
      client_id: clientId ?? null,
      run: run ?? null,
      organization_sid: head.organization_sid,
      api_url: head.api_url,
      before: { ...before, roles: before.roles.map(toRow) },
      after:
        held === undefined
          ? null
          : { active: found?.active ?? null, version: found?.meta?.version ?? null, roles: held.map(toRow) },
      removed: removed?.map(toRow) ?? null,
      copied_to: head.offboarding?.copied_to ?? null,
      not_checked: uncheckedAccess,
    };
  });
  await ctx.out.list(reportView, rows);
  for (const { item, result } of leavers) {
    if (result.isFound) ctx.messages.note(`${item.row.userName}: ${result.reason}`);
  }
  ctx.messages.note(`The report does not cover: ${uncheckedAccess.join('; ')}`);
  if (now.error !== undefined) throw now.error;
  return remaining;
}

/** The user's state when the plan was made. */
function stateBefore({ steps, rests = [], row }: Item) {
  const read = rests.flatMap((rest) => ('user' in rest && rest.user === row.id ? rest.version : []));
  return {
    active: steps.some((step) => step.do === 'update-user'),
    version: read[0] ?? null,
    roles: steps.flatMap((step) => (step.do === 'delete-assignment' ? step.assignment : [])),
  };
}

interface CurrentAccess {
  users?: UserIndex;
  assignments?: AssignmentIndex;
  /** The error if they could not be read. */
  error?: AppError;
}

/** Reads the users again. An error becomes part of the report, because the changes are reported in any case. */
async function rereadAccess(organization: Organization, ids: readonly string[]): Promise<CurrentAccess> {
  organization.refresh();
  try {
    const [users, assignments] = await together(
      organization.users.named(ids.map((id) => ({ id }))),
      organization.assignments.of(ids),
    );
    return { users, assignments };
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}
