import type { Organization } from '../../organization/organization.ts';
import { isNotListable } from '../../twilio/errors.ts';
import { isSid } from '../../twilio/sids.ts';
import type { Change } from '../plan/change.ts';
import { glob } from './glob.ts';
import { type Guards, guardError } from './policy.ts';

export async function checkProtected(
  organization: Organization,
  removals: readonly Change[],
  { protect }: Guards,
): Promise<void> {
  if (protect.length === 0) return;
  const losers = await affectedUsers(organization, removals);
  const patterns = protect.map((text) => ({ text, matches: glob(text) }));
  const bySidAlone = protect.every((text) => isSid('US', text.toUpperCase()));
  const names = bySidAlone ? new Map<string, string>() : await userNames(organization, losers);
  for (const [id, given] of losers) {
    const name = given ?? names.get(id);
    const found = patterns.find(({ matches }) => matches(id) || (name !== undefined && matches(name)));
    if (found !== undefined) {
      throw guardError(`${name ?? 'The user'} (${id}) is protected (${found.text})`, 'Leave them out of it');
    }
    if (name === undefined && !bySidAlone) {
      throw guardError(
        `Who ${id} is can't be told, and a guard protects some users`,
        'Log in with the scope managed-users/read, or protect users by SID',
      );
    }
  }
}

/** The SIDs of those who lose something, with their names where these are known. */
export async function affectedUsers(
  organization: Organization,
  removals: readonly Change[],
): Promise<Map<string, string | undefined>> {
  const losers = new Map<string, string | undefined>();
  const unknown = new Set<string>();
  for (const step of removals) {
    if ('user' in step) losers.set(step.user.id, step.user.userName);
    else if (step.do === 'delete-assignment') {
      const { sid, identity } = step.assignment;
      if (identity === undefined) unknown.add(sid);
      else if (!losers.has(identity)) losers.set(identity, undefined);
    }
  }
  if (unknown.size === 0) return losers;
  try {
    for (const { sid, identity } of await organization.assignments.all()) {
      if (unknown.delete(sid) && !losers.has(identity)) losers.set(identity, undefined);
    }
  } catch (error) {
    if (!isNotListable(error)) throw error;
  }
  const [sid] = unknown;
  if (sid === undefined) return losers;
  throw guardError(
    `Whose role ${sid} is can't be told, and a guard protects some users`,
    'Name it by --user, --role and --scope',
  );
}

/** By whichever of the two scopes for reading users the login has; who can't be seen is not in it. */
export async function userNames(
  { users }: Organization,
  losers: Map<string, string | undefined>,
): Promise<Map<string, string>> {
  const ids = [...losers].flatMap(([id, name]) => (name === undefined ? id : []));
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
