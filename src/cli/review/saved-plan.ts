import { readPlanFile } from '../../changes/runs/plan-file.ts';
import type { StoredRun } from '../../changes/runs/records.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';

/** Reads a plan that the user named. A file that is missing or unusable is a usage error. */
export async function readSavedPlan(file: string): Promise<StoredRun> {
  const hintAboutFile = 'Name a file that --plan-out saved';
  try {
    return await readPlanFile(file, { hint: hintAboutFile });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { kind, message, hint } = error;
    if (kind === 'not-found') throw usageError(`There is no ${file}`, hintAboutFile);
    throw usageError(message, hint);
  }
}
