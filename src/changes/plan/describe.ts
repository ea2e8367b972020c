import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';
import { fieldNames, fieldValue } from '../../twilio/user-fields.ts';
import type { User, UserFields } from '../../twilio/users.ts';
import type { Change } from './change.ts';

/** What a role or a scope is called, by its SID. */
export type LabelFor = (sid: string) => string;

/** A step in a few words, for plans and reports. */
export function describeChange(step: Change, label: LabelFor = (sid) => sid): string {
  switch (step.do) {
    case 'create-user':
      return `create ${step.fields.email}`;
    case 'update-user':
      if (fieldNames(step.fields).join() === 'active')
        return `${step.fields.active ? 'activate' : 'deactivate'} ${step.user.userName}`;
      return `change ${step.user.userName}: ${fieldNames(step.fields)
        .map((name) => `${name} ${JSON.stringify(step.fields[name])}, was ${was(step.user, name)}`)
        .join('; ')}`;
    case 'delete-user':
      return `deactivate ${step.user.userName}`;
    case 'create-assignment':
      return `give ${step.whose === undefined ? '' : `${step.whose} `}role ${label(step.grant.role_sid)} in ${label(step.grant.scope)}${resourceOf(step.grant)}`;
    case 'delete-assignment': {
      const { sid, role_sid, scope = '' } = step.assignment;
      if (role_sid === undefined) return `take away ${sid}`;
      const from = step.whose === undefined ? 'take away' : `take from ${step.whose}`;
      return `${from} role ${label(role_sid)} in ${label(scope)}${resourceOf(step.assignment)} (${sid})`;
    }
    case 'send-request':
      return `${step.method} ${step.path}`;
  }
}

export function was(user: User, name: keyof UserFields): string {
  const value = fieldValue(user, name);
  return value === undefined ? 'empty' : JSON.stringify(value);
}

export function resourceOf(of: Pick<Partial<NewRoleAssignment>, 'resource_type' | 'resource_id'>): string {
  const { resource_type, resource_id } = of;
  return resource_type ? `, ${resource_type} ${resource_id}` : '';
}
