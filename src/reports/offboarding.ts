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
import type { View } from '../platform/terminal/output.ts';
import type { RoleAssignment } from '../twilio/role-assignments.ts';

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
};

/** Access that the Organization API does not show, so that a person has to check it elsewhere. */
const notChecked = [
  'API keys and Auth Tokens that the user knows',
  'OAuth apps that the user approved',
  'logins of the user that are not managed by the organization',
  'access that was given inside an account',
];

/** A user of the plan and their result. */
interface Leaver {
  item: Item;
  result: ItemResult;
}

/**
 * Does the work of a plan. For an offboarding, whether new, saved or resumed, a report takes the place of the rows. It compares
 * the state in the plan with the current state, which is read again.
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
  // Nothing was begun, so there is nothing to report.
  if (leavers.length === 0) {
    if (failure !== undefined) throw failure;
    return;
  }
  let left: string[] = [];
  try {
    left = await report(ctx, leavers, roles, head, run);
  } catch (error) {
    if (!(failure instanceof AppError && error instanceof AppError)) throw failure ?? error;
    // The run's own failure says what to do next.
    ctx.messages.warn(error.message);
  }
  if (failure !== undefined) throw failure;
  if (left.length > 0) {
    throw new AppError('partial', `${left.join(', ')}: some access remains`, {
      hint: 'Somebody may have changed it since. Check it, then run the same command again',
    });
  }
}

/** Reads the users again and prints the report. Returns the names of those who still have access. */
async function report(
  ctx: Context,
  leavers: readonly Leaver[],
  roles: RoleIndex,
  head: PlanHeader,
  run: string | undefined,
): Promise<string[]> {
  const now = await readAgain(
    await ctx.organization(),
    leavers.map(({ item }) => String(item.row.id)),
  );
  const { clientId } = await ctx.identity();
  const actor = actorOf(ctx.runtime.env, userInfo);
  const left: string[] = [];
  const shown = ({ sid, role_sid, scope, resource_type, resource_id }: Partial<RoleAssignment>) => ({
    sid,
    role_sid,
    role_name: roles.nameOf(role_sid ?? '') ?? null,
    scope,
    resource_type: resource_type ?? null,
    resource_id: resource_id ?? null,
  });
  const rows = leavers.map(({ item, result: { outcome, reason: problem } }) => {
    const [id, userName] = [String(item.row.id), String(item.row.userName)];
    const before = beforeOf(item);
    const found = now.directory?.find({ id });
    const has = now.holdings?.of(id) ?? [];
    const removed = before.roles.filter(({ sid }) => !has.some((other) => other.sid === sid));
    const remains = found?.active !== false || has.length > 0;
    if (remains) left.push(userName);
    const undone = isFailed({ outcome }) || outcome === 'not tried';
    const done = item.steps.length === 0 ? 'deactivated already' : 'deactivated';
    return {
      userName,
      id,
      outcome: undone ? outcome : remains ? 'failed' : done,
      roles_removed: now.holdings === undefined ? null : removed.length,
      active: found?.active ?? null,
      roles_left: now.holdings === undefined ? null : has.length,
      ...(remains || undone
        ? {
            problem:
              problem ??
              now.error?.message ??
              (undone ? 'The run ended before this user' : 'Some access remains when read again'),
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
      before: { ...before, roles: before.roles.map(shown) },
      after: { active: found?.active ?? null, version: found?.meta?.version ?? null, roles: has.map(shown) },
      removed: removed.map(shown),
      copied_to: head.offboarding?.copied_to ?? null,
      not_checked: notChecked,
    };
  });
  await ctx.out.list(reportView, rows);
  ctx.messages.note(`The report does not cover: ${notChecked.join('; ')}`);
  if (now.error !== undefined) throw now.error;
  return left;
}

/** The state of a user in the plan. */
function beforeOf({ steps, rests = [], row }: Item) {
  const read = rests.flatMap((rest) => ('user' in rest && rest.user === row.id ? rest.version : []));
  return {
    active: steps.some((step) => step.do === 'update-user'),
    version: read[0] ?? null,
    roles: steps.flatMap((step) => (step.do === 'delete-assignment' ? step.assignment : [])),
  };
}

interface Again {
  directory?: UserIndex;
  holdings?: AssignmentIndex;
  /** The reason why it could not be read. */
  error?: AppError;
}

/** Reads the current state. Its failure is part of the report. */
async function readAgain(organization: Organization, ids: readonly string[]): Promise<Again> {
  organization.refresh();
  try {
    const directory = await organization.users.named(ids.map((id) => ({ id })));
    return { directory, holdings: await organization.assignments.of(ids) };
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}
