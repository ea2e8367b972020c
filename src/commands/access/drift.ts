import { compareDeclaredAccess } from '../../changes/declared/compare.ts';
import type { DeclaredChange } from '../../changes/planners/declared-access.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList } from '../../cli/output/list-output.ts';
import { type ScopeNames, scopeNames } from '../../cli/output/scope-names.ts';
import { alwaysNeeded, namingUsers } from '../../cli/scope-conditions.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize, shellQuote } from '../../platform/core/text.ts';
import type { Column, View } from '../../platform/terminal/view.ts';
import { directoryArg } from './shared/declared.ts';
import { grantColumns } from './shared/grant-columns.ts';

const columns = [
  'user_name',
  'role_name',
  'scope',
  'resource_type',
  'resource_id',
  'drift',
  'why',
  'because',
];
const view: View = { fields: [...columns, 'identity', 'role_sid', 'sid'], columns };

const flags = defineFlags({ exitCode: { summary: 'exit with 10 when there is drift' } });

export const driftCommand = defineCommand({
  name: 'access drift',
  summary: 'Show how the organization differs from the files',
  args: directoryArg,
  flags,
  scopes: { ...namingUsers, 'role-assignments/list': [alwaysNeeded], 'roles/list': [alwaysNeeded] },
  effect: 'reads',
  examples: ['twilio-org access drift access', 'twilio-org access drift access --exit-code -o json'],
  run: (ctx, { directory, flags }) => drift(ctx, directory, flags),
});

interface Row {
  user_name: string;
  identity: string;
  role_name: string | null;
  role_sid: string;
  scope: string;
  resource_type: string | null;
  resource_id: string | null;
  drift: DeclaredChange['drift'];
  /** The line of a file that owns or lists it. */
  why: string;
  because: string | null;
  /** Null for an assignment that is missing. */
  sid: string | null;
}

async function drift(ctx: Context, directory: string, { exitCode }: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  const { changes, warnings } = await compareDeclaredAccess(ctx, directory, { onlyAdd: false });
  for (const warning of warnings) ctx.messages.warn(warning);
  const people = ctx.out.format.forPeople ? { list: columnsForPeople(await scopeNames(ctx)) } : undefined;
  await printList(ctx, { ...view, people }, changes.map(rowOf), { noun: 'differences' });
  if (!exitCode || changes.length === 0) return;
  const quoted = shellQuote(directory);
  throw new AppError(
    'differences',
    `The organization differs from ${directory} in ${pluralize(changes.length, 'role')}`,
    {
      hint: `To go back to the files: twilio-org access apply ${quoted}. To keep the differences: twilio-org access pull ${quoted} --update`,
    },
  );
}

function rowOf({ item: { row }, drift }: DeclaredChange): Row {
  const text = (value: unknown) => (value == null ? null : String(value));
  return {
    user_name: String(row.userName),
    identity: String(row.id),
    role_name: text(row.role),
    role_sid: String(row.role_sid),
    scope: String(row.scope),
    resource_type: text(row.resource_type),
    resource_id: text(row.resource_id),
    drift,
    why: String(row.why),
    because: text(row.because),
    sid: text(row.sid),
  };
}

function columnsForPeople(scopes: ScopeNames): Column<Row>[] {
  return [
    { heading: 'Who', value: 'user_name' },
    { heading: 'Drift', value: 'drift' },
    ...grantColumns(scopes),
    { heading: 'Why', value: ({ why, because }) => [why, because].filter(Boolean).join('; ') },
    { heading: 'SID', value: 'sid', isId: true },
    { heading: 'User SID', value: 'identity', isId: true },
    { heading: 'Role SID', value: 'role_sid', isId: true },
  ];
}
