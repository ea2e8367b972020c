import type { AccountIndex } from '../../organization/accounts.ts';
import { type KnownScopes, parseRoleReference, resolveScope } from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import { AppError } from '../../platform/core/errors.ts';
import { nameOf, type Role } from '../../twilio/roles.ts';
import { isSid } from '../../twilio/sids.ts';
import { messageOf } from '../input/row-errors.ts';
import type { PlannedGrant } from '../plan/change.ts';

type Cells = ReadonlyMap<string, string>;

/** A problem with a role that a row or a template gives, and the field that it is about. */
export interface RoleProblem {
  field?: 'role' | 'scope' | 'resource_type';
  problem: string;
  /** Advice on how to correct it, if the problem does not imply it. */
  advice?: string;
}

const scopeAdvice =
  'For roles, add a column scope with org, or the SID or name of an account, or give the roles with a template: twilio-org users onboard --help';

/** Checks the form of a role that is to be given, without a request. */
export function roleFormProblems(cells: Cells, known: KnownScopes): RoleProblem[] {
  const [role, scope] = [cells.get('role'), cells.get('scope')];
  const found: RoleProblem[] = [];
  const add = (field: RoleProblem['field'], problem: string | undefined) => {
    if (problem !== undefined) found.push({ ...(field === undefined ? {} : { field }), problem });
  };
  if (role !== undefined)
    add(
      'role',
      messageOf(() => parseRoleReference(role)),
    );
  if (role !== undefined && scope === undefined)
    found.push({ problem: 'a role needs a scope', advice: scopeAdvice });
  if (scope !== undefined) add('scope', scopeProblem(scope, known));
  if (cells.has('resource_type') !== cells.has('resource_id'))
    add(undefined, 'resource_type and resource_id go together');
  return found;
}

/** The reason why a text is not a scope of this organization. */
export function scopeProblem(text: string, known: KnownScopes): string | undefined {
  const invalid = messageOf(() => resolveScope(text, known));
  const { organizationSid } = known;
  if (invalid !== undefined || organizationSid === undefined) return invalid;
  const sid = resolveScope(text, known);
  if (!isSid('OR', sid) || sid.toLowerCase() === organizationSid.toLowerCase()) return undefined;
  return `${sid} is another organization than that of this login (${organizationSid})`;
}

/** The assignment that the cells of a role ask for; undefined where they name no role, or are wrong. */
export function requestedGrant(
  cells: Cells,
  { roles, known }: { roles: RoleIndex | undefined; known: KnownScopes },
  identity: string | null,
): PlannedGrant | undefined {
  const [role, scope] = [cells.get('role'), cells.get('scope')];
  const resolved = role === undefined ? undefined : roles?.resolve(role);
  if (resolved === undefined || 'problem' in resolved || scope === undefined) return undefined;
  const [resource_type, resource_id] = [cells.get('resource_type'), cells.get('resource_id')];
  const resource =
    resource_type === undefined || resource_id === undefined ? {} : { resource_type, resource_id };
  return { role_sid: resolved.sid, scope: resolveScope(scope, known), identity, ...resource };
}

/**
 * The reason why a role can't be given: there is no such role, or it can't be given there. Twilio would say so only after the
 * user was created and mailed.
 *
 * @param isHeld true for an assignment that exists already, which is never an error
 */
export function roleProblem(
  cells: Cells,
  roles: RoleIndex,
  known: KnownScopes,
  isHeld: (grant: PlannedGrant) => boolean,
): RoleProblem | undefined {
  const text = cells.get('role');
  if (text === undefined) return undefined;
  const resolved = roles.resolve(text);
  if ('problem' in resolved) return { field: 'role', problem: resolved.problem };
  const scope = cells.get('scope');
  if (scope === undefined || scopeProblem(scope, known) !== undefined) return undefined;
  const grant = requestedGrant(cells, { roles, known }, null);
  const role = roles.roles.find(({ sid }) => sid === resolved.sid);
  if (grant === undefined || role === undefined || isHeld(grant)) return undefined;
  return levelProblem(role, grant, known.accounts);
}

/**
 * Refuses roles that can't be given where they are wanted, as far as the roles have been read already and the levels of
 * accounts are known.
 *
 * @throws usage with every such role
 */
export function refuseImpossibleGrants(
  grants: readonly Pick<PlannedGrant, 'role_sid' | 'scope' | 'resource_type'>[],
  roleOf: (sid: string) => Role | undefined,
  accounts: AccountIndex,
): void {
  const problems = grants.flatMap((grant) => {
    const role = roleOf(grant.role_sid);
    return (role && levelProblem(role, grant, accounts)?.problem) ?? [];
  });
  const lines = [...new Set(problems)].map((problem) => problem.replace(/^t/, 'T'));
  if (lines.length === 0) return;
  const summary = `${lines.length} roles can't be given there, so nothing was changed`;
  throw new AppError(
    'usage',
    lines.length === 1 ? `${lines[0]}; nothing was changed` : `${summary}: ${lines.join('; ')}`,
    {
      hint: 'To see where each role can be given: twilio-org roles list',
      ...(lines.length > 1 && { listed: { summary, lines } }),
    },
  );
}

export function levelProblem(
  role: Role,
  { scope, resource_type }: Pick<PlannedGrant, 'scope' | 'resource_type'>,
  accounts: AccountIndex,
): RoleProblem | undefined {
  if (role.lowest_level === 'ORGANIZATION' && isSid('AC', scope)) {
    return {
      field: 'scope',
      problem: `the role ${nameOf(role)} can be given only in the organization (org)`,
    };
  }
  if (role.lowest_level === 'ACCOUNT' && accounts.find(scope)?.level === 'sub-account') {
    return {
      field: 'scope',
      problem: `the role ${nameOf(role)} can be given only in the organization or in an account, and ${accounts.label(scope)} is a subaccount`,
    };
  }
  const types = role.resource_types;
  if (resource_type && types && types.length > 0 && !types.includes(resource_type)) {
    return {
      field: 'resource_type',
      problem: `the role ${nameOf(role)} can't be given for a ${resource_type}. It can be given for ${types.join(', ')}`,
    };
  }
  return undefined;
}
