import type { ApiReader } from '../twilio/mutation.ts';
import { listRoleAssignments, type RoleAssignment } from '../twilio/role-assignments.ts';
import { listRoles, type Role } from '../twilio/roles.ts';
import { getUser, listUsers, type User } from '../twilio/users.ts';
import { readOnce } from './read-once.ts';

/** Role assignments of one user, in one scope, or both. */
export interface AssignmentFilter {
  identity?: string | undefined;
  scope?: string | undefined;
}

/** The source of an organization's users, roles and role assignments, such as Twilio's API. */
export interface OrganizationSource {
  /** All users, or those with an address or an external id. */
  listUsers(where?: { userName?: string; externalId?: string }): Promise<User[]>;
  /** @throws not-found */
  getUser(id: string): Promise<User>;
  /** @param expand with the permissions of each role */
  listRoles(expand: boolean): Promise<Role[]>;
  listAssignments(filter: AssignmentFilter): AsyncIterable<RoleAssignment>;
  /** Makes everything but roles be read anew. */
  forget(): void;
  forgetRoles(): void;
  /** Any other GET of Twilio's API, sent once as well. */
  readonly reader: ApiReader;
}

/** Twilio's API, of which each request is sent once until it is forgotten. */
export function apiSource(api: ApiReader): OrganizationSource {
  const { send, forget } = readOnce(api.send);
  // A client of its own, so that roles outlive a change.
  const ofRoles = readOnce(api.send);
  return {
    listUsers: (where) => listUsers(send, where),
    getUser: (id) => getUser(send, id),
    async listRoles(expand) {
      const roles: Role[] = [];
      for await (const role of listRoles(ofRoles.send, api.url, { expand })) roles.push(role);
      return roles;
    },
    listAssignments: (filter) => listRoleAssignments(send, api.url, filter),
    forget,
    forgetRoles: ofRoles.forget,
    reader: { send, url: api.url },
  };
}
