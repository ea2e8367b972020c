import {
  type KnownScopes,
  parseRoleReference,
  parseUserReference,
} from '../../../organization/references.ts';
import type { RoleIndex } from '../../../organization/roles.ts';
import { onceEach } from '../../../platform/core/once.ts';
import { addressKey } from '../../../twilio/address.ts';
import { emailProblem } from '../../../twilio/email.ts';
import type { RoleAssignment } from '../../../twilio/role-assignments.ts';
import { canonicalSid, isSid } from '../../../twilio/sids.ts';
import type { User } from '../../../twilio/users.ts';
import { messageOf } from '../../input/row-errors.ts';
import { scopeProblem } from '../../planners/role-requests.ts';
import { readResource, writtenResource } from '../model.ts';
import type { EntryTexts } from './format.ts';

/** A name, and what people should know about it where it is a SID. */
export interface WrittenName {
  text: string;
  comment?: string | undefined;
}

/** Names for the files: those that people use where they stand for one thing alone, and SIDs otherwise. */
export interface FileNames {
  /** Undefined for an identity that the files can't name. */
  who(identity: string): WrittenName | undefined;
  /** Undefined for a role that the files can't name. */
  role(sid: string): WrittenName | undefined;
  /** Undefined for a scope of another organization, and for a text that is no SID. */
  scope(sid: string): string | undefined;
}

export function createFileNames(users: Iterable<User>, roles: RoleIndex, known: KnownScopes): FileNames {
  const byId = new Map<string, User>();
  const addresses = new Map<string, number>();
  for (const user of users) {
    byId.set(canonicalSid(user.id), user);
    const key = addressKey(user.userName);
    addresses.set(key, (addresses.get(key) ?? 0) + 1);
  }
  /** False for a name that a plan would take for another role, or for none. */
  function standsFor(sid: string, name: string): boolean {
    if (name.trim() !== name || messageOf(() => parseRoleReference(name)) !== undefined) return false;
    const found = roles.resolve(name);
    return 'sid' in found ? canonicalSid(found.sid) === sid : isSid('IX', name);
  }
  return {
    who(identity) {
      const id = canonicalSid(identity);
      if (!isSid('US', id)) return undefined;
      const user = byId.get(id);
      if (user === undefined) return { text: id, comment: 'not a managed user' };
      const { userName } = user;
      const isUnique = addresses.get(addressKey(userName)) === 1;
      if (isUnique && emailProblem(userName) === undefined && isAddress(userName)) return { text: userName };
      return { text: id, comment: isUnique ? userName : `${userName}, which several users have` };
    },
    role: onceEach((written) => {
      const sid = canonicalSid(written);
      const role = roles.find(sid);
      const name = roles.displayName(role?.sid ?? sid);
      if (role !== undefined && name !== role.sid && standsFor(sid, name)) return { text: name };
      if (!standsFor(sid, sid)) return undefined;
      if (role === undefined) return { text: sid, comment: 'a role that no longer exists' };
      const group = role.product_group ? ` (${role.product_group})` : '';
      return { text: sid, comment: role.friendly_name ? `${role.friendly_name}${group}` : undefined };
    }),
    scope: onceEach((written) => {
      if (!isSid('OR', written) && !isSid('AC', written)) return undefined;
      const sid = canonicalSid(written);
      if (sid.toLowerCase() === known.organizationSid?.toLowerCase()) return 'org';
      if (scopeProblem(sid, known) !== undefined) return undefined;
      const name = known.accounts.displayName(sid).trim();
      return isSid('AC', sid) && scopeProblem(name, known) === undefined ? name : sid;
    }),
  };
}

function isAddress(text: string): boolean {
  return 'userName' in parseUserReference(text);
}

/** The resource of an assignment as text; null where the files can't name it, undefined where there is none. */
export function resourceText({
  resource_type: type,
  resource_id: id,
}: Pick<RoleAssignment, 'resource_type' | 'resource_id'>): string | null | undefined {
  if (!type && !id) return undefined;
  const text = writtenResource({ type: type ?? '', id: id ?? '' });
  const read = text === text.trim() ? readResource(text) : undefined;
  return read?.type === type && read?.id === id ? text : null;
}

/** The part of an assignment that files can't name, such as `the role "IX1"`. */
export interface Unnamed {
  unnamed: string;
}

/** The entry for an assignment. */
export function entryFor(assignment: Omit<RoleAssignment, 'sid'>, names: FileNames): EntryTexts | Unnamed {
  const { identity, role_sid, scope, resource_type, resource_id } = assignment;
  const where = names.scope(scope);
  if (where === undefined) return { unnamed: `the scope ${JSON.stringify(scope)}` };
  const role = names.role(role_sid);
  if (role === undefined) return { unnamed: `the role ${JSON.stringify(role_sid)}` };
  const who = names.who(identity);
  if (who === undefined) return { unnamed: `the identity ${JSON.stringify(identity)}` };
  const resource = resourceText(assignment);
  if (resource === null) {
    const parts = [resource_type, resource_id].map((part) => JSON.stringify(part ?? ''));
    return { unnamed: `a resource with the type ${parts.join(' and the id ')}` };
  }
  const comments = [who.comment, role.comment].filter((each) => each !== undefined);
  return {
    who: who.text,
    role: role.text,
    where,
    resource,
    comment: comments.length === 0 ? undefined : comments.join('; '),
  };
}
