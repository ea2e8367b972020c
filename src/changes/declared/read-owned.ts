import { maxConcurrentReads } from '../../organization/listing-sizes.ts';
import type { Organization } from '../../organization/organization.ts';
import type { KnownScopes } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import { mapConcurrently } from '../../platform/core/side-by-side.ts';
import { wantsFilter } from '../../twilio/errors.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { DeclaredFile, FileProblem } from './model.ts';
import { ownedScopes, scopeIn } from './ownership.ts';

/** Codes of Twilio for a scope that is no account of the organization. */
const noSuchScope = new Set<number | undefined>([25100, 25101, 25200]);

/** Error that names a scope which Twilio does not know; undefined for any other error. */
export function unknownScopeError(error: unknown, scope: string): AppError | undefined {
  if (!(error instanceof AppError) || !noSuchScope.has(error.code)) return undefined;
  const { kind, status, code, moreInfo, requestId } = error;
  return new AppError(kind, `${scope} is no scope of this organization: ${error.message}`, {
    hint: 'To see the names and SIDs of accounts: twilio-org accounts list',
    status,
    code,
    moreInfo,
    requestId,
  });
}

/**
 * The assignments in the scopes that files own, and no others: all of them only where a file owns everything. Adds a problem for a
 * scope that Twilio does not know.
 */
export async function readOwned(
  { assignments }: Organization,
  files: readonly DeclaredFile[],
  known: KnownScopes,
  problems: FileProblem[],
): Promise<RoleAssignment[]> {
  const everything = files.flatMap((file) => file.everything ?? [])[0];
  if (everything !== undefined) {
    return assignments.all().catch((error: unknown) => {
      if (!wantsFilter(error)) throw error;
      const message = 'this organization lists role assignments only by scope, so no file can own everything';
      problems.push({ at: everything, message, advice: 'List the scopes and roles under "owns"' });
      return [];
    });
  }
  const scopes = [...ownedScopes(files, scopeIn(known))];
  const lists = await mapConcurrently(scopes, maxConcurrentReads, async ([scope, at]) => {
    try {
      return await assignments.where({ scope });
    } catch (error) {
      const unknown = unknownScopeError(error, scope);
      if (unknown === undefined) throw error;
      problems.push({ at, message: unknown.message });
      return [];
    }
  });
  return lists.flat();
}
