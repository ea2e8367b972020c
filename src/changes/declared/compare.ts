import type { Organization } from '../../organization/organization.ts';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { spareMemory } from '../../platform/core/long-lists.ts';
import { type DeclaredPlan, forOtherDays, planDeclaredAccess } from '../planners/declared-access.ts';
import { givenAgainAmong, type Overdue } from './given-again.ts';
import type { GrantMap } from './grant-map.ts';
import { loadDeclaredAccess } from './load.ts';
import type { DeclaredFile, FileProblem } from './model.ts';
import { formatProblem, refuseProblems } from './problems.ts';
import { type ListedAccess, type ResolvedAccess, resolveDeclaredAccess } from './resolve.ts';

/** An organization beside the files of a directory. */
export interface Comparison extends DeclaredPlan {
  files: readonly DeclaredFile[];
  access: ResolvedAccess;
  /** Oddities of the files that change nothing. */
  warnings: string[];
}

/**
 * Reads the files of a directory and what they are about in the organization, and plans the way from one to the other. Sends
 * reading requests alone.
 *
 * @param options.isForUpdate as in {@link ResolveOptions}; a plan of such access can't be executed
 * @throws usage with every problem of every file
 */
export async function compareDeclaredAccess(
  workspace: Workspace,
  directory: string,
  { onlyAdd, isForUpdate = false }: { onlyAdd: boolean; isForUpdate?: boolean },
): Promise<Comparison> {
  spareMemory();
  const { files, problems, warnings } = await loadDeclaredAccess(directory);
  // A job with a mistyped directory would find nothing to do each night.
  if (files.length === 0 && problems.length === 0)
    throw usageError(
      `${directory} has no YAML files`,
      'Name the directory of the files that say who has access. To write the first ones: twilio-org access pull DIR',
    );
  const access = await resolved(workspace, directory, files, problems, isForUpdate);
  const organization = await workspace.organization();
  const others = forOtherDays(access.listed);
  const { overdue, losing } = unwanted(access, others);
  if (!onlyAdd) await readLosing(organization, losing);
  const plan = planDeclaredAccess(access, others, {
    onlyAdd,
    userOf: (id) => organization.users.seen({ id }),
    givenAgain: onlyAdd ? new Set() : await givenAgainAmong(workspace, overdue),
  });
  refuseProblems(directory, plan.problems);
  return { ...plan, files, access, warnings: warnings.map(formatProblem) };
}

/** Says what is wrong in the files even where the organization can't be read. */
async function resolved(
  workspace: Workspace,
  directory: string,
  files: readonly DeclaredFile[],
  problems: FileProblem[],
  isForUpdate: boolean,
): Promise<ResolvedAccess> {
  let access: ResolvedAccess | undefined;
  try {
    const known = await workspace.scopes();
    const organization = await workspace.organization();
    organization.users.keepOnlyNames();
    const options = { now: workspace.now(), isForUpdate };
    access = await resolveDeclaredAccess(organization, known, files, options, problems);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'cancelled' || problems.length === 0) throw error;
  }
  refuseProblems(directory, problems);
  if (access === undefined) throw new Error('The organization was not read');
  return access;
}

/** The assignments that files own and do not want today, and the users who have them. */
function unwanted(
  { current, held, ownership }: ResolvedAccess,
  others: GrantMap<ListedAccess>,
): { overdue: Overdue[]; losing: Set<string> } {
  const overdue: Overdue[] = [];
  const losing = new Set<string>();
  for (const assignment of current) {
    if (held.isWanted(assignment) || ownership.ownerOf(assignment) === undefined) continue;
    losing.add(assignment.identity);
    const entry = others.get(assignment);
    if (entry?.state === 'ended') overdue.push({ assignment, listed: entry });
  }
  return { overdue, losing };
}

/** Reads the users who lose a role, for their names. One who is no managed user stays unknown. */
async function readLosing({ users }: Organization, ids: ReadonlySet<string>): Promise<void> {
  const unknown = [...ids].filter((id) => users.seen({ id }) === undefined);
  if (unknown.length > 0) await users.named(unknown.map((id) => ({ id })));
}
