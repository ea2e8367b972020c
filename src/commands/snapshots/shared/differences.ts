import type { Difference, SnapshotObject } from '../../../organization/snapshots/diff.ts';
import { valueAt } from '../../../platform/terminal/projection.ts';
import type { View } from '../../../platform/terminal/view.ts';
import { resourceInWords } from '../../../twilio/resources.ts';
import type { RoleAssignment } from '../../../twilio/role-assignments.ts';

/** A difference with its words. */
export interface ShownDifference extends Difference {
  /** The name of the object, such as an address, or `Admin of ada@example.com in org`. */
  name: string;
}

const columns = ['change', 'kind', 'sid', 'name', 'fields'];

export const differencesView: View = {
  fields: [...columns, 'before', 'after'],
  columns,
  people: {
    list: [
      { heading: 'Change', value: 'change' },
      { heading: 'What', value: ({ kind }: Difference) => kind.replace('-', ' ') },
      { heading: 'Which', value: 'name' },
      { heading: 'Fields', value: detailsOf, mayCut: true },
      { heading: 'SID', value: 'sid', isId: true },
    ],
  },
};

/** `active: true → false`. */
function detailsOf({ fields, before, after }: Difference): string[] {
  const text = (object: unknown, path: string) => {
    const value = valueAt(object, path);
    if (value === undefined || value === null) return 'none';
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  return fields.map((path) => `${path}: ${text(before, path)} → ${text(after, path)}`);
}

/** Objects of both states that others refer to. */
export interface Sides {
  users: readonly (readonly SnapshotObject[])[];
  roles: readonly (readonly SnapshotObject[])[];
}

/** Names the objects of differences as they were called last. */
export function shownDifference(
  sides: Sides,
  accounts: readonly SnapshotObject[],
  organizationSid: string | undefined,
): (difference: Difference) => ShownDifference {
  let named: ReadonlyMap<string, string> | undefined;
  const nameOf = (sid: unknown) => {
    // Two states that are equal have nothing to name.
    named ??= namesOf(sides, accounts, organizationSid);
    return typeof sid === 'string' ? (named.get(sid) ?? sid) : 'unknown';
  };
  return (difference) => {
    const object = difference.after ?? difference.before ?? {};
    if (difference.kind !== 'role-assignment') return { ...difference, name: nameOf(difference.sid) };
    const resource = resourceInWords(object as Partial<RoleAssignment>);
    const place = `${nameOf(object.scope)}${resource && ` (${resource})`}`;
    return { ...difference, name: `${nameOf(object.role_sid)} of ${nameOf(object.identity)} in ${place}` };
  };
}

function namesOf(
  { users, roles }: Sides,
  accounts: readonly SnapshotObject[],
  organizationSid: string | undefined,
): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  const name = (sid: unknown, text: unknown) => {
    if (typeof sid === 'string' && typeof text === 'string') named.set(sid, text);
  };
  for (const user of users.flat()) name(user.id, user.userName);
  for (const role of roles.flat()) name(role.sid, role.friendly_name);
  for (const account of accounts) name(account.sid, account.name);
  name(organizationSid, 'org');
  return named;
}
