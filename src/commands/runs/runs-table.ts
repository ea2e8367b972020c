import type { RunSummary } from '../../bulk/run-index.ts';
import type { View } from '../../terminal/output.ts';

export type ListedRun = RunSummary & { undone_by: string | null };

interface RunsTable {
  view: View;
  rows: Record<string, string>[];
  /** What all rows have in common, where the terminal has no room to repeat it. */
  common: string | undefined;
}

/** Narrower than this, a day has to do: the name of the run has the time. */
const roomy = 100;

/**
 * Runs as a table for people: when, who, what, and what came of it. On a terminal a profile or an organization that all
 * share is said once instead of in a column.
 *
 * @param width columns of the terminal; undefined where nothing is cut
 */
export function runsTable(runs: readonly ListedRun[], width: number | undefined): RunsTable {
  const isNarrow = width !== undefined && width < roomy;
  const rows = runs.map((run) => ({
    date_utc: run.planned_at.slice(0, isNarrow ? 10 : 16).replace('T', ' '),
    actor: run.actor ?? '',
    profile: profileOf(run),
    organization: organizationOf(run, width),
    command: run.command.replace(/^twilio-org /, ''),
    result: resultOf(run),
    run: run.run,
  }));
  const varies = (name: 'profile' | 'organization') => new Set(rows.map((row) => row[name])).size > 1;
  const hidden = new Set<string>();
  if (rows.every(({ actor }) => actor === '')) hidden.add('actor');
  if (width !== undefined) {
    if (!varies('profile')) hidden.add('profile');
    if (!varies('organization') || (isNarrow && varies('profile'))) hidden.add('organization');
  }
  const [first] = runs;
  const same =
    first === undefined
      ? []
      : [
          ...(hidden.has('profile') ? [`profile ${profileOf(first)}`] : []),
          ...(hidden.has('organization') && !varies('organization')
            ? [`organization ${first.organization_sid ?? 'unknown'}`]
            : []),
        ];
  const columns = Object.keys(rows[0] ?? { run: '' }).filter((name) => !hidden.has(name));
  return {
    view: { fields: columns, columns },
    rows,
    common: same.length === 0 ? undefined : `All with ${same.join(', ')}`,
  };
}

/** Variables instead of a profile are one word here. */
function profileOf({ profile }: RunSummary): string {
  return profile.startsWith('TWILIO_ORG_') ? 'environment' : profile;
}

function organizationOf({ organization_sid }: RunSummary, width: number | undefined): string {
  const sid = organization_sid ?? 'unknown';
  return width === undefined || width >= 160 ? sid : sid.replace(/^(OR)[0-9a-f]+([0-9a-f]{4})$/, '$1…$2');
}

/** What came of a run, in a few words. */
export function resultOf(run: ListedRun): string {
  const counts = [
    [run.created, 'created'],
    [run.changed, 'changed'],
    [run.failed, 'failed'],
    [run.not_tried, 'not tried'],
  ] as const;
  const parts = counts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : []));
  if (parts.length === 0) parts.push(run.unchanged > 0 ? 'unchanged' : 'nothing to do');
  if (run.undone_by !== null) parts.unshift('undone');
  return parts.join(', ');
}
