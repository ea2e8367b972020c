import { allPeopleOf, type RunSummary, summariesOf } from '../../changes/runs/run-index.ts';
import { type Names, personFilter } from '../../changes/runs/run-people.ts';
import { listRuns } from '../../changes/runs/run-store.ts';
import { defineCommand } from '../../cli/command.ts';
import { listLimit } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList } from '../../cli/output/list-output.ts';
import { parseUserReference, type UserReference } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';
import { commandFilter } from './shared/command-filter.ts';
import { periodOf } from './shared/period.ts';
import { type ListedRun, runsTable } from './shared/runs-table.ts';

const columns = ['run', 'command', 'created', 'changed', 'failed', 'not_tried', 'planned_at'];
const columnsOfLogin = ['actor', 'profile', 'organization_sid'];
const others = ['verb', 'unchanged', 'client_id', 'api_url', 'program', 'undoes', 'undone_by'];
const view: View = {
  fields: [...columns, ...columnsOfLogin, ...others],
  columns: [...columns, ...columnsOfLogin],
};

const flags = defineFlags({
  since: { value: 'time', summary: 'only runs from this day on (UTC): 2026-03-14, 7d, yesterday' },
  until: { value: 'time', summary: 'only runs up to this day (UTC)' },
  user: { value: 'user', summary: 'only runs that affected this user: SID, e-mail address or external:ID' },
  command: {
    value: 'command',
    summary: 'only runs of this command or group, such as "users deactivate" or users',
  },
  limit: listLimit,
});

export const listCommand = defineCommand({
  name: 'runs list',
  summary: 'List the changes made from this machine, latest first: when, by whom, and their outcome',
  flags,
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org runs list --since 7d',
    'twilio-org runs list --user ada@example.com -o json',
    'twilio-org runs list --command "role-assignments create" --since 2026-03-01 --until 2026-03-31',
  ],
  run: (ctx, { flags }) => list(ctx, flags),
});

async function list(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  const { limit, since, until } = options;
  ctx.out.checkFields(view);
  const period = periodOf(since, until, ctx.runtime.now());
  const isOfCommand =
    options.command === undefined ? () => true : commandFilter(await ctx.program(), options.command);
  if (options.user !== undefined) parseUserReference(options.user);
  const names = await listRuns(ctx.configDir);
  if (since !== undefined || until !== undefined) ctx.messages.note(`Runs ${period.text}, in UTC`);
  const touches = options.user === undefined ? undefined : await userFilter(ctx, options.user, names);
  const wanted = async (summary: RunSummary) =>
    period.includes(Date.parse(summary.planned_at)) &&
    isOfCommand(summary.verb) &&
    (touches === undefined || (await touches(summary)));
  // A filter on people has read all runs, and warned of those that cannot be read.
  const warn = touches === undefined ? ctx.messages.warn : () => undefined;
  const runs = listed(ctx.configDir, names, warn, wanted);
  if (!ctx.out.format.forPeople || ctx.flags.fields !== undefined)
    return printList(ctx, view, members(runs), { limit, noun: 'runs' });
  const rows: ListedRun[] = [];
  for await (const run of runs) {
    rows.push(run);
    // Reads one more than it shows, so that a note can say that there are more.
    if (limit !== undefined && rows.length > limit) break;
  }
  const { stdout } = ctx.runtime;
  const table = runsTable(rows, stdout.isTTY ? stdout.columns || 80 : undefined);
  ctx.messages.note(...table.common);
  await printList(ctx, { ...view, people: table.people }, rows, { limit, noun: 'runs' });
}

async function* listed(
  configDir: string,
  names: readonly string[],
  warn: (text: string) => void,
  wanted: (summary: RunSummary) => Promise<boolean>,
): AsyncGenerator<ListedRun> {
  const undone = new Map<string, string>();
  for await (const summary of summariesOf(configDir, names, warn)) {
    const undone_by = undone.get(summary.run) ?? null;
    // An undo is later than its run, and so was seen before. An undo that was undone does not count.
    if (summary.undoes !== null && undone_by === null) undone.set(summary.undoes, summary.run);
    if (await wanted(summary)) yield { ...summary, undone_by };
  }
}

/** The members of runs in JSON and tab-separated lines, without those that are unknown. */
async function* members(runs: AsyncIterable<ListedRun>): AsyncGenerator<Record<string, unknown>> {
  for await (const { people: _, undoes, undone_by, command, client_id, ...run } of runs) {
    yield {
      ...run,
      // All begin with the program's name.
      command: command.replace(/^twilio-org /, ''),
      ...(client_id === null ? {} : { client_id }),
      ...(undoes === null ? {} : { undoes }),
      ...(undone_by === null ? {} : { undone_by }),
    };
  }
}

/** Finds the runs that concern a person, whatever name each run has for them. */
async function userFilter(
  ctx: Context,
  text: string,
  names: readonly string[],
): Promise<(summary: RunSummary) => Promise<boolean>> {
  const all: Names[][] = [];
  const here: Names[][] = [];
  const organizationSid = await organizationHere(ctx);
  for await (const summary of summariesOf(ctx.configDir, names, ctx.messages.warn)) {
    const people = await allPeopleOf(ctx.configDir, summary);
    all.push(people);
    if (summary.organization_sid === (organizationSid ?? null)) here.push(people);
  }
  const reference = parseUserReference(text);
  const known =
    'id' in reference || personFilter(text, here).ids.size > 0 ? [] : await lookedUp(ctx, reference);
  const { matches } = personFilter(text, all, known);
  return async (summary) => matches(await allPeopleOf(ctx.configDir, summary));
}

/** Returns undefined for broken settings, because runs can be listed without them. */
async function organizationHere(ctx: Context): Promise<string | undefined> {
  try {
    return (await ctx.settings()).organizationSid;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** Looks up the SID of a person whom no run names together with their SID. Warns where that fails: listing runs needs no login. */
async function lookedUp(ctx: Context, reference: UserReference): Promise<string[]> {
  try {
    return [(await (await ctx.organization()).users.get(reference)).id];
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'cancelled') throw error;
    if (error.kind !== 'not-found')
      ctx.messages.note(
        `Runs that name this person by SID alone are missing, because Twilio could not be asked: ${error.message}`,
      );
    return [];
  }
}
