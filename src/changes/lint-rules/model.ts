import type { Severity } from '../../organization/lint/finding.ts';
import type { PersonPattern, RuleSettings, Suppression } from '../../organization/lint/policy.ts';
import type { PermissionPattern } from '../../organization/permissions/pattern.ts';
import type { Located, Position } from '../declared/model.ts';

/** A role by name or SID, or a pattern of permissions. */
export type WrittenAbility =
  | { role: Located<string>; can?: undefined }
  | { can: Located<PermissionPattern>; role?: undefined };

/** An entry of `separate`. */
export interface WrittenSeparation extends Position {
  abilities: WrittenAbility[];
  sameScope: boolean;
  severity: Severity | undefined;
}

/** An entry of `own`. */
export interface WrittenReservation extends Position {
  id: string;
  ability: WrittenAbility;
  /** SID. */
  scope: string | undefined;
  only: PersonPattern[];
  severity: Severity | undefined;
  summary: string | undefined;
}

/** A file of rules. Roles have the names that the file gives them. */
export interface LintRulesFile {
  rules: Map<string, RuleSettings>;
  domains: string[];
  adminRoles: Located<string>[] | undefined;
  assumeInheritance: boolean | undefined;
  separate: WrittenSeparation[];
  own: WrittenReservation[];
  suppress: Suppression[];
}

export function emptyRulesFile(): LintRulesFile {
  return {
    rules: new Map(),
    domains: [],
    adminRoles: undefined,
    assumeInheritance: undefined,
    separate: [],
    own: [],
    suppress: [],
  };
}
