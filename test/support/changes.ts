import type { Change } from '../../src/changes/plan/change.ts';
import type { Item, PlanHeader } from '../../src/changes/plan/plan.ts';
import { indexUsers, type UserIndex } from '../../src/organization/users.ts';
import type { RoleAssignment } from '../../src/twilio/role-assignments.ts';
import type { User } from '../../src/twilio/users.ts';

/** A SID that ends in this digit, such as US000…1. */
export const sid = (prefix: string, digit: number): string => `${prefix}${String(digit).padStart(32, '0')}`;

export const ada: User = {
  id: sid('US', 1),
  userName: 'ada@example.com',
  displayName: 'Ada',
  externalId: 'E1',
  active: true,
  meta: { version: 'W/1' },
};

export const adasRole: RoleAssignment = {
  sid: sid('IY', 1),
  role_sid: sid('IX', 1),
  scope: sid('OR', 1),
  identity: ada.id,
};

const { sid: _, ...grant } = adasRole;

/** One change of each kind. */
export const changes = {
  'create-user': { do: 'create-user', fields: { email: 'grace@example.com', givenName: 'Grace' } },
  'update-user': { do: 'update-user', user: ada, fields: { displayName: 'Ada King' } },
  'delete-user': { do: 'delete-user', user: ada },
  'create-assignment': { do: 'create-assignment', grant },
  'delete-assignment': { do: 'delete-assignment', assignment: adasRole },
  'send-request': { do: 'send-request', method: 'POST', path: `/v1/Users/${ada.id}` },
} as const satisfies { [K in Change['do']]: Extract<Change, { do: K }> };

export const deactivation: Change = { do: 'update-user', user: ada, fields: { active: false } };

export const header: PlanHeader = {
  command: 'twilio-org users import people.csv',
  profile: 'default',
  organization_sid: sid('OR', 1),
  api_url: 'http://127.0.0.1:1',
  columns: ['email'],
};

export function item(...steps: Change[]): Item {
  return { row: {}, steps };
}

export function userIndex(...users: User[]): UserIndex {
  return { find: (reference) => indexUsers(users, [reference]).find(reference) };
}
