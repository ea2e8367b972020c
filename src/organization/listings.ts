import { listRoleAssignments, type RoleAssignment } from '../twilio/role-assignments.ts';
import { listUsers, type User } from '../twilio/users.ts';
import type { Workspace } from './workspace/workspace.ts';

/** All that there is, each read when it is wanted first. */
export interface Listings {
  users(): Promise<User[]>;
  assignments(): Promise<RoleAssignment[]>;
}

export async function listings(workspace: Workspace): Promise<Listings> {
  const api = await workspace.api();
  let users: Promise<User[]> | undefined;
  let assignments: Promise<RoleAssignment[]> | undefined;
  return {
    users: () => {
      users ??= listUsers(api.send).then(async (all) => {
        await api.checkListing({ users: all.length });
        return all;
      });
      return users;
    },
    assignments: () => {
      assignments ??= (async () => {
        const all: RoleAssignment[] = [];
        for await (const assignment of listRoleAssignments(api.send, api.url)) all.push(assignment);
        await api.checkListing({ assignments: all.length });
        return all;
      })();
      return assignments;
    },
  };
}
