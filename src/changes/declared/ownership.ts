import { type KnownScopes, resolveScope } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import { onceEach } from '../../platform/core/once.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { scopeProblem } from '../planners/role-requests.ts';
import type { DeclaredFile, FileProblem, Located, Position } from './model.ts';

export type Pair = Pick<RoleAssignment, 'scope' | 'role_sid'>;

/** The file that decides who has a role in a scope, and the line that says so. */
export interface Owner {
  file: DeclaredFile;
  at: Position;
}

/** A pair that a file names in `owns`. */
export interface OwnedPair extends Pair, Owner {
  /** The role within `owns`. */
  roleAt: Position;
}

/** The pairs of scope and role that files own. Whatever is not in here is never changed. */
export interface Ownership {
  pairs: readonly OwnedPair[];
  ownerOf(pair: Pair): Owner | undefined;
}

export function pairKey({ role_sid, scope }: Pair): string {
  return `${role_sid.toLowerCase()} ${scope.toLowerCase()}`;
}

/** Finds the SID of a role or a scope by its text, each text once. Adds a problem for each place of a text that has none. */
export type SidFinder = (text: Located<string>) => string | undefined;

export type FoundSid = { sid: string } | { problem: string; advice?: string | undefined };

/** @param resolve the SID, or the reason why the text has none */
export function sidFinder(problems: FileProblem[], resolve: (text: string) => FoundSid): SidFinder {
  const resolveOnce = onceEach(resolve);
  return (text) => {
    const found = resolveOnce(text.value);
    if ('sid' in found) return found.sid;
    problems.push({ at: text, message: found.problem, advice: found.advice });
    return undefined;
  };
}

/** The SID of a scope of this organization. */
export function scopeIn(known: KnownScopes): (text: string) => FoundSid {
  return (text) => {
    try {
      const sid = resolveScope(text, known);
      const problem = scopeProblem(text, known);
      return problem === undefined ? { sid } : { problem };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { problem: error.message, advice: error.hint };
    }
  };
}

/** The SIDs of the scopes that files own, each with its first place, before anything is read. */
export function ownedScopes(
  files: readonly DeclaredFile[],
  scopeOf: (text: string) => FoundSid,
): Map<string, Position> {
  const scopes = new Map<string, Position>();
  for (const { scope } of files.flatMap(({ owns }) => owns)) {
    const found = scopeOf(scope.value);
    if ('sid' in found && !scopes.has(found.sid)) scopes.set(found.sid, scope);
  }
  return scopes;
}

/** Resolves what the files own. Adds a problem for each pair that two files own. */
export function resolveOwnership(
  files: readonly DeclaredFile[],
  {
    roleIn,
    scope,
  }: { roleIn: (role: Located<string>, scope: string) => string | undefined; scope: SidFinder },
  describe: (pair: Pair) => string,
  problems: FileProblem[],
): Ownership {
  const owners = new Map<string, OwnedPair>();
  const owner = files.find(({ everything }) => everything !== undefined);
  for (const file of files) {
    for (const owned of file.owns) {
      const sid = scope(owned.scope);
      if (sid === undefined) continue;
      for (const role of owned.roles) {
        const role_sid = roleIn(role, sid);
        if (role_sid === undefined) continue;
        const pair = { scope: sid, role_sid, file, at: owned, roleAt: role };
        const other = owners.get(pairKey(pair));
        if (other === undefined) owners.set(pairKey(pair), pair);
        else if (other.file !== file) {
          problems.push({
            at: role,
            message: `${describe(pair)} is also owned by ${other.file.path}:${other.roleAt.line}`,
            advice: 'Let one file own each pair of scope and role',
          });
        }
      }
    }
  }
  const all: Owner | undefined =
    owner?.everything === undefined ? undefined : { file: owner, at: owner.everything };
  return {
    pairs: [...owners.values()],
    ownerOf: (pair) => all ?? owners.get(pairKey(pair)),
  };
}
