import { describeChange, detailsOf, detailText } from '../../changes/plan/describe.ts';
import {
  detailsWithReason,
  type PersonChanges,
  type PlanLabels,
  personOf,
  reasonInRow,
} from '../../changes/plan/people.ts';
import type { Item } from '../../changes/plan/plan.ts';
import {
  formatTotals,
  type ItemResult,
  isFailed,
  itemsWithState,
  summarizeItem,
  totalsOf,
} from '../../changes/runs/outcomes.ts';
import { withResultsFile } from '../../changes/runs/results-file.ts';
import { findUndoOf, listRuns, loadRun } from '../../changes/runs/run-store.ts';
import { defineCommand } from '../../cli/command.ts';
import { resultsFile } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { lookOfResult } from '../../cli/review/plan-summary.ts';
import { personLines } from '../../cli/review/plan-text.ts';
import { isForPerson } from '../../cli/review/sentences.ts';
import { type AccountIndex, noAccounts } from '../../organization/accounts.ts';
import { AppError } from '../../platform/core/errors.ts';
import { prepareForLongLists } from '../../platform/core/long-lists.ts';
import { exactTime } from '../../platform/core/time-words.ts';
import type { View } from '../../platform/terminal/output.ts';
import type { Column, Look } from '../../platform/terminal/view.ts';
import { loginOf } from './shared/runs-table.ts';
import { runArg, whichRun } from './shared/which-run.ts';

const flags = defineFlags({ results: resultsFile });

export const showCommand = defineCommand({
  name: 'runs show',
  summary: 'Show what a run planned to do, and the outcome',
  args: { run: runArg('show') },
  flags,
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org runs show last',
    'twilio-org runs show 20260314-091500123-4f2a -o json --fields change,outcome,reason',
  ],
  run: (ctx, { run, flags }) => show(ctx, run, flags),
});

/** The names of accounts; none where the settings of the login are broken, which a run needs no part of. */
async function accountsForPeople(ctx: Context): Promise<AccountIndex> {
  if (!ctx.out.format.forPeople) return noAccounts;
  try {
    return (await ctx.scopes()).accounts;
  } catch (error) {
    if (error instanceof AppError) return noAccounts;
    throw error;
  }
}

async function show(ctx: Context, named: string, { results }: FlagsOf<typeof flags>): Promise<void> {
  prepareForLongLists();
  const run = await whichRun(ctx, named, 'show');
  const kept = await loadRun(ctx.configDir, run, ctx.messages.warn);
  const { head, plan } = kept;
  const ofApi = plan.steps['send-request'] > 0 ? ['http_status', 'request_id'] : [];
  const fields = [...new Set([...head.columns, 'change', 'outcome', ...ofApi, 'sid', 'reason', 'at'])];
  /** Names at the time of the run: another role may have the name now. */
  const names = new Map(Object.entries(head.role_names ?? {}));
  const label = (sid: string): string => (names.has(sid) ? `${names.get(sid)} (${sid})` : sid);
  // Leaves room in a table for the change.
  const isHidden = (name: string) =>
    ['id', 'at', ...(ofApi.length > 0 ? ['change', 'sid'] : [])].includes(name);
  const columns = fields.filter((name) => !isHidden(name));
  const isOwn = (sid: string) => sid === head.organization_sid;
  const accounts = await accountsForPeople(ctx);
  const accountName = (sid: string) => {
    const name = accounts.find(sid)?.name;
    return name === undefined ? sid : `${name} (${sid})`;
  };
  const labels: PlanLabels = {
    label: (sid) => (isOwn(sid) ? 'org' : (names.get(sid) ?? accountName(sid))),
    person: () => undefined,
  };
  const view: View = {
    fields,
    columns,
    ...(ofApi.length > 0 ? {} : { people: { list: columnsForPeople(labels) } }),
  };
  ctx.out.checkFields(view);
  const inWords = (time: string) => (isForPerson(ctx) ? exactTime(time, ctx.runtime.now()) : time);
  ctx.messages.note(
    `Run ${run}: ${head.command}`,
    `Planned ${inWords(head.planned_at)} by ${head.actor ?? 'an unknown person'} with ${loginOf(head)}, app ${head.client_id ?? 'unknown'}, organization ${head.organization_sid ?? 'unknown'} at ${head.api_url}`,
  );
  for (const { at, actor = 'an unknown person', client_id = 'unknown' } of kept.resumed) {
    ctx.messages.note(`Resumed ${inWords(at)} by ${actor}, app ${client_id}`);
  }
  if (head.undoes !== undefined) {
    const isThere = (await listRuns(ctx.configDir)).includes(head.undoes);
    ctx.messages.note(`It undoes ${head.undoes}${isThere ? '' : ', whose record was removed'}`);
  }
  const by = await findUndoOf(ctx.configDir, run);
  if (by !== undefined) ctx.messages.note(`This run was undone by ${by}`);
  await withResultsFile(ctx, results, plan, ctx.flags.dryRun === true, async (onResult) => {
    const look = isForPerson(ctx) && ofApi.length === 0 ? await lookOfResult(ctx) : undefined;
    async function* rows() {
      for await (const { item, steps } of itemsWithState(kept)) {
        const change = item.steps.map((step) => describeChange(step, label)).join(', then ');
        /** Time of the last outcome, which may be long after the plan. */
        const at = steps.map((step) => step?.at ?? '').reduce((a, b) => (a > b ? a : b), '');
        const result = summarizeItem(item, steps, head);
        await onResult?.(item, result);
        if (look !== undefined) {
          await ctx.out.text(personLines(shownPerson(item, result, labels), look).join('\n'));
          continue;
        }
        const { isFound: _, own: _own, ...shown } = result;
        yield { ...item.row, change, ...shown, ...(at === '' ? {} : { at }), [itemOfRow]: item };
      }
    }
    if (look === undefined) await ctx.out.list(view, rows());
    else for await (const _ of rows());
  });
  ctx.messages.note(formatTotals(await totalsOf(kept), plan.size));
}

/** The changes of an item, with its outcome beside the person. */
function shownPerson(item: Item, { outcome, reason }: ItemResult, labels: PlanLabels): PersonChanges {
  const { line } = item.row;
  const because = reason === undefined ? [] : [reason];
  const needsAttention = isFailed({ outcome }) || outcome === 'not tried';
  return {
    who: personOf(item, item.steps.find((step) => !('whose' in step)) ?? item.steps[0], labels).who,
    name: outcome,
    lines: line === undefined ? [] : [String(line)],
    details: item.steps.flatMap((step) => {
      const details = detailsWithReason(item, step, labels.label);
      const other = 'whose' in step ? step.whose : undefined;
      return other === undefined
        ? details
        : details.map((detail) => ({ ...detail, what: `${detail.what} of ${other}` }));
    }),
    notes: needsAttention ? [] : because,
    warnings: needsAttention ? because : [],
    items: 1,
  };
}

/** The item of a row; as a symbol, it is no part of the output. */
const itemOfRow = Symbol('item');

type ShownItem = ItemResult & { [itemOfRow]: Item };

const outcomeLooks: Readonly<Record<string, Look>> = {
  failed: 'red',
  unknown: 'red',
  unchanged: 'dim',
  'not tried': 'warning',
};

/** The person first, then the changes, a line each, and the outcome. */
function columnsForPeople(labels: PlanLabels): Column<ShownItem>[] {
  return [
    { heading: 'E-mail', value: ({ [itemOfRow]: item }) => personOf(item, item.steps[0], labels).who },
    {
      heading: 'Change',
      value: ({ [itemOfRow]: { steps } }) =>
        steps
          .flatMap((step) => detailsOf(step, labels.label))
          .map((detail) => `${detail.sign} ${detailText(detail)}`),
      look: (text) => (({ '-': 'red', '+': 'green' }) as const)[text[0] as '-' | '+'],
    },
    { heading: 'Why', value: ({ [itemOfRow]: item }) => reasonInRow(item) },
    { heading: 'Outcome', value: 'outcome', look: (text) => outcomeLooks[text] },
    { heading: 'Reason', value: 'reason' },
    { heading: 'SID', value: 'sid', isId: true },
  ];
}
