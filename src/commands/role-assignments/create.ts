import type { LabelFor } from '../../changes/plan/kinds/change-kind.ts';
import { type Item, type ItemColumn, planFromItems } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import { inactiveHolderWarning } from '../../changes/planners/inactive-holders.ts';
import { refuseImpossibleGrants } from '../../changes/planners/role-requests.ts';
import { type BulkFlags, planFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { scopeNames } from '../../cli/output/scope-names.ts';
import { assignmentPeople, assignmentView, type PersonalAssignment } from '../../cli/output/views.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun, reviewAndRunOne } from '../../cli/review/review.ts';
import { isForPerson } from '../../cli/review/sentences.ts';
import { alwaysNeeded, byEmail, byRoleName } from '../../cli/scope-conditions.ts';
import { AssignmentIndex } from '../../organization/assignments.ts';
import { parseUserReference } from '../../organization/references.ts';
import type { UserIndex } from '../../organization/users.ts';
import { AppError } from '../../platform/core/errors.ts';
import { ignoreFailure } from '../../platform/core/side-by-side.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { Column, PeopleView, View } from '../../platform/terminal/view.ts';
import { isNotListable } from '../../twilio/errors.ts';
import { grantsEqual, type NewRoleAssignment, type RoleAssignment } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import {
  type AssignmentFlags,
  existingAssignments,
  type NamedAssignment,
  nameSeveral,
  neededAssignmentFlags,
  resolveAssignments,
} from './shared/assignment-flags.ts';
import {
  type RecordFlags,
  recordFlags,
  recordingOf,
  validateRecordFlags,
  warnOfEntries,
  writeRecording,
} from './shared/recording.ts';

const columns = [...assignmentView.columns, 'outcome', 'reason'];

/** The view of several assignments, each with its outcome. */
const severalView: View = { fields: columns, columns };

type Flags = AssignmentFlags & BulkFlags & RecordFlags;

export const createCommand = defineCommand({
  name: 'role-assignments create',
  summary: 'Give roles to users: every combination of the flags',
  flags: { ...neededAssignmentFlags, ...recordFlags, ...planFlags },
  scopes: {
    'role-assignments/create': [alwaysNeeded],
    'role-assignments/list': ['to see what is there already'],
    'managed-users/read': ['to warn of users named by SID who are not active'],
    'managed-users/list': [byEmail],
    'roles/list': [byRoleName],
  },
  effect: 'changes',
  examples: [
    'twilio-org role-assignments create --user ada@example.com --role Developer --scope org',
    'twilio-org role-assignments create --user ada@example.com --user grace@example.com --role Billing --scope org',
    'twilio-org role-assignments create --user ada@example.com --role Billing --scope org --dry-run',
    'twilio-org role-assignments create --user ada@example.com --role Billing --scope org --until 2027-01-31 --because OPS-4711 --into access/org.yaml',
  ],
  run: (ctx, { flags }) => create(ctx, flags),
});

async function create(ctx: Context, flags: Flags): Promise<void> {
  const several = nameSeveral(flags);
  ctx.out.checkFields(several ? severalView : assignmentView);
  validateRecordFlags(flags);
  const grants = await resolveAssignments(ctx, flags);
  const { roles } = await ctx.organization();
  const holderIndex = readHolders(ctx, grants);
  ignoreFailure(holderIndex);
  const held = await existingOf(ctx, grants);
  const missing = grants.map(({ assignment }) => assignment).filter((grant) => !isHeld(held, grant));
  refuseImpossibleGrants(missing, (sid) => roles.seen(sid), (await ctx.scopes()).accounts);
  const holders = await holdersOf(ctx, grants, holderIndex);
  const items = grants.map((named, index) => itemOf(named, held, holders[index]));
  const recording = await recordingOf(ctx, grants, holders, flags);
  if (several) await checkRoleLimits(ctx, items, held);
  let written = 0;
  const beforeRun = async () => {
    if (recording !== undefined) written = await writeRecording(ctx, recording, flags);
  };
  const [only] = grants;
  if (ctx.flags.dryRun) await beforeRun();
  try {
    if (several || only === undefined) await createSeveral(ctx, grants, items, flags, beforeRun);
    else await createOne(ctx, only, items, held, flags, beforeRun);
  } catch (error) {
    if (written > 0) warnOfEntries(ctx, written, flags);
    throw error;
  }
}

async function checkRoleLimits(
  ctx: Context,
  items: readonly Item[],
  held: readonly RoleAssignment[] | undefined,
): Promise<void> {
  if (held === undefined) return;
  const plan = planFromItems(await newPlanHeader(ctx, itemColumns), items);
  await checkRoleLimit(plan, new AssignmentIndex(held));
}

function isHeld(held: readonly RoleAssignment[] | undefined, grant: NewRoleAssignment): boolean {
  return held?.some((assignment) => grantsEqual(assignment, grant)) === true;
}

async function createOne(
  ctx: Context,
  named: NamedAssignment,
  [item]: readonly Item[],
  held: readonly RoleAssignment[] | undefined,
  { planOut, dryRun }: Flags,
  beforeRun: () => Promise<void>,
): Promise<void> {
  if (item === undefined) return;
  const existing = held?.find((assignment) => grantsEqual(assignment, named.assignment));
  if (existing !== undefined) {
    ctx.messages.note(`The user already has this role (${existing.sid}); nothing to change`);
    if (planOut === undefined) {
      if (!dryRun) await beforeRun();
      return show(ctx, existing, named);
    }
  }
  const change = { item, columns: itemColumns, label: await labelsIn(ctx, [named]), beforeRun };
  const created = await reviewAndRunOne<RoleAssignment>(ctx, change);
  if (created !== undefined) await show(ctx, created.object, named);
}

/** Prints an assignment; for people with the names that the command line has for its parts. */
async function show(ctx: Context, assignment: RoleAssignment, named: NamedAssignment): Promise<void> {
  if (!ctx.out.format.forPeople) return ctx.out.item(assignmentView, assignment);
  const people = assignmentPeople(await scopeNames(ctx));
  const row: PersonalAssignment = { ...assignment, user_name: named.user, role_name: named.role };
  await ctx.out.item({ ...assignmentView, people }, row);
}

const itemColumns: ItemColumn[] = ['user', 'role', 'scope', 'resource_type', 'resource_id'];

async function createSeveral(
  ctx: Context,
  grants: readonly NamedAssignment[],
  items: readonly Item[],
  flags: Flags,
  beforeRun: () => Promise<void>,
): Promise<void> {
  const plan = planFromItems(await newPlanHeader(ctx, itemColumns), items);
  // A plan for people shows it as well.
  for (const [index, { sid }] of isForPerson(ctx) ? [] : items.entries()) {
    const { user, role, scope } = grants[index] ?? {};
    if (sid !== undefined) {
      ctx.messages.note(`${user} already has ${role} in ${scope} (${sid}); nothing to change`);
    }
  }
  const wanted = grants.filter((_, index) => items[index]?.steps.length);
  await reviewAndRun(ctx, plan, flags, {
    title: `${pluralize(wanted.length, 'role assignment')} will be created`,
    hasSaidNotes: true,
    isGuarded: false,
    beforeRun,
    label: await labelsIn(ctx, grants),
    view: { ...severalView, people: await peopleOf(ctx, grants) },
  });
}

/** The words for several assignments: names from the command line, then how each ended. */
async function peopleOf(ctx: Context, grants: readonly NamedAssignment[]): Promise<PeopleView> {
  const users = new Map(grants.map(({ assignment, user }) => [assignment.identity, user]));
  const roles = new Map(grants.map(({ assignment, role }) => [assignment.role_sid, role]));
  const { list } = assignmentPeople(await scopeNames(ctx));
  const words: Column<PersonalAssignment>[] = [
    { heading: 'E-mail', value: ({ identity }) => users.get(identity ?? '') ?? identity },
    { heading: 'Role', value: ({ role_sid }) => roles.get(role_sid ?? '') ?? role_sid },
  ];
  const others = list.filter(({ heading }) => ['Scope', 'Resource', 'SID'].includes(heading));
  return {
    list: [
      ...words,
      ...others,
      { heading: 'Outcome', value: 'outcome' },
      { heading: 'Reason', value: 'reason' },
    ],
  };
}

/** Labels that need no request: roles as on the command line, scopes by name. */
async function labelsIn(ctx: Context, grants: readonly NamedAssignment[]): Promise<LabelFor> {
  const scopes = await scopeNames(ctx);
  const names = new Map(grants.map(({ assignment: grant, role }) => [grant.role_sid, role]));
  return (sid) => names.get(sid) ?? scopes.nameWithSid(sid);
}

function itemOf(
  { assignment: grant, user, role }: NamedAssignment,
  held: readonly RoleAssignment[] | undefined,
  holder: User | undefined,
): Item {
  const { resource_type = null, resource_id = null } = grant;
  const item: Item = {
    row: { user, role, ...grant, resource_type, resource_id },
    steps: [],
    ...inactiveHolderWarning(holder),
  };
  const existing = held?.find((assignment) => grantsEqual(assignment, grant));
  if (existing === undefined) return { ...item, steps: [{ do: 'create-assignment', grant }] };
  const { sid, identity, scope } = existing;
  return {
    ...item,
    sid,
    note: 'The user has this role already',
    rests: [{ assignment: sid, identity, scope }],
  };
}

async function readHolders(ctx: Context, grants: readonly NamedAssignment[]): Promise<UserIndex> {
  const { users } = await ctx.organization();
  return users.named(grants.map(({ user }) => parseUserReference(user)));
}

/** The users who get the roles. They are read for a warning alone, so nothing fails without them. */
async function holdersOf(
  ctx: Context,
  grants: readonly NamedAssignment[],
  holders: Promise<UserIndex>,
): Promise<(User | undefined)[]> {
  try {
    const index = await holders;
    return grants.map(({ user }) => index.find(parseUserReference(user)));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (isNotListable(error)) {
      ctx.messages.note('Users who are not active could not be looked up (scope managed-users/read)');
    }
    return [];
  }
}

/** The current assignments. A login that may not list them can still create: Twilio then refuses existing ones. */
async function existingOf(
  ctx: Context,
  grants: readonly NamedAssignment[],
): Promise<RoleAssignment[] | undefined> {
  try {
    return await existingAssignments(await ctx.organization(), grants);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'forbidden') throw error;
    ctx.messages.note(
      `The current roles of the ${grants.length === 1 ? 'user' : 'users'} could not be looked up (scope role-assignments/list)`,
    );
    return undefined;
  }
}
