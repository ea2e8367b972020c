import type { UserIndex } from '../../organization/users.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { Warn } from '../../platform/fs/private-files.ts';
import { kindOf } from '../plan/change-kinds.ts';
import { type Plan, type PlanHeader, verbOf } from '../plan/plan.ts';
import { isDone, itemsWithState } from './outcomes.ts';
import { readHeader } from './plan-file.ts';
import { listRuns, loadRun, runPath } from './run-store.ts';

/** A user to whom a plan gives access back. */
export interface GivenBack {
  id: string;
  name: string;
  /** True when the plan lets the user sign in again. */
  signsIn: boolean;
  /** The number of roles they get. */
  roles: number;
}

/** The users who can sign in again or get roles by a plan. */
export async function givenBackBy(plan: Pick<Plan, 'items'>, directory: UserIndex): Promise<GivenBack[]> {
  const people = new Map<string, GivenBack>();
  for await (const { steps } of plan.items()) {
    for (const step of steps) {
      const id = kindOf(step).givesAccessTo(step);
      if (id === undefined) continue;
      const name = directory.find({ id })?.userName ?? id;
      const person = people.get(id) ?? { id, name, signsIn: false, roles: 0 };
      people.set(id, person);
      if (step.do === 'update-user') person.signsIn = true;
      else person.roles += 1;
    }
  }
  return [...people.values()];
}

/** The SIDs of the users who get access back by a plan. */
export async function givenAccessBy(plan: Pick<Plan, 'items'>): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { steps } of plan.items()) {
    for (const step of steps) {
      const id = kindOf(step).givesAccessTo(step);
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids];
}

export function isOffboarding(head: PlanHeader): boolean {
  return head.offboarding !== undefined || verbOf(head) === 'users offboard';
}

/**
 * Those of the users whom an offboarding of this organization removed, as far as it was not undone. Reads the journals.
 */
export async function offboardedAmong(
  configDir: string,
  { organization_sid, api_url }: Pick<PlanHeader, 'organization_sid' | 'api_url'>,
  ids: ReadonlySet<string>,
  warn: Warn,
): Promise<Set<string>> {
  const found = new Set<string>();
  const undone = new Set<string>();
  for (const run of await listRuns(configDir)) {
    try {
      const head = await readHeader(runPath(configDir, run));
      if (undone.has(run)) continue;
      if (head.undoes !== undefined) undone.add(head.undoes);
      if (!isOffboarding(head) || head.organization_sid !== organization_sid || head.api_url !== api_url)
        continue;
      for (const id of await leaversOf(configDir, run)) if (ids.has(id)) found.add(id);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      warn(error.message);
    }
  }
  return found;
}

async function leaversOf(configDir: string, run: string): Promise<string[]> {
  const leavers: string[] = [];
  for await (const { item, steps: ends } of itemsWithState(await loadRun(configDir, run))) {
    for (const [number, step] of item.steps.entries()) {
      if (!isDone(ends[number])) continue;
      if (step.do === 'update-user') leavers.push(step.user.id);
      if (step.do === 'delete-assignment' && step.assignment.identity !== undefined)
        leavers.push(step.assignment.identity);
    }
  }
  return leavers;
}
