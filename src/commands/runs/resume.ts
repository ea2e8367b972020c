import type { Command } from 'commander';
import { checkGuards, withGuardFlags } from '../../changes/guards/check.ts';
import { mustBeKeptWhole } from '../../changes/plan/change.ts';
import { goOn, type RunOptions } from '../../changes/runs/execute.ts';
import {
  makeRunFolder,
  type RunHead,
  readKeptRun,
  readRun,
  runFile,
  undoneBy,
} from '../../changes/runs/journal.ts';
import { leftOf } from '../../changes/runs/outcomes.ts';
import type { Cli } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { confirmSelf, withSelfFlag } from '../../cli/review/confirm-self.ts';
import { planHead } from '../../cli/review/dry-run.ts';
import { type BulkFlags, flowOf, resultView, showPlan, withFlowFlags } from '../../cli/review/review.ts';
import { AppError } from '../../platform/core/errors.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { reportView, withReport } from '../../reports/offboarding.ts';
import { runArgument, runNamed, whichRun } from './shared/which-run.ts';

export function resumeCommand(cli: Cli): Command {
  const command = withSelfFlag(
    withFlowFlags(
      withGuardFlags(
        cli
          .command('resume', 'Go on with a run: what is done stays, the rest is looked at before it is sent')
          .argument('[run]', runArgument, runNamed),
      ),
    ),
  ).action(cli.action(resume));
  return cli.examples(command, [
    'twilio-org runs resume 20260314-091500123-4f2a',
    'twilio-org runs resume last --yes --quiet',
  ]);
}

async function resume(ctx: Context, named: string | undefined, flags: BulkFlags): Promise<void> {
  const run = await whichRun(ctx, named, 'resume');
  const file = runFile(ctx.configDir, run);
  const { head, plan } = await readKeptRun(ctx.configDir, run, ctx.messages.warn);
  const view = resultView(head);
  ctx.out.checkFields(head.offboarding === undefined ? view : reportView);
  await mustBelongHere(ctx, head);
  if (plan.removals.length > 0) ctx.mustBeConfirmable();
  await alone(ctx, file, async (stillHeld) => {
    const kept = await readRun(file);
    const by = await undoneBy(ctx.configDir, run);
    if (by !== undefined) {
      throw new AppError('conflict', `This run was taken back by ${by}: nothing was changed`, {
        hint: `To finish that: twilio-org runs resume ${by}; to do this again, give its command again: ${head.command}`,
      });
    }
    const left = await leftOf(kept);
    await mustBeKeptWhole(left);
    // What it ended in may have been lost, so it is told again.
    if (left.size === 0) ctx.messages.note('All of it is done: nothing to do');
    if (ctx.flags.dryRun) await showPlan(ctx, left);
    await checkGuards(ctx, left.removals, flags);
    if (ctx.flags.dryRun) return;
    if (left.removals.length > 0)
      await ctx.confirm(`${left.size} of ${plan.size} are left of: ${head.command}`);
    await confirmSelf(ctx, left.removals, flags);
    const { actor, client_id, program } = await planHead(ctx, []);
    const options: RunOptions = { view, summary: true, ...flowOf(ctx, flags) };
    if (left.size > 0) options.resumedBy = { actor, client_id, program };
    await withReport(ctx, plan, (reported) => goOn(ctx, file, kept, { ...options, ...reported }, stillHeld));
  });
}

/** Whoever worked on a run until now may still be writing, or was killed and has left the lock behind. */
export async function alone(
  ctx: Context,
  file: string,
  work: (stillHeld: () => void) => Promise<void>,
): Promise<void> {
  // What changes nothing is in nobody's way.
  if (ctx.flags.dryRun) return work(() => undefined);
  await makeRunFolder(ctx.configDir);
  const waits = () => ctx.messages.note('Another process has worked on this run until now: waiting for it');
  const whileHeld = async (stillHeld: () => void): Promise<void> => {
    const { mayLeave } = ctx.http;
    // An undo has a journal of its own, and with it another lock.
    ctx.http.mayLeave = stillHeld;
    await work(stillHeld).finally(() => {
      ctx.http.mayLeave = mayLeave;
    });
  };
  return withLock(file, whileHeld, { waits, signal: ctx.runtime.signal });
}

/** A run changes only the organization that it was planned for, with the login that it was planned with. */
export async function mustBelongHere(ctx: Context, head: RunHead): Promise<void> {
  // The settings alone tell these, so that a plan of another login costs no token.
  const { source, profileName, apiUrl } = await ctx.settings();
  mustEqual('profile', head.profile, source === 'profile' ? profileName : source);
  mustEqual('API at', head.api_url, apiUrl);
  const { organizationSid, organizationFrom } = await ctx.identity();
  // Runs of older versions do not know an organization that the token alone names.
  if (head.organization_sid === null && organizationFrom === 'token') return;
  mustEqual('organization', head.organization_sid, organizationSid ?? null);
}

function mustEqual(noun: string, planned: string | null, here: string | null): void {
  if (planned === here) return;
  throw new AppError(
    'usage',
    `This was planned for the ${noun} ${planned ?? 'unknown'}, but the present one is ${here ?? 'unknown'}`,
    { hint: 'Pass the --profile, or set the variables, that it was planned with' },
  );
}
