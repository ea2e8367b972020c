import { onceEach } from '../platform/core/once.ts';
import type { ApiReader } from '../twilio/mutation.ts';
import { type RoleAssignment, roleAssignmentPages } from '../twilio/role-assignments.ts';
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
  /**
   * All users, or those with an address or an external id.
   *
   * @param pack makes the users of a long list smaller, as they arrive
   */
  listUsers(where?: { userName?: string; externalId?: string }, pack?: (user: User) => User): Promise<User[]>;
  /** @throws not-found */
  getUser(id: string): Promise<User>;
  /** @param expand with the permissions of each role */
  listRoles(expand: boolean): Promise<Role[]>;
  /** The pages of a list. */
  listAssignments(filter: AssignmentFilter): AsyncIterable<readonly RoleAssignment[]>;
  /** Makes everything but roles be read anew. */
  forget(): void;
  forgetRoles(): void;
  /** Any other GET of Twilio's API, sent once as well. */
  readonly reader: ApiReader;
  /** True where lists cost no request. */
  readonly isLocal: boolean;
}

/**
 * Twilio's API, of which each request is sent once until it is forgotten.
 *
 * @param options.isLocal true for a reader that sends nothing
 */
export function apiSource(api: ApiReader, { isLocal = false } = {}): OrganizationSource {
  const { send, forget } = readOnce(api.send);
  // A client of its own, so that roles outlive a change.
  const ofRoles = readOnce(api.send);
  const shared = onceEach((text) => text);
  /** Roles and scopes are few, and the parser makes a text of its own for each assignment. */
  async function* sharingTexts(pages: AsyncIterable<RoleAssignment[]>): AsyncGenerator<RoleAssignment[]> {
    for await (const page of pages) {
      for (const assignment of page) {
        assignment.role_sid = shared(assignment.role_sid);
        assignment.scope = shared(assignment.scope);
      }
      yield page;
    }
  }
  return {
    listUsers: (where, pack) => listUsers(send, where, pack),
    getUser: (id) => getUser(send, id),
    async listRoles(expand) {
      const roles: Role[] = [];
      for await (const role of listRoles(ofRoles.send, api.url, { expand })) roles.push(role);
      return roles;
    },
    listAssignments: (filter) => sharingTexts(roleAssignmentPages(send, api.url, filter)),
    forget,
    forgetRoles: ofRoles.forget,
    reader: { send, url: api.url },
    isLocal,
  };
}
