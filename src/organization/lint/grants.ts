import { resourceInWords } from '../../twilio/resources.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import { assignmentKey } from '../assignments.ts';

/** The resource of an assignment as parts of a key; empty where it covers the whole scope. */
export function resourceKey({ resource_type, resource_id }: RoleAssignment): string[] {
  return resource_type || resource_id ? [resource_type ?? '', resource_id ?? ''] : [];
}

/** ` on billing_group bg_1`, or nothing. */
export function onResource(assignment: RoleAssignment): string {
  const resource = resourceInWords(assignment);
  return resource && ` on ${resource}`;
}

/** Groups what gives the same role to the same person in the same place: one finding is about all of a group. */
export function sameGrants<T>(list: Iterable<T>, assignmentOf: (each: T) => RoleAssignment): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const each of list) {
    const assignment = assignmentOf(each);
    const key = `${canonicalSid(assignment.identity)} ${assignmentKey(assignment)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return [...groups.values()];
}
