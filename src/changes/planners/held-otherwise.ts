import { AppError } from '../../platform/core/errors.ts';
import { shellQuote } from '../../platform/core/text.ts';
import { resourceInWords } from '../../twilio/resources.ts';
import { grantsEqual, type NewRoleAssignment, type RoleAssignment } from '../../twilio/role-assignments.ts';

/** A role that is to be taken away, with the names that the command line gives its parts. */
export interface RoleToRemove {
  wanted: NewRoleAssignment;
  user: string;
  role: string;
  scope: string;
}

type Resource = Pick<NewRoleAssignment, 'resource_type' | 'resource_id'>;

/**
 * Assignments of the same role to the same user in the same scope, limited to a resource where the whole scope is wanted, or the other
 * way round. The user has the role through them, so "does not have it" would be untrue.
 */
export function heldOtherwise(
  wanted: NewRoleAssignment,
  held: readonly RoleAssignment[],
): readonly RoleAssignment[] {
  return held.filter(
    (assignment) =>
      isLimited(assignment) !== isLimited(wanted) &&
      grantsEqual(withoutResource(assignment), withoutResource(wanted)),
  );
}

/**
 * Refuses to remove roles that users have only in another way.
 *
 * @param commandFor the command that removes the role in that way, without the flags of the resource
 * @throws conflict, naming each assignment and the command that removes it
 */
export function refuseHeldOtherwise<T extends RoleToRemove>(
  roles: readonly T[],
  held: (role: T) => readonly RoleAssignment[],
  commandFor: (role: T) => string,
  verb = 'remove',
): void {
  const lines: string[] = [];
  const commands: string[] = [];
  for (const role of roles) {
    if (held(role).some((assignment) => grantsEqual(assignment, role.wanted))) continue;
    for (const assignment of heldOtherwise(role.wanted, held(role))) {
      lines.push(`${role.user} has ${role.role} in ${role.scope} ${extentOf(assignment)}`);
      commands.push(`${commandFor(role)}${resourceFlags(assignment)}`);
    }
  }
  if (lines.length === 0) return;
  const summary = `${lines.length} roles are held in another way than the command says, so nothing was changed`;
  throw new AppError(
    'conflict',
    lines.length === 1 ? `${lines[0]}; nothing was changed` : `${summary}: ${lines.join('; ')}`,
    {
      hint: `To ${verb} ${lines.length === 1 ? 'it' : 'them'}: ${commands.join('; ')}`,
      ...(lines.length > 1 && { listed: { summary, lines } }),
    },
  );
}

/** The part of its scope that an assignment is about, such as `only on studio_flow FW1`. */
function extentOf(assignment: Resource): string {
  const resource = resourceInWords(assignment);
  return resource ? `only on ${resource}` : 'as a whole, not only on one resource';
}

function resourceFlags({ resource_type, resource_id }: Resource): string {
  if (!resource_type) return '';
  return ` --resource-type ${shellQuote(resource_type)} --resource-id ${shellQuote(resource_id ?? '')}`;
}

function isLimited({ resource_type }: Resource): boolean {
  return Boolean(resource_type);
}

function withoutResource(assignment: NewRoleAssignment): NewRoleAssignment {
  return { ...assignment, resource_type: null, resource_id: null };
}
