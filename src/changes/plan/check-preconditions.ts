import { isDeepStrictEqual } from 'node:util';
import type { AssignmentIndex } from '../../organization/assignments.ts';
import type { Organization } from '../../organization/organization.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import type { UserIndex } from '../../organization/users.ts';
import { AppError } from '../../platform/core/errors.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { User } from '../../twilio/users.ts';
import type { Change } from './change.ts';
import { kindOf } from './change-kinds.ts';
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
  for await (const item of plan.items()) {
    for (const step of item.steps) collect(step, ids, names, scopes);
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
  const references = [...[...ids].map((id) => ({ id })), ...[...names].map((userName) => ({ userName }))];
  const directory = await organization.users.named(references);
  const needsRoles = scopes.size > 0 || holders.size > 0;
  const places = holders.size > 0 ? [] : [...scopes];
  const holdings = await organization.assignments.of(needsRoles ? [...ids] : [], places);
  const roles = plan.head.columns.includes('role') ? await organization.roles.index() : undefined;
  const changes: string[] = [];
  for await (const item of plan.items()) changes.push(...changesOf(item, directory, holdings, roles));
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

function changesOf(
  item: Item,
  directory: UserIndex,
  holdings: AssignmentIndex,
  roles: RoleIndex | undefined,
): string[] {
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
  const misnamed = item.steps.flatMap((step) => misnamedIn(item, step, directory, roles));
  return [...new Set([...changes, ...rests, ...misnamed])];
}

/** Compares the names of a plan with its changes. People confirm by these names, and a file can claim anything. */
function misnamedIn(item: Item, step: Change, directory: UserIndex, roles: RoleIndex | undefined): string[] {
  return [...usersMisnamedIn(item, step, directory), ...rolesMisnamedIn(item, step, roles)];
}

/** Compares the role that a row names with the role of its change. */
function rolesMisnamedIn({ row }: Item, step: Change, roles: RoleIndex | undefined): string[] {
  const assignment = kindOf(step).assignment(step);
  if (assignment === undefined) return [];
  const is: Record<string, unknown> = { ...assignment };
  const members = ['sid', 'identity', 'role_sid', 'scope', 'resource_type', 'resource_id'] as const;
  const wrong = members.filter((name) => {
    const [said, real] = [row[name] ?? undefined, is[name] ?? undefined];
    // A plan made from a file keeps the scope as written there.
    const isWord = name === 'scope' && said === 'org';
    return said !== undefined && !isWord && real !== undefined && !equalsIgnoreCase(String(said), real);
  });
  const named = typeof row.role === 'string' ? roles?.resolve(row.role) : undefined;
  const isOther = named !== undefined && !('sid' in named && equalsIgnoreCase(named.sid, is.role_sid));
  return [
    ...wrong.map((name) => `it says ${name} ${String(row[name])} where it is ${String(is[name])}`),
    ...(isOther ? [`it says role ${String(row.role)} where it is ${String(is.role_sid)}`] : []),
  ];
}

function usersMisnamedIn({ row }: Item, step: Change, directory: UserIndex): string[] {
  const user = userIn(step, directory);
  if (user === undefined) return [];
  const { whose = undefined } = 'whose' in step ? step : {};
  const names = whose === undefined ? [row.id, row.email, row.user, row.userName] : [whose];
  const wrong = names.find((name) => name !== undefined && !isNamed(user, name));
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
