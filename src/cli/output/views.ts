import type { View } from '../../platform/terminal/output.ts';
import { isChangeable, type User } from '../../twilio/users.ts';
import type { Context } from '../context.ts';

/** The fields shown of each resource, under the API's own names. */
export const userView: View = {
  fields: [
    'id',
    'userName',
    'displayName',
    'name.givenName',
    'name.familyName',
    'emails',
    'externalId',
    'active',
    'locale',
    'timezone',
    'schemas',
    'meta.version',
    'meta.created',
    'meta.lastModified',
    'meta.resourceType',
  ],
  columns: ['id', 'userName', 'displayName', 'active'],
};

/** In a table, what an answer does not say of a user is called unknown; for programs it stays absent. */
export function forPeople({ out }: Context, users: readonly User[]): readonly unknown[] {
  if (!out.format.forPeople) return users;
  return users.map((user) => (isChangeable(user) ? user : { ...user, active: 'unknown' }));
}

export const roleView: View = {
  fields: [
    'sid',
    'friendly_name',
    'external_description',
    'product_group',
    'lowest_level',
    'role_product_group.product_group',
    'role_product_group.friendly_name',
    'policy.allow',
    'policy.deny',
    'policy.format',
    'resource_types',
    'date_created',
    'date_updated',
  ],
  columns: ['sid', 'friendly_name', 'product_group', 'lowest_level'],
};

const assignmentFields = ['sid', 'identity', 'role_sid', 'scope', 'resource_type', 'resource_id'];

export const assignmentView: View = { fields: assignmentFields, columns: assignmentFields };

export const namedAssignmentView: View = {
  fields: [...assignmentFields, 'user_name', 'role_name'],
  columns: ['sid', 'user_name', 'role_name', 'scope', 'resource_type', 'resource_id'],
};
