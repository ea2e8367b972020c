import type { LabelFor } from '../../changes/plan/kinds/change-kind.ts';
import { countChanges, type Item, type ItemColumn, planFromItems } from '../../changes/plan/plan.ts';
import { heldOtherwise, refuseHeldOtherwise } from '../../changes/planners/held-otherwise.ts';
import { type BulkFlags, bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags } from '../../cli/flag-spec.ts';
import { scopeNames } from '../../cli/output/scope-names.ts';
import { askHeldRole, askScope, askUser } from '../../cli/questions/asks.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { isForPerson } from '../../cli/review/sentences.ts';
import { alwaysNeeded, byEmail, byRoleName, keepingAdmins } from '../../cli/scope-conditions.ts';
import { parseUserReference } from '../../organization/references.ts';
import { usageError } from '../../platform/core/errors.ts';
import { pluralize, shellQuote } from '../../platform/core/text.ts';
import type { View } from '../../platform/terminal/output.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { AssignmentRef } from '../../twilio/role-assignment-mutations.ts';
import { grantsEqual, type RoleAssignment } from '../../twilio/role-assignments.ts';
import { canonicalSid, isSid, sidMistake } from '../../twilio/sids.ts';
import {
  type AssignmentFlags,
  assignmentFlags,
  existingAssignments,
  nameSeveral,
  resolveAssignments,
  validateAssignmentFlags,
} from './shared/assignment-flags.ts';

const columns = ['sid', 'identity', 'role_sid', 'scope', 'resource_type', 'resource_id', 'outcome', 'reason'];
const view: View = { fields: columns, columns };

const allOptional = defineFlags({
  ...assignmentFlags,
  user: { ...assignmentFlags.user, ask: askUser() },
  role: { ...assignmentFlags.role, ask: askHeldRole() },
  scope: { ...assignmentFlags.scope, ask: askScope },
});

const named = ['user', 'role', 'scope', 'resourceType', 'resourceId'] as const;

/** By flags, and by no SID, which would be a usage error of its own. */
function namesByFlagsAlone(given: { readonly [key: string]: unknown }): boolean {
  return namesByFlags(given) && [given.sid].flat().filter(Boolean).length === 0;
}

function namesByFlags({ flags }: { readonly [key: string]: unknown }): boolean {
  return named.some((key) => (flags as AssignmentFlags)[key] !== undefined);
}

export const deleteCommand = defineCommand({
  name: 'role-assignments delete',
  summary: 'Remove roles from users',
  args: {
    sid: {
      summary: 'SIDs of role assignments (IY…); without them, every combination of the flags',
      optional: true,
      variadic: true,
      ask: {
        question: 'Which role should be removed?',
        example: 'IY0123456789abcdef0123456789abcdef',
        choices: assignmentChoices,
      },
    },
  },
  flags: { ...allOptional, ...bulkFlags },
  oneOf: [
    { of: ['sid', ...named] },
    ...(['user', 'role', 'scope'] as const).map((key) => ({ of: [key] as const, when: namesByFlagsAlone })),
  ],
  scopes: {
    'role-assignments/delete': [alwaysNeeded],
    'role-assignments/list': ['to name assignments by user, role and scope, or to pick one', keepingAdmins],
    'managed-users/list': [byEmail, keepingAdmins],
    'roles/list': [byRoleName, keepingAdmins],
  },
  effect: 'removes',
  examples: [
    'twilio-org role-assignments delete IY0123456789abcdef0123456789abcdef',
    'twilio-org role-assignments delete --user ada@example.com --role Developer --scope org --yes',
    'twilio-org role-assignments delete --user ada@example.com --role Developer --role Billing --scope org',
  ],
  run: (ctx, { sid, flags }) => remove(ctx, sid, flags),
});

async function remove(ctx: Context, words: string[], flags: AssignmentFlags & BulkFlags): Promise<void> {
  const sids = words.map((word) => canonicalSid(word.trim()));
  ctx.out.checkFields(view);
  checkSids(sids, namesByFlags({ flags }));
  await validateAssignmentFlags(ctx, flags);
  ctx.requireConfirmable();
  const items =
    sids.length > 0
      ? (await bySid(ctx, [...new Set(sids)], flags)).map((assignment) => itemOf(assignment))
      : await chosen(ctx, flags);
  if (items.length === 0) {
    ctx.messages.note('The user does not have this role there; nothing to change');
    await ctx.out.list(view, []);
    return;
  }
  const plan = planFromItems(
    await newPlanHeader(ctx, columns.slice(0, -2) as ItemColumn[], 'deleted'),
    items,
  );
  await reviewAndRun(ctx, plan, flags, {
    title: `${pluralize(countChanges(plan), 'role assignment')} will be removed`,
    hasSaidNotes: true,
    asksFor: 'removals',
    isBulk: false,
    label: await labelsIn(ctx, items),
    view,
  });
}

/** Labels from the command line, which need no look-up. */
async function labelsIn(ctx: Context, items: readonly Item[]): Promise<LabelFor> {
  const scopes = await scopeNames(ctx);
  const names = new Map(items.map(({ row }) => [row.role_sid, row.role]));
  return (sid) => scopes.nameWithSid(String(names.get(sid) ?? sid));
}

function checkSids(sids: string[], named: boolean): void {
  if (sids.length > 0 && named) {
    throw usageError('Name role assignments by SID or by --user, --role and --scope, not both');
  }
  const wrong = sids.find((sid) => !isSid('IY', sid));
  if (wrong !== undefined) {
    throw usageError(
      `"${wrong}" is not a role assignment`,
      `${sidMistake(wrong, 'IY')}Give a SID: IY and 32 hexadecimal digits`,
    );
  }
}

/**
 * Looks up several assignments, where the login may list them, to show them before the question and to give them back later. A
 * single one needs no look-up, and so no scope to list, unless it goes into a saved plan.
 */
async function bySid(
  ctx: Context,
  sids: readonly string[],
  { planOut }: BulkFlags,
): Promise<AssignmentRef[]> {
  const known = new Map<string, RoleAssignment>();
  if (sids.length > 1 || planOut !== undefined) {
    try {
      for (const assignment of await (await ctx.organization()).assignments.list()) {
        if (sids.includes(assignment.sid)) known.set(assignment.sid, assignment);
      }
    } catch (error) {
      if (!isNotListable(error)) throw error;
      ctx.messages.note(`The users of these roles could not be looked up: ${error.message}`);
    }
  }
  return sids.map((sid) => known.get(sid) ?? { sid });
}

/** The assignments that the flags name. Among several combinations, one that no user has becomes an item without changes. */
async function chosen(ctx: Context, flags: AssignmentFlags): Promise<Item[]> {
  const grants = await resolveAssignments(ctx, flags);
  const held = await existingAssignments(await ctx.organization(), grants);
  refuseHeldOtherwise(
    grants.map((grant) => ({ ...grant, wanted: grant.assignment })),
    () => held,
    ({ user, role, scope }) =>
      `twilio-org role-assignments delete --user ${shellQuote(user)} --role ${shellQuote(role)} --scope ${shellQuote(scope)}`,
  );
  return grants.flatMap(({ assignment: grant, user, role, scope }): Item[] => {
    const found = held.filter((assignment) => grantsEqual(assignment, grant));
    for (const { resource_type, resource_id } of heldOtherwise(grant, held)) {
      const where = resource_type ? `${scope} on ${resource_type} ${resource_id}` : `the whole of ${scope}`;
      ctx.messages.note(`${user} also has ${role} in ${where}, and keeps it`);
    }
    if (found.length > 0 || !nameSeveral(flags))
      return found.map((assignment) => itemOf(assignment, { user, role }));
    // A plan for people shows it as well.
    if (!isForPerson(ctx)) ctx.messages.note(`${user} does not have ${role} in ${scope}; nothing to change`);
    const note = 'The user does not have this role there';
    return [{ row: { ...grant, user, role }, steps: [], note }];
  });
}

/** @param words the names of user and role on the command line */
function itemOf(assignment: AssignmentRef, words: Pick<Item['row'], 'user' | 'role'> = {}): Item {
  return { row: { ...assignment, ...words }, steps: [{ do: 'delete-assignment', assignment }] };
}

/** The assignments of a user, who is asked for first: an organization has too many for one list. */
async function assignmentChoices(ctx: Context) {
  const { users, roles, assignments } = await ctx.organization();
  const { question, choices: list } = askUser();
  const user = await ctx.prompts.choose({ message: question, flag: '--user', choices: () => list(ctx) });
  const identity = await users.sidOf(parseUserReference(user));
  const { label } = await roles.index();
  const scopes = await scopeNames(ctx);
  return (await assignments.where({ identity })).map((assignment) => ({
    name: `${label(assignment.role_sid)} in ${scopes.nameOf(assignment.scope)}`,
    value: assignment.sid,
    description: assignmentLine(assignment),
  }));
}

function assignmentLine(assignment: AssignmentRef, { user, role }: Item['row'] = {}): string {
  const { sid, identity, role_sid, scope, resource_type, resource_id } = assignment;
  if (identity === undefined) return sid;
  const resource = resource_type ? `, ${resource_type} ${resource_id}` : '';
  return `${sid}: role ${role ?? role_sid} of ${user ?? `user ${identity}`} in ${scope}${resource}`;
}
