import { defineCommand } from '../../cli/command.ts';
import { listLimit, sidsFlag } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList, withSids } from '../../cli/output/list-output.ts';
import { scopeNames } from '../../cli/output/scope-names.ts';
import { assignmentPeople, type PersonalAssignment } from '../../cli/output/views.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { type Holding, holdingsOf } from '../../organization/permissions/holders.ts';
import { parseRoleReference } from '../../organization/references.ts';
import { requireRole } from '../../organization/roles.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import type { Column, View } from '../../platform/terminal/view.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { fullName, type User } from '../../twilio/users.ts';
import { inWords, noteAssumption, questionFlags, readPlace, roleNamer } from './shared/question.ts';

const flags = defineFlags({
  role: { value: 'role', summary: 'holds this role: SID or name', repeats: true },
  ...questionFlags,
  active: { summary: 'leave out users who are inactive' },
  sids: sidsFlag,
  limit: listLimit,
  exitCode: { summary: 'exit with 12 when an answer is undecided' },
});

export const whoCommand = defineCommand({
  name: 'access who',
  summary: 'List who holds a role, or who may do something',
  flags,
  scopes: {
    'role-assignments/list': [alwaysNeeded],
    'managed-users/list': [alwaysNeeded],
    'roles/list': [alwaysNeeded],
  },
  effect: 'reads',
  examples: [
    'twilio-org access who --role Admin',
    'twilio-org access who --can /twilio/iam/roles --scope org --active',
  ],
  run: (ctx, { flags }) => who(ctx, flags),
});

type WhoFlags = FlagsOf<typeof flags>;

/** One person, role and place, under the names of a role assignment. */
interface Row extends PersonalAssignment {
  active: boolean | null;
  how: Holding['how'];
  answer: Holding['answer'];
  allow: string | null;
  doubts: Holding['doubts'];
  assumed_inheritance: 'yes' | 'no' | null;
}

const fields = [
  'user_name',
  'identity',
  'active',
  'role_name',
  'role_sid',
  'scope',
  'resource_type',
  'resource_id',
  'how',
  'answer',
  'doubts',
  'allow',
  'assumed_inheritance',
  'sid',
];
const columns = [
  'user_name',
  'role_name',
  'scope',
  'resource_type',
  'resource_id',
  'how',
  'answer',
  'active',
];
const view: View = { fields, columns };

async function who(ctx: Context, options: WhoFlags): Promise<void> {
  ctx.out.checkFields(view);
  const { role = [], can } = options;
  if (role.length === 0 && can === undefined) {
    throw usageError('Whose access?', 'Give --role ROLE, or --can PERMISSION such as /twilio/messaging/*');
  }
  const wantedRoles = role.map(parseRoleReference);
  const place = await readPlace(ctx, options);
  const organization = await ctx.organization();
  const [index, users, assignments] = await Promise.all([
    organization.roles.expanded(),
    organization.users.list(),
    assignmentsIn(ctx, place.scope, options),
  ]);
  const roles =
    wantedRoles.length === 0
      ? undefined
      : new Set(wantedRoles.map((text) => requireRole(index.roles, text).sid.toLowerCase()));
  const rows: Row[] = [];
  const people = new Map(users.map((user) => [user.id.toLowerCase(), user]));
  const nameOf = roleNamer(ctx, index);
  for (const [identity, own] of byIdentity(assignments)) {
    const user = people.get(identity);
    if (options.active && user?.active === false) continue;
    const held = own.map((assignment) => ({ assignment, role: index.find(assignment.role_sid) }));
    for (const holding of holdingsOf(held, { ...place, wanted: can, roles }))
      rows.push(rowOf(holding, user, nameOf, ctx.out.format.forPeople, options));
  }
  noteAssumption(ctx, options);
  const undecided = rows.filter(({ answer }) => answer === 'undecided').length;
  const listed = ctx.out.format.forPeople
    ? { ...view, people: { list: await peopleColumns(ctx, undecided > 0) } }
    : view;
  await printList(ctx, withSids(listed, options.sids), rows.toSorted(inOrder), {
    limit: options.limit,
    noun: 'role assignments that answer this',
  });
  if (undecided === 0) return;
  const message = `${undecided} of ${rows.length} are undecided, and are listed last: ${inWords(rows.flatMap(({ doubts }) => doubts))}`;
  if (options.exitCode) throw new AppError('undecided', message);
  ctx.messages.note(message);
}

/** Roles of the organization may apply in an account, so they are read as well unless that is excluded. */
async function assignmentsIn(
  ctx: Context,
  scope: string | undefined,
  { assumeInheritance }: WhoFlags,
): Promise<RoleAssignment[]> {
  const { assignments } = await ctx.organization();
  if (scope === undefined) return assignments.list();
  const { organizationSid } = await ctx.settings();
  if (!scope.startsWith('AC') || assumeInheritance === 'no') return assignments.where({ scope });
  if (organizationSid === undefined) return assignments.list();
  const both = [scope, organizationSid].map((each) => assignments.where({ scope: each }));
  return (await Promise.all(both)).flat();
}

function byIdentity(assignments: readonly RoleAssignment[]): Map<string, RoleAssignment[]> {
  const groups = new Map<string, RoleAssignment[]>();
  for (const assignment of assignments) {
    const key = assignment.identity.toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [assignment]);
    else group.push(assignment);
  }
  return groups;
}

function rowOf(
  { assignment, answer, how, allow, doubts }: Holding,
  user: User | undefined,
  nameOf: (sid: string) => string | null,
  isForPeople: boolean,
  { assumeInheritance }: WhoFlags,
): Row {
  return {
    ...assignment,
    user_name: user?.userName ?? null,
    ...(isForPeople && user !== undefined ? { full_name: fullName(user) } : {}),
    active: user?.active ?? null,
    role_name: nameOf(assignment.role_sid),
    how,
    answer,
    allow: allow ?? null,
    doubts,
    assumed_inheritance: assumeInheritance ?? null,
  };
}

/** The certain ones first, then by person. */
function inOrder(one: Row, other: Row): number {
  const keys = ({ answer, user_name, identity, role_name, scope }: Row) =>
    [answer === 'yes' ? '0' : '1', user_name?.toLowerCase() ?? `~${identity}`, role_name, scope].join('\0');
  const [a, b] = [keys(one), keys(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

async function peopleColumns(ctx: Context, hasUndecided: boolean): Promise<Column[]> {
  const columns = assignmentPeople(await scopeNames(ctx)).list;
  const [ids, words] = [columns.filter(({ isId }) => isId), columns.filter(({ isId }) => !isId)];
  const how: Column<Row> = { heading: 'How', value: ({ how }) => how, isOptional: true };
  const status: Column<Row> = {
    heading: 'Status',
    value: ({ active }) => (active === false ? 'Inactive' : ''),
  };
  const answer: Column<Row> = {
    heading: 'Answer',
    value: ({ answer }) => (answer === 'yes' ? 'Yes' : 'Undecided'),
  };
  return [...words, how, status, ...(hasUndecided ? [answer] : []), ...ids];
}
