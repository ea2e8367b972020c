import type { Organization } from '../../organization/organization.ts';
import { glob } from '../../platform/core/glob.ts';
import { isNotListable } from '../../twilio/errors.ts';
import { isSid } from '../../twilio/sids.ts';
import type { Change } from '../plan/change.ts';
import { type Guards, guardError } from './policy.ts';

/** @throws guard where a removal affects a protected user, or a user who cannot be told from one */
export async function checkProtected(
  organization: Organization,
  removals: readonly Change[],
  { protect }: Pick<Guards, 'protect'>,
  advice?: string,
): Promise<void> {
  if (protect.length === 0) return;
  const users = await affectedUsers(organization, removals);
  const patterns = protect.map((text) => ({ text, matches: glob(text) }));
  const areSids = protect.every((text) => isSid('US', text.toUpperCase()));
  const names = areSids ? new Map<string, string>() : await userNames(organization, users);
  const found: { user: string; pattern: string }[] = [];
  for (const [id, knownName] of users) {
    const name = knownName ?? names.get(id);
    const match = patterns.find(({ matches }) => matches(id) || (name !== undefined && matches(name)));
    if (match !== undefined) found.push({ user: `${name ?? 'The user'} (${id})`, pattern: match.text });
    else if (name === undefined && !areSids) {
      throw guardError(
        `A guard protects users by e-mail address, and the address of ${id} is unknown`,
        'Log in with the scope managed-users/read, or protect users by SID',
      );
    }
  }
  const [first, ...others] = found;
  if (first === undefined) return;
  if (others.length === 0)
    throw guardError(
      `${first.user} is protected (${first.pattern})`,
      advice ?? 'Remove that user from the command, or add --override-guards',
    );
  const named = found.slice(0, maxNamed).map(({ user, pattern }) => `${user} by ${pattern}`);
  const more = found.length > maxNamed ? [`and ${found.length - maxNamed} more`] : [];
  throw guardError(
    `${found.length} users are protected: ${[...named, ...more].join(', ')}`,
    advice ?? 'Remove those users from the command, or add --override-guards',
  );
}

/** Protected users whom a refusal names. */
const maxNamed = 10;

/** The SIDs of the users who lose something, with their user names where the changes hold them. */
async function affectedUsers(
  { assignments }: Organization,
  removals: readonly Change[],
): Promise<Map<string, string | undefined>> {
  const users = new Map<string, string | undefined>();
  const ownerless = new Set<string>();
  for (const step of removals) {
    if ('user' in step) users.set(step.user.id, step.user.userName);
    else if (step.do === 'delete-assignment') {
      const { sid, identity } = step.assignment;
      if (identity === undefined) ownerless.add(sid);
      else if (!users.has(identity)) users.set(identity, undefined);
    }
  }
  if (ownerless.size === 0) return users;
  try {
    for (const { sid, identity } of await assignments.all()) {
      if (ownerless.delete(sid) && !users.has(identity)) users.set(identity, undefined);
    }
  } catch (error) {
    if (!isNotListable(error)) throw error;
  }
  const [sid] = ownerless;
  if (sid === undefined) return users;
  throw guardError(
    `A guard protects some users, and the user of the role assignment ${sid} is unknown`,
    'Name the assignment by --user, --role and --scope',
  );
}

/** The user names that are missing, by SID: looked up by whichever of the two scopes for reading users the login has. */
async function userNames(
  { users }: Organization,
  affected: ReadonlyMap<string, string | undefined>,
): Promise<Map<string, string>> {
  const ids = [...affected].flatMap(([id, name]) => (name === undefined ? id : []));
  const names = new Map<string, string>();
  try {
    const found = await users.named(ids.map((id) => ({ id })));
    for (const id of ids) {
      const user = found.find({ id });
      if (user !== undefined) names.set(id, user.userName);
    }
  } catch (error) {
    if (!isNotListable(error)) throw error;
    const all = await users.list().catch((failure) => {
      if (isNotListable(failure)) return [];
      throw failure;
    });
    for (const { id, userName } of all) names.set(id, userName);
  }
  return names;
}
