import { defineCommand } from '../../cli/command.ts';
import { listLimit, sidsFlag } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList, withSids } from '../../cli/output/list-output.ts';
import { scopeNames } from '../../cli/output/scope-names.ts';
import { assignmentPeople, type PersonalAssignment } from '../../cli/output/views.ts';
import { readingEverything } from '../../cli/scope-conditions.ts';
import { byIdentity } from '../../organization/assignments.ts';
import { type Holding, holdingsOf } from '../../organization/permissions/holders.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { sortedBy } from '../../platform/core/sorted-by.ts';
import type { Column, View } from '../../platform/terminal/view.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import { fullName, type User } from '../../twilio/users.ts';
import { exitWhenUndecided, peopleFlags, readPeople } from './shared/people-question.ts';
import { doubtsWithAdvice, noteAssumption, readPlace, roleNamer } from './shared/question.ts';

const flags = defineFlags({
  ...peopleFlags,
  sids: sidsFlag,
  limit: listLimit,
  exitCode: exitWhenUndecided,
});

export const whoCommand = defineCommand({
  name: 'access who',
  summary: 'List who holds a role, or who may do something',
  flags,
  scopes: readingEverything,
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
  const place = await readPlace(ctx, options);
  const scopes = place.scope === undefined ? undefined : [place.scope];
  const { roles, people, assignments, wantedRoles } = await readPeople(ctx, scopes, options);
  const rows: Row[] = [];
  const nameOf = roleNamer(ctx, roles);
  // A question about a permission needs all roles of a person: one of them may deny it.
  const isNeeded = ({ role_sid }: RoleAssignment) =>
    can !== undefined || wantedRoles === undefined || wantedRoles.has(canonicalSid(role_sid));
  for (const [identity, own] of byIdentity(assignments.filter(isNeeded))) {
    const user = people.get(identity);
    const held = own.map((assignment) => ({ assignment, role: roles.find(assignment.role_sid) }));
    for (const holding of holdingsOf(held, { ...place, wanted: can, roles: wantedRoles }))
      rows.push(rowOf(holding, user, nameOf, ctx.out.format.forPeople, options));
  }
  noteAssumption(ctx, options);
  const undecided = rows.filter(({ answer }) => answer === 'undecided').length;
  const listed = ctx.out.format.forPeople
    ? {
        ...view,
        people: {
          list: await peopleColumns(ctx, {
            hasUndecided: undecided > 0,
            hasScope: place.scope !== undefined,
          }),
        },
      }
    : view;
  await printList(ctx, withSids(listed, options.sids), sortedBy(rows, orderOf), {
    limit: options.limit,
    noun: 'role assignments that answer this',
  });
  if (undecided === 0) return;
  const [verb, listedLast] = undecided === 1 ? ['is', 'and is listed last'] : ['are', 'and are listed last'];
  const message = `${undecided} of ${rows.length} ${verb} undecided, ${listedLast}: ${doubtsWithAdvice(rows.flatMap(({ doubts }) => doubts))}`;
  if (options.exitCode) throw new AppError('undecided', message);
  ctx.messages.note(message);
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
function orderOf({ answer, user_name, identity, role_name, scope }: Row): string {
  const person = user_name?.toLowerCase() ?? `~${identity}`;
  return `${answer === 'yes' ? '0' : '1'}\0${person}\0${role_name ?? ''}\0${scope ?? ''}`;
}

async function peopleColumns(
  ctx: Context,
  { hasUndecided, hasScope }: { hasUndecided: boolean; hasScope: boolean },
): Promise<Column[]> {
  const columns = assignmentPeople(await scopeNames(ctx)).list;
  const [ids, words] = [columns.filter(({ isId }) => isId), columns.filter(({ isId }) => !isId)];
  const how: Column<Row> = {
    heading: 'How',
    // Without a scope in the question, each role is where its own row says.
    value: ({ how }) => (how === 'here' && !hasScope ? '' : how),
    isOptional: true,
  };
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
