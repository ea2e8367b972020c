import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { type PlanHeader, verbOf } from '../plan/plan.ts';
import { isDone, itemsWithState } from '../runs/outcomes.ts';
import { readHeader } from '../runs/plan-file.ts';
import { listRuns, loadRun, runPath } from '../runs/run-store.ts';
import { isStill } from './days.ts';
import { grantKey } from './grant-map.ts';
import type { ListedAccess } from './resolve.ts';

/** An assignment that exists although its entry has ended. */
export interface Overdue {
  assignment: RoleAssignment;
  listed: ListedAccess;
}

/** Commands that give what files list. */
const declaringVerbs = ['access apply', 'access plan'];

/**
 * Those of the assignments that a run of this machine removed after their end, and that somebody gave again since. Whoever did
 * so wanted it in spite of the end: removing it again each night would be a quarrel. Reads the journals, where there are
 * assignments to look for.
 *
 * @returns the SIDs of the assignments as they are now
 */
export async function givenAgainAmong(
  workspace: Workspace,
  overdue: readonly Overdue[],
): Promise<Set<string>> {
  const found = new Set<string>();
  if (overdue.length === 0) return found;
  const byKey = new Map(overdue.map((one) => [grantKey(one.assignment), one]));
  const ours = new Set<string>();
  const { organizationSid, apiUrl } = await workspace.identity();
  for (const run of await listRuns(workspace.configDir)) {
    try {
      const head = await readHeader(runPath(workspace.configDir, run));
      if (head.organization_sid !== (organizationSid ?? null) || head.api_url !== apiUrl) continue;
      await readRun(workspace.configDir, run, head, { byKey, found, ours });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      workspace.log.warn(error.message);
    }
  }
  for (const sid of ours) found.delete(sid);
  return found;
}

interface Search {
  byKey: ReadonlyMap<string, Overdue>;
  found: Set<string>;
  /** SIDs of assignments that the files gave. */
  ours: Set<string>;
}

async function readRun(configDir: string, run: string, head: PlanHeader, search: Search): Promise<void> {
  const gives = declaringVerbs.includes(verbOf(head));
  for await (const { item, steps: ends } of itemsWithState(await loadRun(configDir, run))) {
    for (const [number, step] of item.steps.entries()) {
      const end = ends[number];
      if (!isDone(end)) continue;
      if (gives && step.do === 'create-assignment' && !end.found && end.sid !== undefined)
        search.ours.add(end.sid);
      if (step.do !== 'delete-assignment') continue;
      const { sid, identity, role_sid, scope } = step.assignment;
      if (identity === undefined || role_sid === undefined || scope === undefined) continue;
      const overdue = search.byKey.get(grantKey({ ...step.assignment, identity, role_sid, scope }));
      if (overdue === undefined || overdue.assignment.sid === sid) continue;
      const { entry, file } = overdue.listed;
      const removed = Date.parse(end.at);
      if (Number.isNaN(removed) || entry.until === undefined) continue;
      if (!isStill(entry.until.value, file, removed)) search.found.add(overdue.assignment.sid);
    }
  }
}
