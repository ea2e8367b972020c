import type { Ability, LintPolicy } from '../../organization/lint/policy.ts';
import type { LintFacts } from '../../organization/lint/subject.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import type { FileProblem, Located, Position } from '../declared/model.ts';
import type { LintRulesFile, WrittenAbility } from './model.ts';

/** A file of rules with the SIDs of its roles. */
export interface ResolvedRules extends Pick<LintFacts, 'domains' | 'separations' | 'assumeInheritance'> {
  policy: LintPolicy;
  /** SIDs; undefined where the file does not say which roles make an admin. */
  adminRoles: string[] | undefined;
  /** Roles that the organization does not have: a rule about them would never find anything. */
  problems: FileProblem[];
}

export function resolveRules(file: LintRulesFile, roles: RoleIndex): ResolvedRules {
  const problems: FileProblem[] = [];
  function roleSid(written: Located<string>): string | undefined {
    const found = roles.resolve(written.value);
    if ('sid' in found) return canonicalSid(found.sid);
    problems.push({ at: written, message: found.problem });
    return undefined;
  }
  function abilityOf({ role, can }: WrittenAbility): Ability[] {
    if (can !== undefined) return [{ can: can.value, name: can.value.text }];
    const sid = roleSid(role);
    return sid === undefined ? [] : [{ role: sid, name: roles.label(sid) }];
  }
  const separations = file.separate.map(({ abilities, sameScope, severity, ...at }) => {
    const resolved = abilities.flatMap(abilityOf);
    refuseTwins(resolved, at, problems);
    return { abilities: resolved, sameScope, severity, place: placeOf(at) };
  });
  const reservations = file.own.flatMap(({ ability, file: name, line, column, ...rule }) =>
    abilityOf(ability).map((resolved) => ({
      ...rule,
      ability: resolved,
      place: { file: name, line, column },
    })),
  );
  const adminRoles = file.adminRoles?.flatMap((written) => roleSid(written) ?? []);
  return {
    policy: { rules: file.rules, reservations, suppressions: file.suppress },
    domains: file.domains,
    separations,
    assumeInheritance: file.assumeInheritance,
    adminRoles,
    problems,
  };
}

/** True where a rule asks what a role allows, so that roles are read with their permissions. */
export function asksForPermissions({ separate, own }: LintRulesFile): boolean {
  return [...separate.flatMap(({ abilities }) => abilities), ...own.map(({ ability }) => ability)].some(
    ({ can }) => can !== undefined,
  );
}

/** A role, by name and by SID perhaps, can't be kept apart from itself. */
function refuseTwins(abilities: readonly Ability[], at: Position, problems: FileProblem[]): void {
  const seen = new Set<string>();
  for (const { role, can, name } of abilities) {
    const key = role ?? can?.text ?? '';
    if (seen.has(key)) problems.push({ at, message: `${name} is in this entry of "separate" twice` });
    seen.add(key);
  }
}

function placeOf({ file, line, column }: Position): Position {
  return { file, line, column };
}
