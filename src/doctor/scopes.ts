import { scopes } from '../api/scopes.ts';
import type { Send } from '../api/transport.ts';
import { listUsers } from '../api/users.ts';
import { isObject, unexpected } from '../api/values.ts';
import { AppError } from '../errors.ts';
import { type Finding, failed, ok, unknown, type Verdict } from './finding.ts';

/** Resolves when the scope is there; throws what Twilio answered otherwise. */
type Read = (send: Send) => Promise<void>;

/** What can be read without changing anything, by the scope that it shows to be there. */
const reads: Record<string, Read> = {
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
  if (!isObject(answer) || !Array.isArray(answer[key])) throw unexpected('a list', key);
}

/** Lets an answer pass that Twilio gives only to those who hold the scope. */
function unlessCode(code: number): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof AppError) || error.code !== code) throw error;
  };
}

const scopeNames = [...new Set(scopes.map(({ scope }) => scope))];

/** Finds out which scopes the login has; `refusal` is Twilio's word that it refuses the login altogether. */
export async function tryScopes(send: Send): Promise<{ findings: Finding[]; refusal: AppError | undefined }> {
  let refusal: AppError | undefined;
  const findings = scopeNames.map(async (scope): Promise<Finding> => {
    try {
      await reads[scope]?.(send);
      return { check: scope, ...(scope in reads ? there(scope) : notReadable) };
    } catch (error) {
      if (error instanceof AppError && error.kind === 'auth') refusal = error;
      return { check: scope, ...notThere(error) };
    }
  });
  return { findings: await Promise.all(findings), refusal };
}

/** The same lines when nothing could be asked. */
export function untriedScopes(why: string): Finding[] {
  return scopeNames.map((check) => ({
    check,
    ...(check in reads ? unknown(`Not tried: ${why}`) : notReadable),
  }));
}

const notReadable = unknown("Can't be known without writing: see the OAuth app in the Console");

function there(scope: string): Verdict {
  return ok(
    scope === 'roles/list' ? 'The login has it, or role-assignments/list in its place' : 'The login has it',
  );
}

/** Codes of Twilio that say: not for this organization, whatever the scopes. */
const otherOrganization = new Set([25018, 25105, 25107]);

function notThere(error: unknown): Verdict {
  if (!(error instanceof AppError)) return failed(error);
  if (error.kind === 'auth') return unknown('Not known, as the login is refused');
  if (error.kind !== 'forbidden') return failed(error, 'unknown');
  // A login may lack a scope on purpose.
  return failed(error, otherOrganization.has(error.code ?? 0) ? 'problem' : 'warning');
}
