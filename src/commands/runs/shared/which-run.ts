import { mayHaveChanged } from '../../../changes/runs/outcomes.ts';
import { readHeader } from '../../../changes/runs/plan-file.ts';
import type { RunHeader } from '../../../changes/runs/records.ts';
import { remainingPlan } from '../../../changes/runs/remaining.ts';
import { summariesOf } from '../../../changes/runs/run-index.ts';
import { listRuns, loadRun, runPath } from '../../../changes/runs/run-store.ts';
import type { ArgSpec } from '../../../cli/command-info.ts';
import type { Context } from '../../../cli/context.ts';
import { actorIn } from '../../../cli/review/plan-head.ts';
import { AppError } from '../../../platform/core/errors.ts';
import { relativeTime } from '../../../platform/core/time-words.ts';
import type { Choice } from '../../../platform/terminal/prompts.ts';
import { resultOf } from './runs-table.ts';

export type Purpose = 'show' | 'resume' | 'undo';

/** The name of a run, trimmed; `last` in any case. */
function parseRunName(text: string): string {
  const name = text.trim();
  return /^last$/i.test(name) ? 'last' : name;
}

/** The argument that names a run. */
export function runArg(purpose: Purpose) {
  return {
    summary: `name of a run, as \`runs list\` shows it, or \`last\` for your latest${purpose === 'undo' ? ' that changed something' : ''}`,
    parse: parseRunName,
    ask: {
      question: `Which run to ${purpose}?`,
      example: 'last',
      choices: (ctx: Context) => runChoices(ctx, purpose),
    },
  } as const satisfies ArgSpec;
}

/** Maximum of runs to pick from. */
const offered = 100;

/**
 * The run that was named: by its name, or by `last`.
 *
 * `last` is the latest run of this organization, profile and actor. For an undo, runs that are undos, were undone or changed
 * nothing are skipped. Reads the journals.
 */
export async function whichRun(ctx: Context, named: string, purpose: Purpose): Promise<string> {
  mustNameRun(ctx, named);
  return named === 'last' ? latest(ctx, purpose, await belongingHere(ctx, purpose)) : named;
}

/** Refuses, before anything is read, a name that no run can have. */
export function mustNameRun(ctx: Context, named: string): void {
  if (named !== 'last') runPath(ctx.configDir, named);
}

type Bound = Pick<RunHeader, 'profile' | 'organization_sid' | 'api_url'>;

/** Tests for runs of the current login and organization. Showing a run needs no token for that. */
async function belongingHere(ctx: Context, purpose: Purpose): Promise<(run: Bound) => boolean> {
  const { source, profileName, apiUrl, organizationSid } = await ctx.settings();
  const profile = source === 'profile' ? profileName : source;
  const isOfLogin = (run: Bound) => run.profile === profile && run.api_url === apiUrl;
  if (purpose === 'show')
    return (run) =>
      isOfLogin(run) && (organizationSid === undefined || run.organization_sid === organizationSid);
  const identity = await ctx.identity();
  return (run) =>
    isOfLogin(run) &&
    (run.organization_sid === (identity.organizationSid ?? null) ||
      // Runs of older versions do not record an organization that the token alone names.
      (run.organization_sid === null && identity.organizationFrom === 'token'));
}

async function latest(ctx: Context, purpose: Purpose, isHere: (run: Bound) => boolean): Promise<string> {
  const actor = actorIn(ctx);
  const undone = new Map<string, string>();
  for (const run of await listRuns(ctx.configDir)) {
    const head = await headOrWarning(ctx, run, purpose);
    if (head === undefined) continue;
    const by = undone.get(run);
    if (head.undoes !== undefined && by === undefined) undone.set(head.undoes, run);
    // Runs of older versions record no actor.
    if (!isHere(head) || (head.actor !== undefined && head.actor !== actor)) continue;
    if (purpose === 'undo') {
      if (head.undoes !== undefined) continue;
      if (by !== undefined) {
        await mustBeFinished(ctx, run, by);
        continue;
      }
      if (!mayHaveChanged(await loadRun(ctx.configDir, run, ctx.messages.warn))) {
        ctx.messages.note(`Skipped ${run}, which changed nothing: ${inWords(head)}`);
        continue;
      }
    }
    if (purpose !== 'show') ctx.messages.note(lastRun(ctx, run, head));
    return run;
  }
  const nothing = purpose === 'undo' ? 'No run that could be undone' : 'No run';
  throw new AppError('not-found', `${nothing} of ${actor} with this login and organization is kept here`, {
    hint: 'To see the runs recorded on this machine: twilio-org runs list',
  });
}

/** A run that can't be read may be the latest. Showing an earlier one instead is harmless; undoing it is not. */
async function headOrWarning(ctx: Context, run: string, purpose: Purpose): Promise<RunHeader | undefined> {
  try {
    return await readHeader(runPath(ctx.configDir, run));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (purpose === 'show') {
      ctx.messages.warn(error.message);
      return undefined;
    }
    throw new AppError('failure', `${error.message}. So the last run is not known`, {
      hint: 'Nothing was sent. Name the run, as `twilio-org runs list` does',
    });
  }
}

/** Refuses to undo an earlier run while the undo of the last one is unfinished: a repeated command means the same run. */
async function mustBeFinished(ctx: Context, run: string, by: string): Promise<void> {
  const left = await remainingPlan(await loadRun(ctx.configDir, by, ctx.messages.warn));
  if (left.size === 0) return;
  throw new AppError('conflict', `The undo of the last run, ${run}, is not finished. Nothing was changed`, {
    hint: `To finish it: twilio-org runs resume ${by}. To undo another run, name it`,
  });
}

/** On a terminal the command comes last, on a line of its own. */
function lastRun({ runtime: { stderr, now } }: Context, run: string, head: RunHeader): string {
  if (!stderr.isTTY) return `The last run is ${run}: ${inWords(head)}`;
  const when = relativeTime(head.planned_at, now()) ?? head.planned_at;
  const by = head.actor === undefined ? '' : ` by ${head.actor}`;
  return `The last run is ${run}, ${when}${by}: ${head.command}`;
}

function inWords(head: RunHeader): string {
  const by = head.actor === undefined ? '' : ` by ${head.actor}`;
  return `${head.command} (${head.planned_at}${by})`;
}

/** The latest runs that may be meant. */
async function runChoices(ctx: Context, purpose: Purpose): Promise<Choice<string>[]> {
  const isHere = await belongingHere(ctx, purpose);
  const found: Choice<string>[] = [];
  const undone = new Map<string, string>();
  const names = await listRuns(ctx.configDir);
  for await (const summary of summariesOf(ctx.configDir, names, ctx.messages.warn)) {
    const { run, undoes, planned_at, command, actor } = summary;
    const undone_by = undone.get(run) ?? null;
    if (undoes !== null && undone_by === null) undone.set(undoes, run);
    if (purpose !== 'show' && (!isHere(summary) || undone_by !== null)) continue;
    found.push({
      name: `${planned_at.slice(0, 16).replace('T', ' ')} UTC  ${command.replace(/^twilio-org /, '')}${actor === null ? '' : `  by ${actor}`}`,
      value: run,
      description: `${run}: ${resultOf({ ...summary, undone_by })}`,
    });
    if (found.length === offered) break;
  }
  return found;
}
