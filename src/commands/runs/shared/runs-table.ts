import type { RunSummary } from '../../../changes/runs/run-index.ts';
import type { View } from '../../../platform/terminal/output.ts';

export type ListedRun = RunSummary & { undone_by: string | null };

interface RunsTable {
  view: View;
  rows: Record<string, string>[];
  /** Values that all rows share, printed once where the terminal has no room to repeat them. */
  common: string[];
}

/** Narrower tables, in columns, show the day alone: the name of the run has the time. */
const roomy = 100;

/**
 * Runs as a table for people: time, actor, command and outcome. On a terminal, a profile or organization that all rows share is
 * printed once instead of in a column; on a narrow one, a shared actor as well.
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
  // Compares whole SIDs, because two may end alike.
  const varies = (name: 'actor' | 'profile' | 'organization') =>
    new Set(runs.map((run) => (name === 'organization' ? run.organization_sid : run[name]))).size > 1;
  const hidden = new Set<string>();
  if (rows.every(({ actor }) => actor === '') || (isNarrow && !varies('actor'))) hidden.add('actor');
  if (width !== undefined) {
    if (!varies('profile')) hidden.add('profile');
    if (!varies('organization') || (isNarrow && varies('profile'))) hidden.add('organization');
  }
  const [first] = runs;
  const isSame = (name: 'actor' | 'profile' | 'organization') => hidden.has(name) && !varies(name);
  const who = [
    ...(isSame('actor') && first?.actor != null ? [`by ${first.actor}`] : []),
    ...(isSame('profile') && first !== undefined ? [`with ${loginOf(first)}`] : []),
  ].join(' ');
  const where =
    isSame('organization') && first ? `of organization ${first.organization_sid ?? 'unknown'}` : '';
  const columns = Object.keys(rows[0] ?? { run: '' }).filter((name) => !hidden.has(name));
  return {
    view: { fields: columns, columns },
    rows,
    common: [who, where].filter(Boolean).map((text) => `All ${text}`),
  };
}

/** Credentials from variables are one word here. */
function profileOf({ profile }: RunSummary): string {
  return profile.startsWith('TWILIO_ORG_') ? 'environment' : profile;
}

/** The profile of a run, or the variables that its credentials came from. */
export function loginOf({ profile }: Pick<RunSummary, 'profile'>): string {
  return profile.startsWith('TWILIO_ORG_') ? `credentials from ${profile}` : `profile ${profile}`;
}

function organizationOf({ organization_sid }: RunSummary, width: number | undefined): string {
  const sid = organization_sid ?? 'unknown';
  return width === undefined || width >= 160 ? sid : sid.replace(/^(OR)[0-9a-f]+([0-9a-f]{4})$/, '$1…$2');
}

/** The outcome of a run, in a few words. */
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
