import { defineCommand } from '../../cli/command.ts';
import { listLimit, selectionFlags, sidsFlag } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import type { Flags } from '../../cli/flags.ts';
import { printList } from '../../cli/output/list-output.ts';
import { type ScopeNames, scopeNames } from '../../cli/output/scope-names.ts';
import { readSelection } from '../../cli/output/selection.ts';
import {
  assignmentPeople,
  assignmentView,
  namedAssignmentView,
  type PersonalAssignment,
} from '../../cli/output/views.ts';
import { alwaysNeeded, byEmail, byRoleName, showingNames } from '../../cli/scope-conditions.ts';
import { parseUserReference } from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { Api } from '../../organization/workspace/api.ts';
import { AppError } from '../../platform/core/errors.ts';
import { ignoreFailure, readAhead, together } from '../../platform/core/side-by-side.ts';
import type { Column, View } from '../../platform/terminal/view.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { type ShownAssignment, shownAssignmentPages } from '../../twilio/role-assignments.ts';
import { SidSet } from '../../twilio/sid-set.ts';
import { fullName, type User } from '../../twilio/users.ts';
import {
  resolveRoles,
  resolveScopes,
  resolveUsers,
  sidsIn,
  validateAssignmentFlags,
} from './shared/assignment-flags.ts';

const flags = defineFlags({
  user: { value: 'user', summary: 'only for this user: SID, e-mail address or external:ID', repeats: true },
  role: { value: 'role', summary: 'only of this role: SID or name', repeats: true },
  scope: {
    value: 'scope',
    summary: 'only in this scope: SID or name of an account, or org',
    repeats: true,
  },
  resourceType: { value: 'type', summary: 'only for this type of resource', repeats: true },
  resourceId: { value: 'id', summary: 'only for this resource' },
  names: { summary: 'show the names of users, roles and scopes; on a terminal they are always shown' },
  ...selectionFlags,
  sids: sidsFlag,
  limit: listLimit,
});

export const listCommand = defineCommand({
  name: 'role-assignments list',
  summary: 'List which users have which roles in which scopes',
  flags,
  scopes: {
    'role-assignments/list': [alwaysNeeded],
    'managed-users/list': [byEmail, showingNames],
    'roles/list': [byRoleName, showingNames],
  },
  effect: 'reads',
  examples: [
    'twilio-org role-assignments list --user ada@example.com',
    'twilio-org role-assignments list --scope org --role Admin --role Billing --names -o csv',
  ],
  run: (ctx, { flags }) => list(ctx, flags),
});

async function list(ctx: Context, options: Flags & FlagsOf<typeof flags>): Promise<void> {
  // The names can be had by asking for them as fields, so they are known either way.
  ctx.out.checkFields(namedAssignmentView);
  const selection = await readSelection(namedAssignmentView, options, ctx.scopes);
  const looked = [...(options.fields ?? []), ...(selection?.fields ?? [])];
  const asked = options.names === true || looked.some(isName);
  const named = asked || ctx.out.format.forPeople;
  const { user = [], role = [], scope = [], resourceType = [], resourceId, limit } = options;
  await validateAssignmentFlags(ctx, { user, role, scope });
  const scopes = scope.length === 0 ? [] : await resolveScopes(ctx, { scope });
  const api = await ctx.api();
  const namesRead = named ? readNames(ctx) : undefined;
  const rolesRead = resolveRoles(ctx, role, { trusted: true });
  for (const read of [namesRead, rolesRead]) if (read !== undefined) ignoreFailure(read);
  const usersRead = await resolveUsers(ctx, user.map(parseUserReference), { trusted: true, listed: named });
  const found = readAhead(
    assignmentsWhere(api, {
      identities: usersRead.named.map(({ sid }) => sid),
      scopes: scopes.map(({ sid }) => sid),
      resourceTypes: [...new Set(resourceType)],
      resourceId,
    }),
  );
  const [, roles] = sidsIn(ctx, [usersRead, await rolesRead] as const);
  const names = namesRead && (await namesOrNote(ctx, namesRead, asked));
  const wanted = new Set(roles.map(({ sid }) => sid.toLowerCase()));
  // A table names each user and each role once, and not in all of its rows.
  const rowNames = ctx.out.format.forPeople && looked.length === 0 ? undefined : names;
  const pages = rowNames === undefined && wanted.size === 0 ? found : withNames(found, wanted, rowNames);
  const view = names === undefined ? assignmentView : namedAssignmentView;
  const shown = ctx.out.format.forPeople ? await viewForPeople(ctx, view, names, options) : view;
  await printList(ctx, shown, { pages }, { limit, noun: 'role assignments', selection });
}

async function viewForPeople(
  ctx: Context,
  view: View,
  names: Names | undefined,
  { sids }: FlagsOf<typeof flags>,
): Promise<View> {
  const people = assignmentPeople(await scopeNames(ctx), names !== undefined);
  const list = names === undefined ? people.list : people.list.map((column) => naming(column, names));
  return { ...view, people: { ...people, list, showsIds: sids } };
}

/** A column of named rows for rows without names. */
function naming(column: Column, names: Names): Column {
  const { by, value } = column as Column<PersonalAssignment>;
  if (by === undefined || typeof value === 'string') return column;
  const words = (row: ShownAssignment, now: number) => value(named(row, names), now);
  return { ...column, value: words };
}

interface Wanted {
  identities: readonly string[];
  scopes: readonly string[];
  resourceTypes: readonly string[];
  resourceId: string | undefined;
}

/**
 * Those that fit one of the values of each filter. Twilio takes a single value of each, so that several of one filter are as
 * many lists: of users, who hold few roles, or else of scopes, or else of types. What the others exclude is left out here.
 */
async function* assignmentsWhere(
  { send, url }: Api,
  { identities, scopes, resourceTypes, resourceId }: Wanted,
): AsyncGenerator<ShownAssignment[]> {
  const only = (values: readonly string[]) => (values.length === 1 ? values[0] : undefined);
  const filter = {
    identity: only(identities),
    scope: only(scopes),
    resourceType: only(resourceTypes),
    resourceId,
  };
  const each = (name: keyof typeof filter, values: readonly string[]) =>
    values.map((value) => ({ ...filter, [name]: value }));
  const several = [
    each('identity', identities),
    each('scope', scopes),
    each('resourceType', resourceTypes),
  ].find((filters) => filters.length > 1);
  const seen = new SidSet();
  for (const one of several ?? [filter]) {
    for await (const page of shownAssignmentPages(send, url, one)) {
      yield page.filter(
        ({ sid, scope, resource_type }) =>
          fits(scopes, scope) &&
          fits(resourceTypes, resource_type) &&
          (several === undefined || seen.add(sid)),
      );
    }
  }
}

/** Twilio has looked at a single value itself. */
function fits(values: readonly string[], value: string | null | undefined): boolean {
  return values.length < 2 || values.some((one) => equalsIgnoreCase(one, value));
}

function isName(field: string): boolean {
  return field === 'user_name' || field === 'role_name' || field === 'scope_name';
}

interface Names {
  users: Map<string, User>;
  /** True to add the names of persons and the labels of roles, which programs are not given. */
  areForPeople: boolean;
  roles: RoleIndex;
  scopeName: ScopeNames['plainNameOf'];
}

async function readNames(ctx: Context): Promise<Names> {
  const organization = await ctx.organization();
  const [users, roles] = await together(organization.users.list(), organization.roles.index());
  const areForPeople = ctx.out.format.forPeople;
  return {
    users: new Map(users.map((user) => [user.id, user])),
    areForPeople,
    roles,
    scopeName: (await scopeNames(ctx)).plainNameOf,
  };
}

/** Names nobody asked for are left out, with a note, when the login may not read them. */
async function namesOrNote(ctx: Context, names: Promise<Names>, asked: boolean): Promise<Names | undefined> {
  try {
    return await names;
  } catch (error) {
    if (asked || !(error instanceof AppError) || error.kind !== 'forbidden') throw error;
    ctx.messages.note(`Without names: ${error.hint ?? error.message}`);
    return undefined;
  }
}

async function* withNames(
  found: AsyncIterable<ShownAssignment[]>,
  roles: ReadonlySet<string>,
  names: Names | undefined,
): AsyncGenerator<ShownAssignment[]> {
  for await (const page of found) {
    const wanted =
      roles.size === 0 ? page : page.filter(({ role_sid }) => roles.has(role_sid?.toLowerCase() ?? ''));
    yield names === undefined ? wanted : wanted.map((assignment) => named(assignment, names));
  }
}

function named(
  assignment: ShownAssignment,
  { users, areForPeople, roles, scopeName }: Names,
): PersonalAssignment {
  const { identity, scope } = assignment;
  const user = users.get(identity ?? '');
  const role_sid = assignment.role_sid ?? '';
  const names = {
    user_name: user?.userName ?? null,
    role_name: roles.nameOf(role_sid) ?? null,
    scope_name: scopeName(scope ?? '') ?? null,
  };
  // On Node 20, `{ ...assignment, ...names }` takes thirty times as long.
  if (!areForPeople) return Object.assign({}, assignment, names);
  const forPeople = { role_label: roles.label(role_sid), full_name: user && fullName(user) };
  return Object.assign({}, assignment, names, forPeople);
}
