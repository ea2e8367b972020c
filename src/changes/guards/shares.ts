import type { Organization } from '../../organization/organization.ts';
import type { Log } from '../../platform/core/log.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { Change } from '../plan/change.ts';
import { guardError, loosen } from './policy.ts';

/**
 * Up to this many removals of a kind are compared with the total only on request: a person sees them all before the question,
 * and a fraction of a small organization says little.
 */
export const maxUncheckedRemovals = 5;

/** The number of removals of one kind, and the number of such things in the organization. */
export interface Share {
  count: number;
  total: number;
  noun: 'active users' | 'role assignments';
}

/**
 * The shares that a limit applies to, each with a total that is complete, or large enough for the limit. A kind that cannot be
 * listed is skipped with a note, because the limit on the number of removals still applies; where the limit on the fraction was
 * asked for, more than a handful is refused.
 *
 * @param limit the largest fraction that is allowed; undefined counts completely
 * @param isRequested true when the limit comes from a flag or the profile: then every kind is weighed
 * @throws guard
 */
export async function sharesOf(
  { users, assignments }: Organization,
  log: Log,
  removals: readonly Change[],
  limit: number | undefined,
  isRequested = false,
): Promise<Share[]> {
  const roles = removals.filter((step) => step.do === 'delete-assignment').length;
  const kinds: (Omit<Share, 'total'> & { total: () => Promise<number> })[] = [
    {
      count: removals.length - roles,
      noun: 'active users',
      total: async () => (await users.all()).filter(({ active }) => active).length,
    },
    { count: roles, noun: 'role assignments', total: () => assignments.countUpTo(enoughFor(roles, limit)) },
  ];
  const shares: Share[] = [];
  for (const { count, noun, total } of kinds) {
    if (count <= (isRequested ? 0 : maxUncheckedRemovals)) continue;
    try {
      shares.push({ count, total: await total(), noun });
    } catch (error) {
      if (!isNotListable(error)) throw error;
      if (isRequested && count > maxUncheckedRemovals) {
        throw guardError(
          `A guard limits the fraction of ${noun}, and their total is unknown (${error.message})`,
          error.kind === 'forbidden' && error.hint !== undefined
            ? error.hint
            : 'To go ahead without guards, add --override-guards',
        );
      }
      log.note(`The limit on the fraction of ${noun} was skipped: ${error.message}`);
    }
  }
  return shares;
}

/** The smallest total of which the count is an allowed fraction: more need not be counted. */
function enoughFor(count: number, limit: number | undefined): number {
  if (limit === undefined || limit <= 0) return Number.POSITIVE_INFINITY;
  const total = Math.ceil(count / limit);
  // The quotient can be a hair off.
  return count / total <= limit ? total : total + 1;
}

/**
 * @param profileLimit the limit in the profile, if it has one
 * @throws guard where a share is above the limit, or a listing holds less than what is to be removed
 */
export function checkShare(
  { count, total, noun }: Share,
  limit: number,
  profileLimit: number | undefined,
): void {
  if (count > total) {
    throw guardError(
      `This affects ${count} ${noun}, but the list of them holds ${total}`,
      'The list is probably incomplete. Inspect the responses with --debug; if the list is correct, add --override-guards',
    );
  }
  // A division: a product such as 100 * 0.29 can be a hair below the true value.
  if (count / total <= limit) return;
  const percent = Math.ceil((count * 100) / total);
  throw guardError(
    `This affects ${count} of ${total} ${noun} (${percent} %); the limit is ${percentOf(limit)} %`,
    loosen('--max-removal-fraction', percent / 100, profileLimit),
  );
}

function percentOf(fraction: number): number {
  return Number((fraction * 100).toPrecision(6));
}
