import { checkStatus, kindOf } from '../../changes/plan/change-kinds.ts';
import { describeChange } from '../../changes/plan/describe.ts';
import type { UndoState } from '../../changes/plan/kinds/change-kind.ts';
import { countChanges, type Plan, streamPlan } from '../../changes/plan/plan.ts';
import { withRunLock } from '../../changes/runs/exclusive.ts';
import { isOffboarding } from '../../changes/runs/give-back.ts';
import { isDone, itemsWithState } from '../../changes/runs/outcomes.ts';
import { readPlanFile } from '../../changes/runs/plan-file.ts';
import type { RunHeader, StoredRun } from '../../changes/runs/records.ts';
import { remainingPlan } from '../../changes/runs/remaining.ts';
import { restoredSidsSince } from '../../changes/runs/restored-sids.ts';
import { findUndoOf, loadRun, runPath } from '../../changes/runs/run-store.ts';
import { affectedUsers, earlierKeys, invertRun } from '../../changes/runs/undo.ts';
import { bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { checkPlanTarget, newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import type { Organization } from '../../organization/organization.ts';
import type { UserReference } from '../../organization/references.ts';
import type { UserIndex } from '../../organization/users.ts';
import { usageError } from '../../platform/core/errors.ts';
import { prepareForLongLists } from '../../platform/core/long-lists.ts';
import { together } from '../../platform/core/side-by-side.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { ApiReader } from '../../twilio/mutation.ts';
import { adviceForUndo } from './shared/guard-advice.ts';
import { agreeToGiveBack, type ReactivateFlags, reactivateFlag } from './shared/reactivate.ts';
import { mustNameRun, runArg, whichRun } from './shared/which-run.ts';

export const undoCommand = defineCommand({
  name: 'runs undo',
  summary: 'Undo a run; what was changed again since stays as it is',
  args: { run: runArg('undo') },
  flags: { ...bulkFlags, ...reactivateFlag },
  scopes: 'as-sent',
  effect: 'removes',
  examples: [
    'twilio-org runs undo last --dry-run',
    'twilio-org runs undo 20260314-091500123-4f2a',
    'twilio-org runs undo last --yes --reactivate',
  ],
  run: (ctx, { run, flags }) => undo(ctx, run, flags),
});

async function undo(ctx: Context, named: string, flags: ReactivateFlags): Promise<void> {
  mustNameRun(ctx, named);
  ctx.requireConfirmable('This undoes a run');
  prepareForLongLists();
  const run = await whichRun(ctx, named, 'undo');
  const file = runPath(ctx.configDir, run);
  await checkPlanTarget(ctx, await undoableHeader(ctx, run));
  await withRunLock(ctx, file, ctx.flags.dryRun === true, () => takeBack(ctx, file, flags));
}

/** The header of a run that can be undone. The run itself is read again under its lock. */
async function undoableHeader(ctx: Context, run: string): Promise<RunHeader> {
  const kept = await loadRun(ctx.configDir, run, ctx.messages.warn);
  await mustBeUndoable(kept);
  return kept.head;
}

async function takeBack(ctx: Context, file: string, flags: ReactivateFlags): Promise<void> {
  const { head, plan, closes } = await planUndo(ctx, file, flags);
  await reviewAndRun(ctx, plan, flags, {
    title: `${head.run} will be undone (${head.command})`,
    ...adviceForUndo,
    ...(closes ? { undoes: head.run } : {}),
  });
}

interface UndoPlan {
  /** Of the run to undo. */
  head: RunHeader;
  plan: Plan;
  /** True where the undo is recorded as that of its run. */
  closes: boolean;
}

/** A function of its own, so that nothing but the plan keeps the run and its users in memory. */
async function planUndo(ctx: Context, file: string, flags: ReactivateFlags): Promise<UndoPlan> {
  const kept = await readPlanFile(file);
  const { head } = kept;
  const organization = await ctx.organization();
  organization.refresh();
  organization.users.pack();
  for (const line of await lookUpOpen(organization.reader, kept)) ctx.messages.warn(line);
  await sayWhatStays(ctx, kept);
  const ids = await affectedUsers(kept);
  const { steps } = kept.plan;
  if (steps['create-assignment'] + steps['delete-assignment'] > 0) organization.roles.begin();
  const [directory, holdings] = await together(
    usersOf(organization, ids, await earlierKeys(kept)),
    organization.assignments.of(ids),
  );
  const restoredSids = await restoredSidsSince(ctx.configDir, head.run);
  let source: { kept: StoredRun; now: UndoState } | undefined = {
    kept,
    now: { directory, holdings, restoredSids },
  };
  const plan = await streamPlan(await newPlanHeader(ctx, head.columns, 'undone'), () => {
    if (source === undefined) throw new Error('The plan was released');
    return invertRun(source.kept, source.now);
  });
  plan.release = () => {
    source = undefined;
  };
  const closes = countChanges(plan) > 0 || (await isOpen(ctx, kept));
  if (countChanges(plan) === 0) ctx.messages.note('Nothing is left to undo');
  await agreeToGiveBack(ctx, { plan, directory, ofOffboarding: isOffboarding(head) }, flags);
  return { head, plan, closes };
}

/** The users of a run, and those who have their earlier addresses and external ids now, as far as the login may list users. */
async function usersOf(
  { users }: Organization,
  ids: readonly string[],
  keys: readonly UserReference[],
): Promise<UserIndex> {
  const references = ids.map((id) => ({ id }));
  try {
    return await users.named([...references, ...keys]);
  } catch (error) {
    if (!isNotListable(error)) throw error;
    return users.named(references);
  }
}

/** Refuses a run of `api`: neither its request nor the earlier state is recorded. */
async function mustBeUndoable(kept: StoredRun): Promise<void> {
  for await (const { item, steps } of itemsWithState(kept)) {
    for (const [number, step] of item.steps.entries()) {
      const end = steps[number];
      const isUnsent = end?.type === 'outcome' && (end.status === 'failed' || end.status === 'not sent');
      if (step.do !== 'send-request' || end === undefined || isUnsent) continue;
      throw usageError(
        `${describeChange(step)} was sent with \`twilio-org api\`. Such a run can't be undone, because the earlier state is not recorded`,
        'Nothing was sent. Check the current state with `twilio-org api GET`, then send the request that corrects it. To undo an earlier run, name it as `twilio-org runs list` does',
      );
    }
  }
}

/** True when an undo must be recorded although it changes nothing, because the run could otherwise be resumed. */
async function isOpen(ctx: Context, kept: StoredRun): Promise<boolean> {
  const { run, undoes } = kept.head;
  if (undoes === undefined && (await remainingPlan(kept)).size === 0) return false;
  return (await findUndoOf(ctx.configDir, run)) === undefined;
}

/**
 * Looks up the changes whose outcome is unknown, so that those that took effect are undone as well. Returns a line for each
 * that stays unclear.
 */
async function lookUpOpen(api: ApiReader, kept: StoredRun): Promise<string[]> {
  const unclear: string[] = [];
  let item = 0;
  for await (const { item: planned, steps } of itemsWithState(kept)) {
    let madeUser: string | undefined;
    for (const [step, one] of planned.steps.entries()) {
      let last = steps[step];
      if (last?.type === 'intent' || last?.status === 'unknown') {
        if (!kindOf(one).isVerifiable(one)) {
          unclear.push(`Not undone, because it may not have happened: ${describeChange(one)}`);
          continue;
        }
        const standing = await checkStatus(one, madeUser, api);
        if (standing.is === 'done') {
          last = { type: 'outcome', item, step, status: 'done', at: last.at, ...standing.made };
          steps[step] = last;
          kept.state.set(item, steps);
        }
        if (standing.is === 'superseded')
          unclear.push(
            `Not undone, because it may not have happened: ${describeChange(one)} (${standing.why})`,
          );
      }
      if (one.do === 'create-user' && last?.type === 'outcome') madeUser = last.sid;
    }
    item += 1;
  }
  return unclear;
}

/** Says first what an undo can't take back. */
async function sayWhatStays(ctx: Context, kept: StoredRun): Promise<void> {
  let created = 0;
  for await (const { item, steps } of itemsWithState(kept)) {
    for (const [number, step] of item.steps.entries()) {
      const last = steps[number];
      if (isDone(last) && !last.found && step.do === 'create-user') created += 1;
    }
  }
  if (created > 0) {
    ctx.messages.say(
      `${created} ${created === 1 ? 'user was' : 'users were'} created and got a welcome e-mail. An undo can only deactivate them`,
    );
  }
}
