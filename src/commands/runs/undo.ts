import type { Command } from 'commander';
import { isBySidAlone, standingOf } from '../../changes/plan/change.ts';
import { described } from '../../changes/plan/describe.ts';
import { changesIn, planOf } from '../../changes/plan/plan.ts';
import { alone } from '../../changes/runs/exclusive.ts';
import { isOffboarding } from '../../changes/runs/give-back.ts';
import { givenAgainSince } from '../../changes/runs/given-again.ts';
import { isDone, itemsWithProgress } from '../../changes/runs/outcomes.ts';
import { readRun } from '../../changes/runs/plan-file.ts';
import type { KeptRun } from '../../changes/runs/records.ts';
import { leftOf } from '../../changes/runs/remaining.ts';
import { readKeptRun, runFile, undoneBy } from '../../changes/runs/run-store.ts';
import { touchedUsers, undoItems } from '../../changes/runs/undo.ts';
import { withBulkFlags } from '../../cli/bulk-flags.ts';
import type { Cli } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { withSelfFlag } from '../../cli/review/confirm-self.ts';
import { mustBelongHere, planHead } from '../../cli/review/plan-head.ts';
import { propose } from '../../cli/review/review.ts';
import { readHoldings } from '../../organization/assignments.ts';
import { readDirectory } from '../../organization/users.ts';
import type { Api } from '../../organization/workspace/api.ts';
import { usageError } from '../../platform/core/errors.ts';
import { agreeToGiveBack, type ReactivateFlags, withReactivateFlag } from './shared/reactivate.ts';
import { mustNameRun, runArgument, runNamed, whichRun } from './shared/which-run.ts';

export function undoCommand(cli: Cli): Command {
  const command = withSelfFlag(
    withReactivateFlag(
      withBulkFlags(
        cli
          .command('undo', 'Take a run back; what others have changed since is left alone')
          .argument('[run]', runArgument, runNamed),
      ),
    ),
  ).action(cli.action(undo));
  return cli.examples(command, [
    'twilio-org runs undo last --dry-run',
    'twilio-org runs undo 20260314-091500123-4f2a',
    'twilio-org runs undo last --yes --reactivate',
  ]);
}

async function undo(ctx: Context, named: string | undefined, flags: ReactivateFlags): Promise<void> {
  mustNameRun(ctx, named, 'undo');
  ctx.mustBeConfirmable();
  const run = await whichRun(ctx, named, 'undo');
  const file = runFile(ctx.configDir, run);
  const kept = await readKeptRun(ctx.configDir, run, ctx.messages.warn);
  await mustBeUndoable(kept);
  await mustBelongHere(ctx, kept.head);
  await alone(ctx, file, ctx.flags.dryRun === true, () => takeBack(ctx, file, flags));
}

async function takeBack(ctx: Context, file: string, flags: ReactivateFlags): Promise<void> {
  const kept = await readRun(file);
  const { run, command, columns } = kept.head;
  const api = await ctx.api();
  for (const line of await lookUpOpen(api, kept)) ctx.messages.warn(line);
  await sayWhatStays(ctx, kept);
  const ids = await touchedUsers(kept);
  const now = {
    directory: await readDirectory(
      api,
      ids.map((id) => ({ id })),
    ),
    holdings: await readHoldings(api, ids, []),
    givenAgain: await givenAgainSince(ctx.configDir, run),
  };
  const items = await undoItems(kept, now);
  const plan = planOf(await planHead(ctx, columns, 'undone'), items);
  const closes = changesIn(plan) > 0 || (await isOpen(ctx, kept));
  if (changesIn(plan) === 0) ctx.messages.note('Nothing is left to undo');
  const { directory } = now;
  await agreeToGiveBack(ctx, { plan, directory, ofOffboarding: isOffboarding(kept.head) }, flags);
  await propose(ctx, plan, flags, {
    title: `${run} is taken back (${command})`,
    ...(closes ? { undoes: run } : {}),
  });
}

/** Refuses a run of `api`: neither what the request held nor what was there before is kept. */
async function mustBeUndoable(kept: KeptRun): Promise<void> {
  for await (const { item, steps } of itemsWithProgress(kept)) {
    for (const [number, step] of item.steps.entries()) {
      const end = steps[number];
      const isUnsent = end?.type === 'outcome' && (end.status === 'failed' || end.status === 'not sent');
      if (step.do !== 'send-request' || end === undefined || isUnsent) continue;
      throw usageError(
        `${described(step)} was sent with \`twilio-org api\`, and such a run can't be undone: what was there before is not kept`,
        'Nothing was sent. Look at what is there now with `twilio-org api GET`, and send the request that sets it right. To undo an earlier run, name it as `twilio-org runs list` does',
      );
    }
  }
}

/** Whether it matters that a run was taken back, also where it has changed nothing: resuming would go on with it. */
async function isOpen(ctx: Context, kept: KeptRun): Promise<boolean> {
  const { run, undoes } = kept.head;
  if (undoes === undefined && (await leftOf(kept)).size === 0) return false;
  return (await undoneBy(ctx.configDir, run)) === undefined;
}

/**
 * What nobody knows the outcome of is looked up first: what took effect is undone as well. Gives a line for each of which
 * looking does not tell.
 */
async function lookUpOpen(api: Api, kept: KeptRun): Promise<string[]> {
  const unclear: string[] = [];
  let item = 0;
  for await (const { item: planned, steps } of itemsWithProgress(kept)) {
    let madeUser: string | undefined;
    for (const [step, one] of planned.steps.entries()) {
      let last = steps[step];
      if (last?.type === 'intent' || last?.status === 'unknown') {
        if (isBySidAlone(one)) {
          unclear.push(`Left alone, because it may not have happened: ${described(one)}`);
          continue;
        }
        const standing = await standingOf(one, madeUser, api);
        if (standing.is === 'done') {
          last = { type: 'outcome', item, step, status: 'done', at: last.at, ...standing.made };
          steps[step] = last;
          kept.progress.set(item, steps);
        }
        if (standing.is === 'overtaken')
          unclear.push(`Left alone, because it may not have happened: ${described(one)} (${standing.why})`);
      }
      if (one.do === 'create-user' && last?.type === 'outcome') madeUser = last.sid;
    }
    item += 1;
  }
  return unclear;
}

/** What no undo brings back comes first. */
async function sayWhatStays(ctx: Context, kept: KeptRun): Promise<void> {
  let created = 0;
  for await (const { item, steps } of itemsWithProgress(kept)) {
    for (const [number, step] of item.steps.entries()) {
      const last = steps[number];
      if (isDone(last) && !last.found && step.do === 'create-user') created += 1;
    }
  }
  if (created > 0) {
    ctx.messages.say(
      `${created} ${created === 1 ? 'user was' : 'users were'} created and got a welcome e-mail, which can't be undone: they can only be deactivated`,
    );
  }
}
