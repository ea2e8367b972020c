import type { RunSummary } from '../../../changes/runs/run-index.ts';
import { shortSid } from '../../../cli/output/scope-names.ts';
import { exactTime, relativeTime } from '../../../platform/core/time-words.ts';
import type { Column, PeopleView } from '../../../platform/terminal/view.ts';

export type ListedRun = RunSummary & { undone_by: string | null };

interface RunsTable {
  people: PeopleView;
  /** Values that all rows share, printed once where the terminal has no room to repeat them. */
  common: string[];
}

/** On narrower terminals, in columns, a shared actor is printed once. */
const roomy = 100;

const columns = {
  when: {
    heading: 'When',
    value: ({ planned_at }, now) => exactTime(planned_at, now),
    short: ({ planned_at }, now) => relativeTime(planned_at, now) ?? planned_at,
  },
  actor: { heading: 'By', value: ({ actor }) => actor },
  profile: { heading: 'Profile', value: profileOf },
  organization: {
    heading: 'Organization',
    value: ({ organization_sid }) => organization_sid ?? 'unknown',
    short: ({ organization_sid }) => shortSid(organization_sid ?? 'unknown'),
  },
  command: { heading: 'Command', value: ({ command }) => command.replace(/^twilio-org /, ''), mayCut: true },
  outcome: {
    heading: 'Outcome',
    value: resultOf,
    look: (text) =>
      /\b(?:failed|not tried)\b/.test(text) ? 'red' : /^undone/.test(text) ? 'dim' : undefined,
  },
  run: { heading: 'Run', value: 'run' },
} as const satisfies Record<string, Column<ListedRun>>;

/**
 * Runs as a table for people: time, actor, command and outcome. On a terminal, a profile or organization that all rows share is
 * printed once instead of in a column; on a narrow one, a shared actor as well.
 *
 * @param width columns of the terminal; undefined where nothing is cut
 */
export function runsTable(runs: readonly ListedRun[], width: number | undefined): RunsTable {
  const isNarrow = width !== undefined && width < roomy;
  // Compares whole SIDs, because two may end alike.
  const varies = (name: 'actor' | 'profile' | 'organization') =>
    new Set(runs.map((run) => (name === 'organization' ? run.organization_sid : run[name]))).size > 1;
  const hidden = new Set<string>();
  if (isNarrow && !varies('actor')) hidden.add('actor');
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
  const list = Object.entries(columns).flatMap(([name, column]) => (hidden.has(name) ? [] : [column]));
  return { people: { list }, common: [who, where].filter(Boolean).map((text) => `All ${text}`) };
}

/** Credentials from variables are one word here. */
function profileOf({ profile }: RunSummary): string {
  return profile.startsWith('TWILIO_ORG_') ? 'environment' : profile;
}

/** The profile of a run, or the variables that its credentials came from. */
export function loginOf({ profile }: Pick<RunSummary, 'profile'>): string {
  return profile.startsWith('TWILIO_ORG_') ? `credentials from ${profile}` : `profile ${profile}`;
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
