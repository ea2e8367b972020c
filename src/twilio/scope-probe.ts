import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import type { Send } from './client.ts';
import { invalidResponse } from './decode.ts';
import { type Scope, scopeNames } from './scopes.ts';
import { listUsers } from './users.ts';

/** Resolves when the scope is there; throws what Twilio answered otherwise. */
type Read = (send: Send) => Promise<void>;

/** What can be read without changing anything, by the scope that it shows to be there. */
const reads: Partial<Record<Scope, Read>> = {
  'managed-users/read': async (send) => {
    const nobody = `/scim/v2/Users/US${'0'.repeat(32)}`;
    await send({ method: 'GET', path: nobody }).catch(unlessCode(25008));
  },
  'managed-users/list': async (send) => {
    // A name that nobody can have (RFC 2606, section 2).
    await listUsers(send, { userName: 'nobody@doctor.invalid' });
  },
  'role-assignments/list': (send) => firstOf(send, 'RoleAssignments', 'content').catch(unlessCode(25203)),
  'roles/list': (send) => firstOf(send, 'Roles', 'roles'),
};

async function firstOf(send: Send, resource: string, key: string): Promise<void> {
  const answer = await send({ method: 'GET', path: `/v2/Organizations/${resource}?PageSize=1` });
  if (!isObject(answer) || !Array.isArray(answer[key])) throw invalidResponse('a list', key);
}

/** Lets an answer pass that Twilio gives only to those who hold the scope. */
function unlessCode(code: number): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof AppError) || error.code !== code) throw error;
  };
}

/** Whether the scope can be told from what may be read; for the others only a write would show it. */
export function canProbe(scope: Scope): boolean {
  return scope in reads;
}

export const notProbeableNote = "Can't be known without writing: see the OAuth app in the Console";

/** What a read that went well says. */
export function grantedNote(scope: Scope): string {
  return scope === 'roles/list'
    ? 'The login has it, or role-assignments/list in its place'
    : 'The login has it';
}

export interface ScopeProbe {
  scope: Scope;
  /** What came of the read: undefined when there is none for this scope. */
  result: 'held' | { error: unknown } | undefined;
}

/** Tries the scopes of the login that are wanted, each by a harmless read. */
export function probeScopes(
  send: Send,
  isWanted: (scope: Scope) => boolean = () => true,
): Promise<ScopeProbe[]> {
  return Promise.all(
    scopeNames.filter(isWanted).map(async (scope): Promise<ScopeProbe> => {
      const read = reads[scope];
      if (read === undefined) return { scope, result: undefined };
      try {
        await read(send);
        return { scope, result: 'held' };
      } catch (error) {
        return { scope, result: { error } };
      }
    }),
  );
}

/** Codes of Twilio that say: not for this organization, whatever the scopes. */
const otherOrganization = new Set([25018, 25105, 25107]);

/** Whether Twilio's answer says that the login lacks the scope, and nothing else. */
export function isMissingScope(error: unknown): boolean {
  return error instanceof AppError && error.kind === 'forbidden' && !isWrongOrganization(error);
}

/** Whether Twilio's answer says that the login is of another organization. */
export function isWrongOrganization(error: unknown): boolean {
  return error instanceof AppError && otherOrganization.has(error.code ?? 0);
}
