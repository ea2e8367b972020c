import type { Context } from '../../../cli/context.ts';
import { scopeNames } from '../../../cli/output/scope-names.ts';
import type { Finding } from '../../../organization/lint/finding.ts';
import type { Column, Look, View } from '../../../platform/terminal/view.ts';

const columns = [
  'severity',
  'rule',
  'message',
  'fix',
  'state',
  'answer',
  'person.userName',
  'person.sid',
  'role.name',
  'role.sid',
  'scope',
  'fingerprint',
];

/** Findings under the names of {@link Finding}. */
export const findingView: View = {
  fields: [
    ...columns,
    'scope_name',
    'assignment_sids',
    'doubts',
    'place.file',
    'place.line',
    'place.column',
    'because',
    'until',
  ],
  columns,
  people: {
    // A command must stand in one line to be copied.
    isBlocks: true,
    list: [
      { heading: 'Finding', value: 'message', isWhole: true },
      {
        heading: 'Rule',
        value: ({ severity, rule }: Finding) => `${rule} (${severity})`,
        look: (text) => looks.find(([word]) => text.endsWith(`(${word})`))?.[1],
      },
      { heading: 'State', value: stateInWords },
      { heading: 'Fix', value: 'fix', isWhole: true },
    ] satisfies Column<Finding>[],
  },
};

const looks: readonly [Finding['severity'], Look][] = [
  ['error', 'red'],
  ['warning', 'warning'],
  ['note', 'dim'],
];

function stateInWords({ state, answer, because, until }: Finding): string | undefined {
  if (state === 'suppressed') return `Suppressed until ${until}: ${because}`;
  if (state === 'baseline') return 'In the baseline';
  return answer === 'undecided' ? 'Undecided' : undefined;
}

/** The name of a scope for rules and messages; undefined where none is known. */
export async function scopeNamer(ctx: Context): Promise<(sid: string) => string | undefined> {
  return (await scopeNames(ctx)).plainNameOf;
}
