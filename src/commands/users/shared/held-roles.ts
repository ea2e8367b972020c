import type { Context } from '../../../cli/context.ts';
import { scopeNames } from '../../../cli/output/scope-names.ts';
import { type HeldRole, rolesMember, userRolesView } from '../../../cli/output/views.ts';
import { maxConcurrentReads } from '../../../organization/listing-sizes.ts';
import { mapConcurrently, together } from '../../../platform/core/side-by-side.ts';
import type { View } from '../../../platform/terminal/output.ts';
import { wantsFilter } from '../../../twilio/errors.ts';
import { resourceInWords, shortResourceInWords } from '../../../twilio/resources.ts';
import {
  type RoleAssignmentFilter,
  type ShownAssignment,
  shownAssignmentPages,
} from '../../../twilio/role-assignments.ts';
import type { User } from '../../../twilio/users.ts';

type UserWithRoles = User & { roles: HeldRole[] };

/** Users with their roles, and the ways to show them. */
interface UsersWithRoles {
  users: readonly UserWithRoles[];
  view: View;
  /** The form of a row for the format; undefined where it stays as it is. */
  shown: ((row: unknown) => unknown) | undefined;
}

/** `Admin in org (billing_group bg_1)`. @param nameOf a role by its SID */
export function describeHeldRole(
  assignment: ShownAssignment | HeldRole,
  nameOf: (sid: string) => string | null | undefined,
  scopeName: (sid: string) => string,
  isShort = false,
): string {
  const role_sid = assignment.role_sid ?? 'unknown role';
  const scope = assignment.scope ?? 'unknown scope';
  const resource = isShort ? shortResourceInWords(assignment) : resourceInWords(assignment);
  return `${nameOf(role_sid) ?? role_sid} in ${scopeName(scope)}${resource && ` (${resource})`}`;
}

/**
 * Reads users, role assignments and roles, each once and side by side.
 *
 * @param isSingle true where there is at most one user: only that user's assignments are then read
 */
export async function readHeldRoles(
  ctx: Context,
  readUsers: () => Promise<readonly User[]>,
  isSingle: boolean,
): Promise<UsersWithRoles> {
  const { roles: allRoles } = await ctx.organization();
  const reading = readUsers();
  const [users, held, roles] = await together(
    reading,
    isSingle ? reading.then((found) => readOfEach(ctx, found)) : readAll(ctx, reading),
    allRoles.index(),
  );
  const scopes = await scopeNames(ctx);
  const inWords = (found: readonly HeldRole[], scopeName: (sid: string) => string, isShort = false) =>
    found.map((role) => describeHeldRole(role, roles.label, scopeName, isShort)).toSorted();
  const forPeople = (found: readonly HeldRole[], isShort: boolean) =>
    found.length === 0 ? ['none'] : inWords(found, isShort ? scopes.shortNameOf : scopes.nameOf, isShort);
  const inCell = ({ roles, ...user }: UserWithRoles) => ({
    ...user,
    roles: inWords(roles, (sid) => sid).join('; '),
  });
  return {
    users: users.map((user) => ({
      ...user,
      roles: (held.get(keyOf(user.id)) ?? []).map(({ identity: _, sid, role_sid = '', ...others }) => ({
        role_sid,
        role_name: roles.nameOf(role_sid ?? '') ?? null,
        ...others,
        sid,
      })),
    })),
    view: userRolesView(forPeople),
    shown: isText(ctx) ? (row) => inCell(row as UserWithRoles) : undefined,
  };
}

/** SIDs are the same in any case. */
function keyOf(sid: string | null | undefined): string {
  return sid?.toLowerCase() ?? '';
}

type Held = ReadonlyMap<string, readonly ShownAssignment[]>;

/** By user. An organization that lists assignments only with a filter (25203) is asked for each user. */
async function readAll(ctx: Context, users: Promise<readonly User[]>): Promise<Held> {
  try {
    return await read(ctx, [{}]);
  } catch (error) {
    if (!wantsFilter(error)) throw error;
    return readOfEach(ctx, await users);
  }
}

function readOfEach(ctx: Context, users: readonly User[]): Promise<Held> {
  return read(
    ctx,
    users.map(({ id }) => ({ identity: id })),
  );
}

async function read(ctx: Context, filters: readonly RoleAssignmentFilter[]): Promise<Held> {
  const { send, url } = await ctx.api();
  const held = new Map<string, ShownAssignment[]>();
  await mapConcurrently(filters, maxConcurrentReads, async (filter) => {
    for await (const page of shownAssignmentPages(send, url, filter)) {
      for (const assignment of page) {
        const identity = keyOf(assignment.identity);
        const ofUser = held.get(identity);
        if (ofUser === undefined) held.set(identity, [assignment]);
        else ofUser.push(assignment);
      }
    }
  });
  return held;
}

/** True where the roles of a user are printed as one text, with the scopes as the API has them. */
function isText({ out, flags: { fields } }: Context): boolean {
  if (out.format.structured) return false;
  return fields === undefined ? !out.format.forPeople : fields.includes(rolesMember);
}
