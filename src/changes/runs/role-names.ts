import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { kindOf } from '../plan/change-kinds.ts';
import type { Plan, PlanHeader } from '../plan/plan.ts';

/** Adds the names of the roles to the header of a plan, for people who read it later; a failure to read them is only noted. */
export async function withRoleNames(workspace: Workspace, { head, steps, items }: Plan): Promise<PlanHeader> {
  if (steps['create-assignment'] + steps['delete-assignment'] === 0) return head;
  try {
    const { label } = await (await workspace.organization()).roles.index();
    const names = new Map(Object.entries(head.role_names ?? {}));
    for await (const item of items()) {
      for (const step of item.steps) {
        const sid = kindOf(step).assignment(step)?.role_sid;
        const name = sid && label(sid);
        if (sid && name && name !== sid) names.set(sid, name);
      }
    }
    return { ...head, role_names: Object.fromEntries(names) };
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'cancelled') throw error;
    workspace.log.note(`The names of its roles could not be read and are not recorded: ${error.message}`);
    return head;
  }
}
