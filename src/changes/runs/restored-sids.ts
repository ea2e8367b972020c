import { assignmentKey } from '../../organization/assignments.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { Change } from '../plan/change.ts';
import { kindOf } from '../plan/change-kinds.ts';
import { isDone, itemsWithState } from './outcomes.ts';
import { readHeader } from './plan-file.ts';
import { listRuns, loadRun, runPath } from './run-store.ts';

/**
 * The SIDs under which later undos gave role assignments back, by the earlier SID of each. Twilio gives the same role of the
 * same user a new SID, so a run's own assignment would seem to be gone for good.
 */
export async function restoredSidsSince(
  configDir: string,
  run: string,
): Promise<ReadonlyMap<string, string>> {
  const again = new Map<string, string>();
  for (const later of (await listRuns(configDir)).toReversed()) {
    if (later <= run) continue;
    try {
      const { undoes } = await readHeader(runPath(configDir, later));
      if (undoes === undefined) continue;
      const given = await sidsByGrant(configDir, later, 'create-assignment');
      if (given.size === 0) continue;
      for (const [grant, sid] of await sidsByGrant(configDir, undoes, 'delete-assignment')) {
        const now = given.get(grant);
        if (now !== undefined) again.set(sid, now);
      }
    } catch (error) {
      // Without the records of both runs, an assignment under another SID stays, and the undo says so.
      if (!(error instanceof AppError)) throw error;
    }
  }
  return again;
}

/** The role assignments that a run created or deleted, by user and grant. */
async function sidsByGrant(
  configDir: string,
  run: string,
  kind: 'create-assignment' | 'delete-assignment',
): Promise<Map<string, string>> {
  const sids = new Map<string, string>();
  for await (const { item, steps } of itemsWithState(await loadRun(configDir, run))) {
    for (const [number, step] of item.steps.entries()) {
      const end = steps[number];
      const key = step.do === kind && isDone(end) && !end.found ? keyOf(step) : undefined;
      const sid = step.do === 'delete-assignment' ? step.assignment.sid : isDone(end) ? end.sid : undefined;
      if (key !== undefined && sid !== undefined) sids.set(key, sid);
    }
  }
  return sids;
}

/** Identifies the user, role and scope; undefined where the record has the SID of the assignment alone. */
function keyOf(step: Change): string | undefined {
  const assignment = kindOf(step).assignment(step);
  if (assignment === undefined) return undefined;
  const { identity, role_sid, scope, ...resource } = assignment;
  if (identity == null || role_sid === undefined || scope === undefined) return undefined;
  return `${identity.toLowerCase()} ${assignmentKey({ ...resource, identity, role_sid, scope })}`;
}
