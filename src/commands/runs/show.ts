import { describeChange } from '../../changes/plan/describe.ts';
import { formatTotals, itemsWithState, summarizeItem, totalsOf } from '../../changes/runs/outcomes.ts';
import { withResultsFile } from '../../changes/runs/results-file.ts';
import { findUndoOf, listRuns, loadRun } from '../../changes/runs/run-store.ts';
import { defineCommand } from '../../cli/command.ts';
import { resultsFile } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import type { View } from '../../platform/terminal/output.ts';
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

async function show(ctx: Context, named: string, { results }: FlagsOf<typeof flags>): Promise<void> {
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
  const view: View = { fields, columns };
  ctx.out.checkFields(view);
  ctx.messages.note(
    `Run ${run}: ${head.command}`,
    `Planned ${head.planned_at} by ${head.actor ?? 'an unknown person'} with ${loginOf(head)}, app ${head.client_id ?? 'unknown'}, organization ${head.organization_sid ?? 'unknown'} at ${head.api_url}`,
  );
  for (const { at, actor = 'an unknown person', client_id = 'unknown' } of kept.resumed) {
    ctx.messages.note(`Resumed ${at} by ${actor}, app ${client_id}`);
  }
  if (head.undoes !== undefined) {
    const isThere = (await listRuns(ctx.configDir)).includes(head.undoes);
    ctx.messages.note(`It undoes ${head.undoes}${isThere ? '' : ', whose record was removed'}`);
  }
  const by = await findUndoOf(ctx.configDir, run);
  if (by !== undefined) ctx.messages.note(`This run was undone by ${by}`);
  await withResultsFile(ctx, results, plan, ctx.flags.dryRun === true, async (onResult) => {
    async function* rows() {
      for await (const { item, steps } of itemsWithState(kept)) {
        const change = item.steps.map((step) => describeChange(step, label)).join(', then ');
        /** Time of the last outcome, which may be long after the plan. */
        const at = steps.map((step) => step?.at ?? '').reduce((a, b) => (a > b ? a : b), '');
        const result = summarizeItem(item, steps, head);
        await onResult?.(item, result);
        yield { ...item.row, change, ...result, ...(at === '' ? {} : { at }) };
      }
    }
    await ctx.out.list(view, rows());
  });
  ctx.messages.note(formatTotals(await totalsOf(kept), plan.size));
}
