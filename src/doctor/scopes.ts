import { AppError } from '../platform/core/errors.ts';
import type { Send } from '../twilio/client.ts';
import {
  canProbe,
  grantedNote,
  isMissingScope,
  isWrongOrganization,
  notProbeableNote,
  probeScopes,
  type ScopeProbe,
} from '../twilio/scope-probe.ts';
import { scopeNames } from '../twilio/scopes.ts';
import { type Finding, fromError, ok, unknown, type Verdict } from './finding.ts';

/** Finds out which scopes the login has; `refusal` is Twilio's word that it refuses the login altogether. */
export async function checkScopes(
  send: Send,
): Promise<{ findings: Finding[]; refusal: AppError | undefined }> {
  const tried = await probeScopes(send);
  const refusal = tried
    .map(({ result }) => (typeof result === 'object' ? result.error : undefined))
    .find((error) => error instanceof AppError && error.kind === 'auth');
  return {
    findings: tried.map((one) => ({ check: one.scope, ...verdictOn(one) })),
    refusal: refusal as AppError | undefined,
  };
}

/** The same lines when nothing could be asked. */
export function skippedScopes(why: string): Finding[] {
  return scopeNames.map((check) => ({
    check,
    ...(canProbe(check) ? unknown(`Not tried: ${why}`) : notReadable),
  }));
}

const notReadable = unknown(notProbeableNote);

function verdictOn({ scope, result }: ScopeProbe): Verdict {
  if (result === undefined) return notReadable;
  if (result !== 'held') return notThere(result.error);
  return ok(grantedNote(scope));
}

function notThere(error: unknown): Verdict {
  if (!(error instanceof AppError)) return fromError(error);
  if (error.kind === 'auth') return unknown('Not known, as the login is refused');
  // A login may lack a scope on purpose.
  if (isMissingScope(error)) return fromError(error, 'warning');
  return fromError(error, isWrongOrganization(error) ? 'problem' : 'unknown');
}
