import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import type { Send } from './client.ts';
import { invalidResponse } from './decode.ts';
import { type Scope, scopeNames } from './scopes.ts';
import { listUsers } from './users.ts';

/** Resolves when the login has the scope; otherwise rejects with Twilio's error. */
type Read = (send: Send) => Promise<void>;

/** Harmless reads, by the scope that each proves. */
const reads: Partial<Record<Scope, Read>> = {
  'managed-users/read': async (send) => {
    const unknownUser = `/scim/v2/Users/US${'0'.repeat(32)}`;
    await send({ method: 'GET', path: unknownUser }).catch(unlessCode(25008));
  },
  'managed-users/list': async (send) => {
    // A reserved domain, so that no user can have this name (RFC 2606, section 2).
    await listUsers(send, { userName: 'nobody@doctor.invalid' });
  },
  'role-assignments/list': (send) => firstOf(send, 'RoleAssignments', 'content').catch(unlessCode(25203)),
  'roles/list': (send) => firstOf(send, 'Roles', 'roles'),
};

async function firstOf(send: Send, resource: string, key: string): Promise<void> {
  const response = await send({ method: 'GET', path: `/v2/Organizations/${resource}?PageSize=1` });
  if (!isObject(response) || !Array.isArray(response[key])) throw invalidResponse('a list', key);
}

/** Accepts an error that Twilio sends only to a login with the scope. */
function unlessCode(code: number): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof AppError) || error.code !== code) throw error;
  };
}

/** True when a read can prove the scope; the other scopes show only in a write. */
export function canProbe(scope: Scope): boolean {
  return scope in reads;
}

export const notProbeableNote = "Can't be known without writing: see the OAuth app in the Console";

/** The conclusion from a successful read. */
export function grantedNote(scope: Scope): string {
  return scope === 'roles/list'
    ? 'The login has it, or role-assignments/list in its place'
    : 'The login has it';
}

export interface ScopeProbe {
  scope: Scope;
  /** Outcome of the read; undefined when this scope has none. */
  result: 'held' | { error: unknown } | undefined;
}

/** Probes the wanted scopes of the login, each by a harmless read. */
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

/** Twilio's error codes for a login of another organization, regardless of its scopes. */
const otherOrganization = new Set([25018, 25105, 25107]);

/** True when Twilio's error says only that the login lacks the scope. */
export function isMissingScope(error: unknown): boolean {
  return error instanceof AppError && error.kind === 'forbidden' && !isWrongOrganization(error);
}

/** True when Twilio's error says that the login is of another organization. */
export function isWrongOrganization(error: unknown): boolean {
  return error instanceof AppError && otherOrganization.has(error.code ?? 0);
}
