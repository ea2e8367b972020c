import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList } from '../../cli/output/list-output.ts';
import { snapshotPlaces } from '../../cli/snapshot-places.ts';
import { type Difference, differences, type SnapshotObject } from '../../organization/snapshots/diff.ts';
import { dirOfSnapshot } from '../../organization/snapshots/find.ts';
import { type PartName, partNames } from '../../organization/snapshots/manifest.ts';
import { readPart } from '../../organization/snapshots/read-part.ts';
import { type PartLines, readSimilarPart } from '../../organization/snapshots/read-similar.ts';
import { openSnapshot } from '../../organization/snapshots/store.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { shownRoleAssignments } from '../../twilio/role-assignments.ts';
import { listRoles } from '../../twilio/roles.ts';
import { listUsers } from '../../twilio/users.ts';
import { differencesView, type Sides, shownDifference } from './shared/differences.ts';

const flags = defineFlags({
  exitCode: { summary: 'exit with 10 when there are differences' },
  meta: { summary: 'also show users of whom only version and time of the last change differ' },
});

const live = 'live';
const comparing = 'to compare with live';

export const diffCommand = defineCommand({
  name: 'snapshots diff',
  summary: 'Show what differs between two snapshots, or between one and now',
  args: {
    before: { summary: 'id, day, last, or directory' },
    after: { summary: 'the same, or live for now (default: live)', optional: true },
  },
  flags,
  scopes: {
    'managed-users/list': [comparing],
    'role-assignments/list': [comparing],
    'roles/list': [comparing],
  },
  effect: 'reads',
  readsPresent: true,
  examples: [
    'twilio-org snapshots diff last live --exit-code',
    'twilio-org snapshots diff 2026-08-01 2026-11-01 -o json',
  ],
  run: (ctx, { before, after = live, flags }) => diff(ctx, before, after, flags),
});

/** Everything of one side, by kind. */
interface State {
  organizationSid: string | undefined;
  hasPersonalData: boolean;
  users: readonly SnapshotObject[];
  roles: readonly SnapshotObject[];
  roleAssignments: readonly SnapshotObject[];
  accounts: readonly SnapshotObject[];
}

/** The parts of the snapshot that was read first: the other is read by them. */
type ReadParts = Map<PartName, PartLines>;

async function diff(
  ctx: Context,
  before: string,
  after: string,
  options: FlagsOf<typeof flags>,
): Promise<void> {
  ctx.out.checkFields(differencesView);
  const places = snapshotPlaces(ctx);
  // Both names are checked before the first request.
  const dirs = [];
  for (const side of [before, after])
    dirs.push(side === live ? undefined : await dirOfSnapshot(side, places));
  const isSame = dirs[0] !== undefined && dirs[0] === dirs[1];
  const parts: ReadParts | undefined = isSame || dirs.includes(undefined) ? undefined : new Map();
  const one = await stateOf(ctx, dirs[0], parts);
  const other = isSame ? one : await stateOf(ctx, dirs[1], parts);
  parts?.clear();
  mustBeComparable(one, other);
  const withMeta = options.meta === true;
  const found: Difference[] = [
    ...differences('user', one.users, other.users, { withMeta }),
    ...differences('role-assignment', one.roleAssignments, other.roleAssignments),
    ...differences('role', one.roles, other.roles),
    ...differences('account', one.accounts, other.accounts),
  ];
  const sides: Sides = { users: [one.users, other.users], roles: [one.roles, other.roles] };
  const accounts = [...one.accounts, ...other.accounts];
  const shown = shownDifference(sides, accounts, other.organizationSid ?? one.organizationSid);
  await printList(ctx, differencesView, found.map(shown), { noun: 'differences' });
  if (found.length > 0 && options.exitCode)
    throw new AppError(
      'differences',
      `${before} and ${after} differ: ${pluralize(found.length, 'difference')}`,
    );
}

async function stateOf(ctx: Context, dir: string | undefined, parts?: ReadParts): Promise<State> {
  if (dir === undefined) return liveState(ctx);
  const snapshot = await openSnapshot(dir);
  const [users, roleAssignments, roles, accounts] = await Promise.all(
    partNames.map(async (name) => {
      if (parts === undefined) return readPart<SnapshotObject>(snapshot, name);
      const read = await readSimilarPart(snapshot, name, parts.get(name));
      parts.set(name, read);
      return read.rows;
    }),
  );
  return {
    organizationSid: snapshot.manifest.organization_sid,
    hasPersonalData: snapshot.manifest.personal_data,
    users: users ?? [],
    roleAssignments: roleAssignments ?? [],
    roles: roles ?? [],
    accounts: accounts ?? [],
  };
}

async function liveState(ctx: Context): Promise<State> {
  const { send, url } = await ctx.api();
  const { organizationSid, accounts } = await ctx.scopes();
  const as = (values: readonly object[]) => values as readonly SnapshotObject[];
  return {
    organizationSid,
    hasPersonalData: true,
    users: as(await listUsers(send)),
    roles: as(await all(listRoles(send, url, { expand: true }))),
    roleAssignments: as(await all(shownRoleAssignments(send, url))),
    accounts: as(accounts.accounts),
  };
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

function mustBeComparable(one: State, other: State): void {
  const [first, second] = [one.organizationSid, other.organizationSid];
  if (first !== undefined && second !== undefined && first !== second) {
    throw usageError(`One is of ${first}, the other of ${second}`, 'Compare two of the same organization');
  }
  if (one.hasPersonalData === other.hasPersonalData) return;
  throw usageError(
    'One of them has no names or addresses of users, so every user would differ',
    'Compare two snapshots of the same kind',
  );
}
