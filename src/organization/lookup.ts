import { AppError } from '../platform/core/errors.ts';
import { describeRole, isNamed, listRoles, type Role } from '../twilio/roles.ts';
import { isSid } from '../twilio/sids.ts';
import { getUser, listUsers, type User } from '../twilio/users.ts';
import { ambiguousUser, noSuchUser, type UserReference } from './references.ts';
import type { Api } from './workspace/api.ts';

/** The user as they are now. */
export async function fetchUser(api: Api, reference: UserReference): Promise<User> {
  if ('id' in reference) return namedUser(api, reference.id);
  const [user, ...others] = await listUsers(api.send, reference);
  if (user !== undefined && others.length === 0) return user;
  if (user === undefined) throw noSuchUser(reference);
  throw ambiguousUser(reference, others.length + 1);
}

/** Twilio says only "User not found", which is not enough where several are looked up. */
export async function namedUser(api: Api, id: string): Promise<User> {
  try {
    return await getUser(api.send, id);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'not-found') throw error;
    const { kind, hint, status, code, moreInfo, requestId } = error;
    throw new AppError(kind, `There is no user ${id}`, { hint, status, code, moreInfo, requestId });
  }
}

/** The user's SID; a SID is taken at its word, so that no scope is needed to read it. */
export async function resolveUserSid(api: Api, reference: UserReference): Promise<string> {
  return 'id' in reference ? reference.id : (await fetchUser(api, reference)).id;
}

/** The role with this SID or, in any case, this name. */
export async function fetchRole(api: Api, text: string, expand = false): Promise<Role> {
  const roles: Role[] = [];
  for await (const role of listRoles(api.send, api.url, { expand })) roles.push(role);
  return roleAmong(roles, text);
}

export function roleAmong(roles: readonly Role[], written: string): Role {
  const text = written.trim();
  const matches: Role[] = [];
  const alike: string[] = [];
  const wanted = text.toLowerCase();
  for (const role of roles) {
    if (isNamed(role, text)) matches.push(role);
    else if (role.friendly_name?.toLowerCase().includes(wanted)) alike.push(role.friendly_name);
  }
  const [role, ...others] = matches;
  if (role === undefined) {
    throw new AppError('not-found', `There is no role ${text}`, {
      hint:
        alike.length > 0
          ? `Did you mean ${alike.slice(0, 5).join(', ')}?`
          : '`twilio-org roles list` shows them all',
    });
  }
  if (others.length > 0) {
    throw new AppError('conflict', `${matches.length} roles are named ${text}`, {
      hint: `Give the SID of one of them: ${matches.map(describeRole).join(', ')}`,
    });
  }
  return role;
}

export async function resolveRoleSid(api: Api, written: string): Promise<string> {
  const text = written.trim();
  return isSid('IX', text) ? text : (await fetchRole(api, text)).sid;
}
