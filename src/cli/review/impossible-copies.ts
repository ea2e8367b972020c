import type { Item } from '../../changes/plan/plan.ts';
import { refuseImpossibleGrants } from '../../changes/planners/role-requests.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { Context } from '../context.ts';

/**
 * Refuses roles that can't be given to another user. Roles that one user has can be given to another, unless the level of their
 * account says otherwise, so that roles are read for accounts of a known level alone.
 *
 * @throws usage with every such role
 */
export async function refuseImpossibleCopies(ctx: Context, items: readonly Item[]): Promise<void> {
  const { accounts } = await ctx.scopes();
  const grants = items.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === 'create-assignment' ? step.grant : [])),
  );
  const atLevels = grants.filter(({ scope }) => accounts.find(scope)?.level !== undefined);
  if (atLevels.length === 0) return;
  const { roles } = await ctx.organization();
  try {
    await roles.index();
  } catch (error) {
    if (!isNotListable(error)) throw error;
    return;
  }
  refuseImpossibleGrants(atLevels, (sid) => roles.seen(sid), accounts);
}
