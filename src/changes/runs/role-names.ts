import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { kindOf } from '../plan/change-kinds.ts';
import type { Plan, PlanHeader } from '../plan/plan.ts';

/**
 * The head of a plan that is to be kept, with what its roles are called now. They are for whoever reads it later, so that
 * nothing fails where they can't be read.
 */
export async function withRoleNames(workspace: Workspace, { head, steps, items }: Plan): Promise<PlanHeader> {
  if (steps['create-assignment'] + steps['delete-assignment'] === 0) return head;
  try {
    const { nameOf } = await (await workspace.organization()).roles.index();
    const names = new Map(Object.entries(head.role_names ?? {}));
    for await (const item of items()) {
      for (const step of item.steps) {
        const sid = kindOf(step).assignment(step)?.role_sid;
        const name = sid && nameOf(sid);
        if (sid && name) names.set(sid, name);
      }
    }
    return { ...head, role_names: Object.fromEntries(names) };
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'cancelled') throw error;
    workspace.log.note(`What its roles are called could not be looked up, and is not kept: ${error.message}`);
    return head;
  }
}
