import { allowancesOf } from '../../../changes/declared/allowance.ts';
import { type Comparison, compareDeclaredAccess } from '../../../changes/declared/compare.ts';
import { pairKey } from '../../../changes/declared/ownership.ts';
import { GuardError } from '../../../changes/guards/policy.ts';
import { type Plan, planFromItems } from '../../../changes/plan/plan.ts';
import { declaredColumns, itemsOf, placeText } from '../../../changes/planners/declared-access.ts';
import type { ScopeConditions } from '../../../cli/command-info.ts';
import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { scopeNames } from '../../../cli/output/scope-names.ts';
import { newPlanHeader } from '../../../cli/review/plan-head.ts';
import type { ReviewOptions } from '../../../cli/review/review.ts';
import { alwaysNeeded, namingUsersToRemove } from '../../../cli/scope-conditions.ts';
import { pluralize } from '../../../platform/core/text.ts';

export const declaredFlags = defineFlags({
  onlyAdd: { summary: 'remove nothing; useful in the first weeks' },
  allowEmpty: {
    summary: 'remove a role from everybody where the files own it and list nobody, or an empty group',
  },
});

export type DeclaredFlags = FlagsOf<typeof declaredFlags>;

export const directoryArg = {
  directory: {
    summary: 'directory of the files, such as access',
    ask: { question: 'Which directory?', example: 'access' },
  },
} as const;

/** The scopes that a comparison of files with the organization needs; a plan needs no others. */
export const readingScopes = {
  ...namingUsersToRemove,
  'role-assignments/list': [alwaysNeeded],
  'roles/list': [alwaysNeeded],
} as const satisfies ScopeConditions;

/** A plan from files, and what its review needs to know. */
export interface ReviewedPlan {
  plan: Plan;
  comparison: Comparison;
  options: Pick<ReviewOptions, 'advice' | 'allowances' | 'refusals' | 'title' | 'emptyPlan'>;
}

const guardAdvice = {
  protected: 'Keep their roles in the files, or add --override-guards',
  admins:
    'Keep an admin in the files for now. To give the roles first and remove others later, add --only-add',
};

/** Plans the way to what the files of a directory say, and prints what is odd in them. */
export async function planFromFiles(
  ctx: Context,
  directory: string,
  flags: DeclaredFlags,
): Promise<ReviewedPlan> {
  const comparison = await compareDeclaredAccess(ctx, directory, { onlyAdd: flags.onlyAdd === true });
  const plan = planFromItems(
    await newPlanHeader(ctx, declaredColumns),
    itemsOf(comparison.changes, comparison.access.current),
  );
  const { allowances, notes, warnings } = allowancesOf(comparison.files, comparison.removalsBy, ctx.now());
  for (const warning of [...comparison.warnings, ...warnings]) ctx.messages.warn(warning);
  if (plan.removals.length > 0) ctx.messages.note(...notes);
  const refusals = flags.allowEmpty || flags.onlyAdd ? [] : await emptyRefusals(ctx, comparison);
  const title = `${pluralize(plan.size, 'role')} in the organization ${plan.size === 1 ? 'differs' : 'differ'} from ${directory}`;
  const emptyPlan = `Nothing to do: the organization is as ${directory} says`;
  return { plan, comparison, options: { advice: guardAdvice, allowances, refusals, title, emptyPlan } };
}

/** Refuses pairs that would lose everybody, and empty groups: most are an omission. */
async function emptyRefusals(ctx: Context, { emptied, access }: Comparison): Promise<GuardError[]> {
  const scopes = await scopeNames(ctx);
  const named = new Set(access.listed.map(({ grant }) => pairKey(grant)));
  const lines = [
    ...emptied.map(({ role_sid, scope, at, holders }) => {
      const pair = `${access.roles.label(role_sid)} in ${scopes.nameOf(scope)}`;
      const today = named.has(pairKey({ role_sid, scope })) ? ' for today' : '';
      return `${placeText(at)} owns ${pair}, lists nobody${today}, and ${pluralize(holders, 'assignment')} would be removed`;
    }),
    ...access.emptyGroups.map(({ name, entry }) => `${placeText(entry)}: the group "${name}" is empty`),
  ];
  if (lines.length === 0) return [];
  const hint = 'List the people who should have it. If it is meant to be nobody, add --allow-empty';
  return [new GuardError(lines, hint, ['--allow-empty'])];
}
