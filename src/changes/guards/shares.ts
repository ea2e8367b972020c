import type { Organization } from '../../organization/organization.ts';
import type { Log } from '../../platform/core/log.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { Change } from '../plan/change.ts';
import { guardError, loosenHint } from './policy.ts';

/**
 * What is not weighed unless somebody has asked for it: a slip among a handful of changes is seen before the question, and
 * a fraction of a small organization says nothing.
 */
export const maxUncheckedRemovals = 5;

/** How many there are of what, and how many of them go. */
export interface Share {
  count: number;
  all: number;
  what: string;
}

/**
 * Of each kind of which more than a handful goes, or anything where somebody has asked for the limit. What can't be listed is
 * noted, and the number of removals still holds; more than a handful is then refused to who has asked.
 */
export async function sharesOf(
  { users, assignments }: Organization,
  log: Log,
  removals: readonly Change[],
  isWanted = false,
): Promise<Share[]> {
  const ofUsers = removals.filter((step) => step.do !== 'delete-assignment').length;
  const roles = removals.length - ofUsers;
  const kinds: [count: number, what: string, list: () => Promise<unknown[]>][] = [
    [ofUsers, 'active users', async () => (await users.all()).filter(({ active }) => active)],
    [roles, 'role assignments', () => assignments.all()],
  ];
  const parts: Share[] = [];
  for (const [count, what, list] of kinds) {
    if (count <= (isWanted ? 0 : maxUncheckedRemovals)) continue;
    try {
      parts.push({ count, all: (await list()).length, what });
    } catch (error) {
      if (!isNotListable(error)) throw error;
      if (isWanted && count > maxUncheckedRemovals) {
        throw guardError(
          `How large a part of all ${what} this is can't be told (${error.message}), and a guard limits it`,
          error.kind === 'forbidden' && error.hint !== undefined
            ? error.hint
            : 'If it is meant, pass --override-guards',
        );
      }
      log.note(`How large a part of all ${what} this is could not be looked up: ${error.message}`);
    }
  }
  return parts;
}

export function checkShare({ count, all, what }: Share, limit: number, kept: number | undefined): void {
  if (count > all) {
    throw guardError(
      `The list of ${what} holds ${all}, and ${count} of them are to go`,
      'Something answers wrongly: look with --debug. If the list is true, pass --override-guards',
    );
  }
  // Not by a product, which can be a hair below: 100 * 0.29.
  if (count / all <= limit) return;
  const part = Math.ceil((count / all) * 100) / 100;
  throw guardError(
    `${count} of ${all} ${what} ${count === 1 ? 'is' : 'are'} a larger part than the ${limit} that is allowed`,
    loosenHint('--max-removal-fraction', part, kept),
  );
}
