import { isDeepStrictEqual } from 'node:util';
import type { Organization } from '../../organization/organization.ts';
import { formatUserReference, referenceKey, type UserReference } from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import { AppError } from '../../platform/core/errors.ts';
import { together } from '../../platform/core/side-by-side.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { User } from '../../twilio/users.ts';
import type { Change } from './change.ts';
import { kindOf } from './change-kinds.ts';
import type { CurrentState } from './kinds/change-kind.ts';
import { type Item, mustBeKeptWhole, type Plan } from './plan.ts';
import { versionOf } from './preconditions.ts';

/** Number of differences that a refusal names. */
const maxShown = 10;

/** Refuses a saved plan when the state that it depends on has changed since it was made. */
export async function checkPreconditions(organization: Organization, plan: Plan): Promise<void> {
  organization.refresh();
  await mustBeKeptWhole(plan);
  const [ids, names, scopes] = [new Set<string>(), new Set<string>(), new Set<string>()];
  /** Users whose roles must all be known. */
  const holders = new Set<string>();
  const claimed = new Map<string, UserReference>();
  const released = new Set<string>();
  for await (const item of plan.items()) {
    for (const step of item.steps) {
      collect(step, ids, names, scopes);
      const { claims = [], releases = [] } = kindOf(step).keys?.(step) ?? {};
      for (const key of claims) claimed.set(referenceKey(key), key);
      for (const key of releases) released.add(referenceKey(key));
    }
    for (const rest of item.rests ?? []) {
      if ('user' in rest) ids.add(rest.user);
      else if ('holder' in rest) holders.add(rest.holder);
      else {
        ids.add(rest.identity);
        scopes.add(rest.scope);
      }
    }
  }
  for (const id of holders) ids.add(id);
  const references = [
    ...[...ids].map((id) => ({ id })),
    ...[...names].map((userName) => ({ userName })),
    ...claimed.values(),
  ];
  const needsRoles = scopes.size > 0 || holders.size > 0;
  const places = holders.size > 0 ? [] : [...scopes];
  const [directory, holdings, roles] = await together(
    organization.users.named(references),
    organization.assignments.of(needsRoles ? [...ids] : [], places),
    plan.head.columns.includes('role') ? organization.roles.index() : Promise.resolve(undefined),
  );
  const changes: string[] = [];
  const now = { directory, holdings, roles, released, organizationSid: plan.head.organization_sid };
  for await (const item of plan.items()) changes.push(...changesOf(item, now));
  if (changes.length === 0) return;
  const more = changes.length > maxShown ? `; and ${changes.length - maxShown} more` : '';
  throw new AppError(
    'conflict',
    `The plan does not hold any more: ${changes.slice(0, maxShown).join('; ')}${more}`,
    {
      hint: 'Nothing was changed. Make the plan again with the command that made it',
    },
  );
}

function collect(step: Change, ids: Set<string>, names: Set<string>, scopes: Set<string>): void {
  const kind = kindOf(step);
  const user = kind.user(step);
  if (user !== undefined && 'id' in user) ids.add(user.id);
  else if (user !== undefined) names.add(user.userName);
  const scope = kind.assignment(step)?.scope;
  if (scope !== undefined) scopes.add(scope);
}

/** The organization as it is now, as far as a plan concerns it. */
interface Now extends CurrentState {
  /** Absent where no row names a role. */
  roles: RoleIndex | undefined;
  organizationSid: string | null;
  /** Keys of the addresses and external ids that the plan itself takes from users. */
  released: ReadonlySet<string>;
}

function changesOf(item: Item, now: Now): string[] {
  const { directory, holdings } = now;
  const versionNow = (id: string) => {
    const user = directory.find({ id });
    return user === undefined ? null : versionOf(user);
  };
  const nameOf = (id: string) => directory.find({ id })?.userName ?? id;
  const changes = item.steps.flatMap((step) => kindOf(step).conflicts(step, { directory, holdings }));
  const rests = (item.rests ?? []).flatMap((rest): string[] => {
    if ('user' in rest)
      return versionNow(rest.user) === rest.version ? [] : [`${nameOf(rest.user)} has changed`];
    if ('holder' in rest) {
      const now = holdings.of(rest.holder).map(({ sid }) => sid);
      const same = isDeepStrictEqual(new Set(now), new Set(rest.assignments));
      return same ? [] : [`the roles of ${nameOf(rest.holder)} have changed`];
    }
    const there = holdings.of(rest.identity).some(({ sid }) => sid === rest.assignment);
    return there ? [] : [`${rest.assignment} can no longer be found`];
  });
  const taken = item.steps.flatMap((step) => takenBy(step, now));
  return [...new Set([...changes, ...rests, ...taken, ...misnamedIn(item, now)])];
}

/** The addresses and external ids that a change needs, and that another user has meanwhile. */
function takenBy(step: Change, { directory, released }: Now): string[] {
  // A new user whose address is taken is a conflict of its own.
  if (step.do === 'create-user' && directory.find({ userName: step.fields.email }) !== undefined) return [];
  const user = kindOf(step).user(step);
  return (kindOf(step).keys?.(step).claims ?? []).flatMap((key) => {
    const holder = directory.find(key);
    const isOwn = user !== undefined && 'id' in user && user.id === holder?.id;
    if (holder === undefined || isOwn || released.has(referenceKey(key))) return [];
    return [`${formatUserReference(key)} now belongs to ${holder.userName} (${holder.id})`];
  });
}

/**
 * Compares the names of a row with its changes, or with what it rests on where it changes nothing. People confirm and report by
 * these names, and a file can claim anything.
 */
function misnamedIn(item: Item, now: Now): string[] {
  const { row, rests = [] } = item;
  const ofChanges = item.steps.flatMap((step) => [
    ...usersMisnamedIn(item, step, now.directory),
    ...rolesMisnamedIn(row, kindOf(step).assignment(step), now),
  ]);
  if (item.steps.length > 0) return ofChanges;
  return rests.flatMap((rest): string[] => {
    if ('user' in rest) return userMisnamedBy(now.directory.find({ id: rest.user }), namesIn(row));
    if (!('assignment' in rest)) return [];
    const held = now.holdings.of(rest.identity).find(({ sid }) => sid === rest.assignment);
    return rolesMisnamedIn(row, held, now);
  });
}

const assignmentColumns = ['sid', 'identity', 'role_sid', 'scope', 'resource_type', 'resource_id'] as const;

/** Compares the role that a row names with the one that is given, taken or held. */
function rolesMisnamedIn(
  row: Item['row'],
  assignment: ReturnType<ReturnType<typeof kindOf>['assignment']>,
  { roles, organizationSid }: Pick<Now, 'roles' | 'organizationSid'>,
): string[] {
  if (assignment === undefined) return [];
  const is: Record<string, unknown> = { ...assignment };
  const wrong = assignmentColumns.filter((name) => {
    const said = row[name];
    if (said === undefined || said === null) return false;
    // A plan made from a file keeps the scope as written there.
    const meant = name === 'scope' && said === 'org' ? organizationSid : said;
    return !equalsIgnoreCase(String(meant), is[name]);
  });
  const named = typeof row.role === 'string' ? roles?.resolve(row.role) : undefined;
  const isOther = named !== undefined && !('sid' in named && equalsIgnoreCase(named.sid, is.role_sid));
  return [
    ...wrong.map((name) => `it says ${name} ${String(row[name])} where it is ${String(is[name] ?? 'none')}`),
    ...(isOther ? [`it says role ${String(row.role)} where it is ${String(is.role_sid)}`] : []),
  ];
}

function usersMisnamedIn({ row }: Item, step: Change, directory: UserIndex): string[] {
  const user = userIn(step, directory);
  const { whose = undefined } = 'whose' in step ? step : {};
  const email = step.do === 'update-user' ? step.fields.email : undefined;
  return userMisnamedBy(user, whose === undefined ? namesIn(row) : [whose], email);
}

function namesIn({ id, email, user, userName }: Item['row']): unknown[] {
  return [id, email, user, userName];
}

/** @param newEmail the address that the user gets, which a row may name as well */
function userMisnamedBy(
  user: Partial<User> | undefined,
  names: readonly unknown[],
  newEmail?: string,
): string[] {
  if (user === undefined) return [];
  const isRight = (name: unknown) =>
    isNamed(user, name) || (newEmail !== undefined && equalsIgnoreCase(newEmail, name));
  const wrong = names.find((name) => name !== undefined && !isRight(name));
  return wrong === undefined ? [] : [`${user.userName} is called ${String(wrong)} in it`];
}

/** The user whom a change concerns, where it says so and they are known. */
function userIn(step: Change, directory: UserIndex): Partial<User> | undefined {
  const user = kindOf(step).user(step);
  return user !== undefined && 'id' in user ? directory.find(user) : user;
}

function isNamed({ id, userName, externalId }: Partial<User>, name: unknown): boolean {
  return (
    (userName !== undefined && equalsIgnoreCase(userName, name)) ||
    (id !== undefined && equalsIgnoreCase(id, name)) ||
    (externalId != null && name === `external:${externalId}`)
  );
}
